-- Which roles a principal has, and where. A token has a role of its own; a person who signs in has those of these rows.
create table identity.assignment (
    org_id uuid not null,
    id uuid not null,
    principal_id uuid not null,
    role text not null,
    sub_org_id uuid,
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    revoked_at timestamptz,
    revoked_by uuid,
    primary key (org_id, id),
    foreign key (org_id, principal_id) references identity.principal (org_id, id),
    foreign key (org_id, role) references identity.role (org_id, code),
    foreign key (org_id, sub_org_id) references tenancy.sub_org (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, revoked_by) references identity.principal (org_id, id),
    check ((revoked_at is null) = (revoked_by is null))
);
create unique index assignment_living_key on identity.assignment (org_id, principal_id, role, sub_org_id)
nulls not distinct where revoked_at is null;
alter table identity.assignment alter column org_id set (n_distinct = 2);
