-- Roles as data: each organisation has its own. What a permission allows stands with the routes.
create table identity.role (
    org_id uuid not null references tenancy.org (org_id),
    code text not null check (code ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'),
    name text not null check (char_length(name) between 1 and 120),
    permissions text[] not null,
    is_seeded boolean not null,
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    primary key (org_id, code),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    constraint role_permissions_check check (
        array_position(permissions, null) is null
        and permissions <@ array['read', 'post', 'manage-catalog', 'manage-identity', 'read-assurance']
    ),
    -- No one credential can both invent an item and its stock (ADR 0013).
    constraint role_duties_check check (not permissions @> array['post', 'manage-catalog'])
);
alter table identity.role alter column org_id set (n_distinct = 2);

insert into identity.role (org_id, code, name, permissions, is_seeded, created_by, updated_by)
select p.org_id, r.code, r.name, r.permissions, true, p.id, p.id
from identity.principal as p
cross join (
    values
    ('org-admin', 'Organisation administrator', array['read', 'manage-catalog', 'manage-identity', 'read-assurance']),
    ('controller', 'Inventory controller', array['read', 'post']),
    ('storekeeper', 'Storekeeper', array['read', 'post']),
    ('integration', 'Integration', array['read', 'post']),
    ('auditor', 'Auditor', array['read', 'read-assurance'])
) as r (code, name, permissions)
where p.created_by = p.id;

alter table identity.token drop constraint token_role_check;
alter table identity.token add foreign key (org_id, role) references identity.role (org_id, code);

-- Who no longer belongs acts no longer, with any credential.
alter table identity.principal
add column disabled_at timestamptz,
add column disabled_by uuid,
add foreign key (org_id, disabled_by) references identity.principal (org_id, id),
add check ((disabled_at is null) = (disabled_by is null));

-- What the routines of these names looked like before they knew departments.
drop function if exists ledger.find_location(uuid, uuid, text);
drop function if exists ledger.resolved(uuid, jsonb);
drop function if exists ledger.candidates(uuid, jsonb);
drop function if exists ledger.undecidable(ledger.intake, text, uuid, text, uuid, text, uuid, text);
drop function if exists ledger.balances_at(uuid, uuid, uuid, bigint, timestamptz, uuid, uuid, bigint);
drop function if exists catalog.create_location(
    uuid, uuid, uuid, uuid, text, bytea, text, text, text, text, uuid
);
drop function if exists identity.create_token(uuid, uuid, text, text, text, bytea, interval);
