-- Break-glass: how the operator of an installation, who has no access to tenants' data, gets some for an hour, seen by
-- the tenant (ADR 0024).

-- More than one administrator, because one alone opens nothing. Made and revoked on the data directory, where nobody
-- has a credential: created_by and revoked_by name the account of the operating system.
alter table platform.administrator
add column created_by text not null default 'bootstrap' check (char_length(created_by) between 1 and 120),
add column revoked_at timestamptz,
add column revoked_by text check (char_length(revoked_by) between 1 and 120),
add constraint administrator_name_key unique (name),
add constraint administrator_revoked_check check ((revoked_at is null) = (revoked_by is null));
alter table platform.administrator alter column created_by drop default;

-- The one role that no ordinary credential has. Whatever else may be changed about roles, this one reads and no more.
alter table identity.role
add constraint role_break_glass_check check (
    code <> 'break-glass' or (is_seeded and permissions = array['read', 'read-assurance'])
);

-- What an administrator asks for. In the organisation an administrator is a principal with the administrator's own id,
-- so that one person is one person there, and their credential has the id too.
create table identity.break_glass (
    org_id uuid not null references tenancy.org (org_id),
    id uuid not null,
    reason text not null check (char_length(reason) between 10 and 200),
    life interval not null check (life > interval '0' and life <= interval '4 hours'),
    requested_by uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    requested_at timestamptz not null default clock_timestamp(),
    primary key (org_id, id),
    constraint break_glass_requested_by_key unique (org_id, id, requested_by),
    foreign key (org_id, requested_by) references identity.principal (org_id, id)
);
alter table identity.break_glass alter column org_id set (n_distinct = 2);

-- What became of it, a row a step: approved by a second person, collected by the first, ended by somebody before its
-- time. Who asked stands in each row, so that the row itself can refuse that both are one.
create table identity.break_glass_step (
    org_id uuid not null,
    id uuid not null,
    step text not null check (step in ('approved', 'collected', 'ended')),
    requested_by uuid not null,
    actor_id uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    primary key (org_id, id, step),
    foreign key (org_id, id, requested_by) references identity.break_glass (org_id, id, requested_by),
    foreign key (org_id, actor_id) references identity.principal (org_id, id),
    constraint break_glass_step_second_person_check check (step <> 'approved' or actor_id <> requested_by),
    constraint break_glass_step_first_person_check check (step <> 'collected' or actor_id = requested_by),
    constraint break_glass_step_expires_at_check check (
        (step = 'approved') = (expires_at is not null)
        and (expires_at is null or (expires_at > at and expires_at <= at + interval '4 hours'))
    )
);
alter table identity.break_glass_step alter column org_id set (n_distinct = 2);
