-- Provisioning (SCIM 2.0): people and groups of an organisation as its directory says them, and the roles that an
-- administrator lets a group give.

-- A new constraint is checked behind the policies of rows that are there, and they want an organisation.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

alter table identity.role
drop constraint role_permissions_check,
add constraint role_permissions_check check (
    array_position(permissions, null) is null
    and permissions <@ array[
        'read', 'post', 'approve', 'manage-catalog', 'manage-identity', 'read-assurance', 'provision'
    ]
),
-- What a directory's credential can do is nothing else: who steals it moves no stock and makes no roles (ADR 0030).
add constraint role_provisioner_check check (
    not (
        permissions @> array['provision']
        and permissions && array['post', 'approve', 'manage-catalog', 'manage-identity']
    )
);

-- Every organisation has the role from now on; one that has a role of its own by this code keeps that.
do $$
declare
    o record;
    operator_id uuid;
begin
    for o in select t.org_id from tenancy.org as t loop
        perform set_config('velaurum.org', o.org_id::text, true);
        select p.id into strict operator_id from identity.principal as p
        where p.org_id = o.org_id and p.created_by = p.id;
        perform set_config('velaurum.acting', array[operator_id, null, null]::text, true);
        insert into identity.role (org_id, id, code, name, permissions, is_seeded, created_by, updated_by)
        values (
            o.org_id, gen_random_uuid(), 'provisioner', 'Directory', array['provision'], true, operator_id, operator_id
        ) on conflict do nothing;
    end loop;
    perform set_config('velaurum.acting', '', true);
    perform set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true);
end
$$;

-- A role that groups give stands beside the same one given by hand, and each is taken away by its own reason.
alter table identity.assignment add column is_provisioned boolean not null default false;
drop index identity.assignment_living_key;
create unique index assignment_living_key
on identity.assignment (org_id, principal_id, role, sub_org_id, is_provisioned)
nulls not distinct where revoked_at is null;

-- Whom the directory keeps: a person of the organisation, made by it or handed over by an administrator. What the
-- directory says of them beyond names stands in attributes, which the record of changes shows by its digest alone.
create table identity.scim_user (
    org_id uuid not null,
    id uuid not null,
    principal_id uuid not null,
    user_name text not null check (char_length(user_name) between 1 and 255),
    user_name_key text not null check (octet_length(user_name_key) between 1 and 2000),
    display_name_key text check (octet_length(display_name_key) between 1 and 2000),
    external_id text check (char_length(external_id) between 1 and 255),
    attributes jsonb not null check (jsonb_typeof(attributes) = 'object' and octet_length(attributes::text) <= 32768),
    attributes_digest text not null check (attributes_digest ~ '^[0-9a-f]{64}$'),
    is_linked boolean not null,
    deactivated_at timestamptz,
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    removed_at timestamptz,
    removed_by uuid,
    primary key (org_id, id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    foreign key (org_id, removed_by) references identity.principal (org_id, id),
    check ((removed_at is null) = (removed_by is null)),
    -- What was said of somebody who is gone is gone with them.
    constraint scim_user_erasure_check check (
        removed_at is null or (attributes = '{}' and display_name_key is null)
    )
);
create unique index scim_user_name_living_key on identity.scim_user (org_id, user_name_key) where removed_at is null;
create unique index scim_user_principal_living_key on identity.scim_user (org_id, principal_id)
where removed_at is null;
create index scim_user_display_name_idx on identity.scim_user (org_id, display_name_key)
where removed_at is null;
create index scim_user_external_id_idx on identity.scim_user (org_id, external_id) where removed_at is null;
alter table identity.scim_user alter column org_id set (n_distinct = 2);

create table identity.scim_group (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    display_name text not null check (char_length(display_name) between 1 and 255),
    display_name_key text not null check (octet_length(display_name_key) between 1 and 2000),
    external_id text check (char_length(external_id) between 1 and 255),
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    removed_at timestamptz,
    removed_by uuid,
    primary key (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    foreign key (org_id, removed_by) references identity.principal (org_id, id),
    check ((removed_at is null) = (removed_by is null))
);
create unique index scim_group_name_living_key on identity.scim_group (org_id, display_name_key)
where removed_at is null;
create index scim_group_external_id_idx on identity.scim_group (org_id, external_id) where removed_at is null;
alter table identity.scim_group alter column org_id set (n_distinct = 2);

create table identity.scim_member (
    org_id uuid not null,
    group_id uuid not null,
    user_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    primary key (org_id, group_id, user_id),
    foreign key (org_id, group_id) references identity.scim_group (org_id, id),
    foreign key (org_id, user_id) references identity.scim_user (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id)
);
create index scim_member_user_id_idx on identity.scim_member (org_id, user_id);
alter table identity.scim_member alter column org_id set (n_distinct = 2);

-- Which role a group gives, in a department or everywhere. Set by an administrator, never by a directory.
create table identity.scim_mapping (
    org_id uuid not null,
    id uuid not null,
    group_id uuid not null,
    role text not null,
    sub_org_id uuid,
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    removed_at timestamptz,
    removed_by uuid,
    primary key (org_id, id),
    foreign key (org_id, group_id) references identity.scim_group (org_id, id),
    foreign key (org_id, role) references identity.role (org_id, code),
    foreign key (org_id, sub_org_id) references tenancy.sub_org (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, removed_by) references identity.principal (org_id, id),
    check ((removed_at is null) = (removed_by is null))
);
create unique index scim_mapping_living_key on identity.scim_mapping (org_id, group_id, role, sub_org_id)
nulls not distinct where removed_at is null;
alter table identity.scim_mapping alter column org_id set (n_distinct = 2);
