-- Units of measure: an item's own packs, and movements that keep what was stated beside what the ledger counts.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

-- One pack of an item is numerator / denominator of the item's unit, exactly.
create table catalog.pack (
    org_id uuid not null,
    id uuid not null,
    item_id uuid not null,
    unit text not null check (char_length(unit) between 1 and 16),
    numerator bigint not null check (numerator between 1 and 1000000000000),
    denominator bigint not null check (denominator between 1 and 1000000000000),
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    removed_at timestamptz,
    removed_by uuid,
    primary key (org_id, id),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    foreign key (org_id, removed_by) references identity.principal (org_id, id),
    check ((removed_at is null) = (removed_by is null))
);
create unique index pack_living_key on catalog.pack (org_id, item_id, unit) where removed_at is null;
alter table catalog.pack alter column org_id set (n_distinct = 2);

-- What was stated, where that was in another unit than the item's. One check of both: each costs every insert.
alter table ledger.movement
add column stated_quantity numeric(28, 9),
add column stated_unit text,
add constraint movement_stated_check check (
    (stated_quantity is null) = (stated_unit is null) and stated_quantity > 0 and stated_quantity < 'Infinity'
    and char_length(stated_unit) between 1 and 16 and stated_unit <> unit
);
alter table ledger.approval_request
add column stated_quantity numeric(28, 9),
add column stated_unit text,
add constraint approval_request_stated_check check (
    (stated_quantity is null) = (stated_unit is null) and stated_quantity > 0 and stated_quantity < 'Infinity'
    and char_length(stated_unit) between 1 and 16 and stated_unit <> unit
);
alter type ledger.candidate
add attribute stated_quantity numeric,
add attribute stated_unit text;

-- What the routines of these names looked like before.
drop function if exists ledger.find_reversed(uuid, uuid);
drop function if exists ledger.resolved(uuid, jsonb);
drop function if exists ledger.judged(uuid, jsonb);
drop function if exists ledger.request_hash(ledger.intake, uuid, numeric, uuid, uuid);
drop function if exists ledger.approval_problem(uuid, uuid, bytea, uuid, uuid);
drop function if exists ledger.earlier(uuid, ledger.intake, bytea, jsonb, jsonb);
