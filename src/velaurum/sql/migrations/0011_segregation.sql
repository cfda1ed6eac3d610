-- Second persons: which movements need an approval, who asked for one and who gave it.

alter table identity.role
drop constraint role_permissions_check,
add constraint role_permissions_check check (
    array_position(permissions, null) is null
    and permissions <@ array['read', 'post', 'approve', 'manage-catalog', 'manage-identity', 'read-assurance']
),
-- Whoever makes the rules and hands out credentials is not who approves (ADR 0022).
add constraint role_approver_check check (not permissions @> array['approve', 'manage-identity']);

do $$
declare
    o record;
begin
    for o in select t.org_id from tenancy.org as t loop
        perform set_config('velaurum.org', o.org_id::text, true);
        update identity.role as r
        set permissions = r.permissions || array['approve'], version = r.version + 1, updated_at = clock_timestamp()
        where r.org_id = o.org_id and r.code = 'controller' and r.is_seeded and not r.permissions @> array['approve'];
    end loop;
end
$$;

-- Which movements need an approval: of a kind, and above a quantity where one is given. Versions are added, never
-- changed: the newest of a kind is in force, and says that none is needed where is_required is false.
create table ledger.approval_rule (
    org_id uuid not null references tenancy.org (org_id),
    kind text not null check (kind in ('opening', 'adjustment', 'scrap', 'return', 'reversal')),
    version bigint not null check (version > 1),
    is_required boolean not null,
    above numeric(28, 9) check (above >= 0 and above < 'Infinity'),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    primary key (org_id, kind, version),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    check (is_required or above is null)
);
alter table ledger.approval_rule alter column org_id set (n_distinct = 2);

-- The exact movement that somebody asks to be approved. request_hash is its meaning, as ledger.request_hash says it; a
-- trigger holds it to the columns, so that what an approver is shown is what is approved.
create table ledger.approval_request (
    org_id uuid not null,
    id uuid not null,
    kind text not null check (kind in ('opening', 'adjustment', 'scrap', 'return', 'reversal')),
    item_id uuid not null,
    source_id uuid not null,
    target_id uuid not null,
    quantity numeric(28, 9) not null check (quantity > 0 and quantity < 'Infinity'),
    unit text not null,
    occurred_at timestamptz,
    reference text check (char_length(reference) between 1 and 200),
    reason text check (char_length(reason) between 1 and 200),
    reverses_id uuid,
    source_guard numeric check (source_guard >= 0 and source_guard < 'Infinity'),
    target_guard numeric check (target_guard >= 0 and target_guard < 'Infinity'),
    request_hash bytea not null check (octet_length(request_hash) = 32),
    requested_by uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    requested_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    primary key (org_id, id),
    constraint approval_request_requested_by_key unique (org_id, id, requested_by),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, source_id) references catalog.location (org_id, id),
    foreign key (org_id, target_id) references catalog.location (org_id, id),
    foreign key (org_id, requested_by) references identity.principal (org_id, id),
    check (expires_at > requested_at and expires_at <= requested_at + interval '30 days')
);
alter table ledger.approval_request alter column org_id set (n_distinct = 2);

-- The one decision on a request. Who asked stands in the row beside who decided, so that the row itself can refuse
-- that they are the same; the foreign key holds it to be true.
create table ledger.approval (
    org_id uuid not null,
    id uuid not null,
    outcome text not null check (outcome in ('approved', 'rejected')),
    requested_by uuid not null,
    decided_by uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    reason text check (char_length(reason) between 1 and 200),
    decided_at timestamptz not null default clock_timestamp(),
    primary key (org_id, id),
    foreign key (org_id, id, requested_by) references ledger.approval_request (org_id, id, requested_by),
    foreign key (org_id, decided_by) references identity.principal (org_id, id),
    constraint approval_second_person_check check (decided_by <> requested_by),
    check (outcome = 'approved' or reason is not null)
);
alter table ledger.approval alter column org_id set (n_distinct = 2);

-- An approval is used by one movement. A trigger holds the reference to be a living one, so a key would only cost.
alter table ledger.movement
add column approval_id uuid,
add constraint movement_approval_id_check check (
    approval_id is null or kind in ('opening', 'adjustment', 'scrap', 'return', 'reversal')
);
create unique index movement_approval_id_key on ledger.movement (org_id, approval_id) where approval_id is not null;
alter type ledger.intake add attribute approval_id uuid;

-- What the routines of these names looked like before they knew approvals.
drop function if exists ledger.earlier(uuid, ledger.intake, bytea, jsonb);
