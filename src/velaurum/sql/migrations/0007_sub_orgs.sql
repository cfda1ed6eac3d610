-- Departments: a tree within an organisation. path holds the ids from the root down to the row itself, so that a
-- subtree is one probe; a routine keeps it.
create table tenancy.sub_org (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    code text not null check (char_length(code) between 1 and 64),
    code_key text not null check (code_key <> ''),
    name text not null check (char_length(name) between 1 and 200),
    parent_id uuid,
    path uuid[] not null,
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    primary key (org_id, id),
    constraint sub_org_code_key unique (org_id, code),
    constraint sub_org_code_key_key unique (org_id, code_key),
    foreign key (org_id, parent_id) references tenancy.sub_org (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    check (path[cardinality(path)] = id),
    check (path[cardinality(path) - 1] is not distinct from parent_id)
);
alter table tenancy.sub_org alter column org_id set (n_distinct = 2);

-- Only a place that holds stock belongs to a department; the virtual ones are everybody's edge of the world.
alter table catalog.location
add column sub_org_id uuid,
add foreign key (org_id, sub_org_id) references tenancy.sub_org (org_id, id),
add constraint location_sub_org_id_check check (sub_org_id is null or kind in ('storage', 'transit'));

-- A token without a department reaches the whole organisation.
alter table identity.token
add column sub_org_id uuid,
add foreign key (org_id, sub_org_id) references tenancy.sub_org (org_id, id);

-- An organisation that is suspended is refused wherever it is entered.
alter table tenancy.org
add column suspended_at timestamptz;
create table tenancy.suspension (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    action text not null check (action in ('suspended', 'resumed')),
    reason text not null check (char_length(reason) between 1 and 200),
    at timestamptz not null default clock_timestamp(),
    actor_id uuid not null,
    primary key (org_id, id),
    foreign key (org_id, actor_id) references identity.principal (org_id, id)
);
alter table tenancy.suspension alter column org_id set (n_distinct = 2);
