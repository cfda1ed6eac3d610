-- Lots, serials and stock status are parts of the stock key. No row of the ledger is rewritten: null is untracked, and
-- available.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

-- A lot of an item. code_key is the code after NFKC and case folding, as items have it.
create table catalog.lot (
    org_id uuid not null,
    id uuid not null,
    item_id uuid not null,
    code text not null check (char_length(code) between 1 and 64),
    code_key text not null check (code_key <> ''),
    expires_on date check (expires_on between '1900-01-01' and '9999-12-31'),
    manufactured_on date check (manufactured_on between '1900-01-01' and '9999-12-31'),
    supplier_lot text check (char_length(supplier_lot) between 1 and 200),
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    primary key (org_id, id),
    constraint lot_item_key unique (org_id, item_id, id),
    constraint lot_code_key_key unique (org_id, code_key, item_id),
    constraint lot_code_key unique (org_id, code, item_id),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id)
);
alter table catalog.lot alter column org_id set (n_distinct = 2);
-- An item may have every lot: what names one whole is always better than what names its item. Before anything is known
-- of the table that is so as well, because two of its keys begin with the code.
alter table catalog.lot alter column item_id set (n_distinct = 2);

-- One piece of an item.
create table catalog.serial (
    org_id uuid not null,
    id uuid not null,
    item_id uuid not null,
    code text not null check (char_length(code) between 1 and 64),
    code_key text not null check (code_key <> ''),
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    primary key (org_id, id),
    constraint serial_item_key unique (org_id, item_id, id),
    constraint serial_code_key_key unique (org_id, code_key, item_id),
    constraint serial_code_key unique (org_id, code, item_id),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id)
);
alter table catalog.serial alter column org_id set (n_distinct = 2);
alter table catalog.serial alter column item_id set (n_distinct = 2);

-- held_serial_id says which serial is here, and changes for no other row: an index over on_hand itself would end that
-- a balance is updated where it stands. It is not generated, because a publication has no generated columns.
alter table ledger.balance
add column lot_id uuid,
add column serial_id uuid,
add column status text,
add column held_serial_id uuid,
drop constraint balance_pkey,
add constraint balance_stock_key unique nulls not distinct (org_id, item_id, location_id, lot_id, serial_id, status),
add foreign key (org_id, item_id, lot_id) references catalog.lot (org_id, item_id, id),
add foreign key (org_id, item_id, serial_id) references catalog.serial (org_id, item_id, id),
add constraint balance_part_check check (
    (lot_id is null or serial_id is null) and (serial_id is null or on_hand <= 1)
    and held_serial_id is not distinct from case when on_hand > 0 then serial_id end
    and status in ('quarantine', 'blocked', 'damaged')
);
-- A publication tells rows apart by a primary key, or else by all of them.
alter table ledger.balance replica identity full;
-- A serial is in one place at a time, whatever happens around the routine.
create unique index balance_held_serial_key on ledger.balance (org_id, held_serial_id) where held_serial_id is not null;

-- One check of all that is new: each costs every insert.
alter table ledger.movement
add column lot_id uuid,
add column serial_id uuid,
add column source_status text,
add column target_status text,
drop constraint movement_check,
drop constraint movement_check4,
drop constraint movement_kind_check,
add constraint movement_kind_check check (
    kind in (
        'opening', 'receipt', 'issue', 'transfer', 'adjustment', 'scrap', 'return', 'reversal', 'status-change'
    )
),
add constraint movement_check4 check (
    reason is not null or kind not in ('adjustment', 'scrap', 'reversal', 'status-change')
),
add constraint movement_stock_key_check check (
    (source_id <> target_id or source_status is distinct from target_status)
    and (lot_id is null or serial_id is null) and (serial_id is null or quantity = 1)
    and (source_status is null or source_seq is not null) and (target_status is null or target_seq is not null)
    and case kind
        when 'issue' then source_status is null
        when 'transfer' then source_status is not distinct from target_status
        else kind = 'reversal' or (source_id = target_id) = (kind = 'status-change')
    end
    and source_status in ('quarantine', 'blocked', 'damaged')
    and target_status in ('quarantine', 'blocked', 'damaged')
);
drop index ledger.movement_source_key;
drop index ledger.movement_target_key;
create unique index movement_source_key
on ledger.movement (org_id, item_id, source_id, lot_id, serial_id, source_status, log_index)
where source_seq is not null;
create unique index movement_target_key
on ledger.movement (org_id, item_id, target_id, lot_id, serial_id, target_status, log_index)
where target_seq is not null;

alter table ledger.approval_request
add column lot_id uuid,
add column serial_id uuid,
add column source_status text,
add column target_status text,
add foreign key (org_id, item_id, lot_id) references catalog.lot (org_id, item_id, id),
add foreign key (org_id, item_id, serial_id) references catalog.serial (org_id, item_id, id),
add constraint approval_request_stock_key_check check (
    (lot_id is null or serial_id is null) and (serial_id is null or quantity = 1)
    and source_status in ('quarantine', 'blocked', 'damaged')
    and target_status in ('quarantine', 'blocked', 'damaged')
);

-- What a request says of the part of an item that moves: by id or by code, never both.
alter type ledger.intake
add attribute lot_id uuid,
add attribute lot_code text,
add attribute serial_id uuid,
add attribute serial_code text,
add attribute source_status text,
add attribute target_status text;
-- The lot or the serial that a request means; is_held where the serial is on hand before the call.
create type ledger.part as (
    lot_id uuid,
    lot_code text,
    expires_on date,
    serial_id uuid,
    serial_code text,
    is_held boolean
);
alter type ledger.candidate
add attribute part ledger.part,
add attribute source_status text,
add attribute target_status text;
alter type ledger.display
add attribute lot_code text,
add attribute serial_code text;

-- What the routines of these names looked like before.
drop function if exists catalog.update_item(uuid, uuid, uuid, uuid, uuid, bigint, text, text, jsonb);
drop function if exists ledger.find_reversed(uuid, uuid);
drop function if exists ledger.resolved(uuid, jsonb);
drop function if exists ledger.judged(uuid, jsonb);
drop function if exists ledger.request_hash(ledger.intake, uuid, numeric, uuid, uuid, numeric, text);
drop function if exists ledger.foregone(ledger.candidate, ledger.outcome, uuid[]);
drop function if exists ledger.on_hand_at(uuid, uuid, uuid, bigint);
drop function if exists ledger.on_hand_effective(uuid, uuid, uuid, bigint, timestamptz);
drop function if exists ledger.balances_at(
    uuid, uuid, uuid, bigint, timestamptz, uuid, uuid, bigint, uuid[]
);
