-- Shipments: stock on its way from one place to another, which is a balance of a place of kind transit until it is
-- received. What became of a line is read from the movements that are posted under the shipment's own keys.
-- What they take by now is more.
drop function if exists ledger.find_location(uuid, uuid, text, uuid[]);
drop function if exists ledger.undecidable(ledger.intake, text, boolean, uuid, uuid, text, uuid, text);

create table ledger.shipment (
    org_id uuid not null,
    id uuid not null,
    code text not null check (char_length(code) between 1 and 64),
    code_key text not null check (code_key <> ''),
    source_id uuid not null,
    transit_id uuid not null,
    target_id uuid not null,
    state text not null default 'open'
    check (state in ('open', 'dispatched', 'received', 'closing', 'closed', 'cancelled')),
    -- How many movements it has: their keys are numbered from 1.
    posted integer not null default 0 check (posted >= 0),
    -- What who closes it says of the differences, which somebody else may have to approve.
    reason text check (char_length(reason) between 1 and 200),
    gained jsonb check (jsonb_typeof(gained) = 'object'),
    stated_by uuid,
    stated_with uuid,
    approved_by uuid,
    approved_with uuid,
    -- The transaction that posts it, while it does; nothing of it outlasts that.
    posting_xid xid8,
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    primary key (org_id, id),
    constraint shipment_code_key unique (org_id, code),
    constraint shipment_code_key_key unique (org_id, code_key),
    foreign key (org_id, source_id) references catalog.location (org_id, id),
    foreign key (org_id, transit_id) references catalog.location (org_id, id),
    foreign key (org_id, target_id) references catalog.location (org_id, id),
    foreign key (org_id, stated_by) references identity.principal (org_id, id),
    foreign key (org_id, approved_by) references identity.principal (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    check (source_id <> target_id),
    check ((stated_by is null) = (stated_with is null) and (stated_by is null) = (gained is null)),
    check (gained is not null or reason is null),
    check ((approved_by is null) = (approved_with is null)),
    check (approved_by is null or stated_by is not null and state in ('closing', 'closed'))
);
alter table ledger.shipment alter column org_id set (n_distinct = 2);
-- Whether a place of kind transit is kept for shipments.
create index shipment_transit_idx on ledger.shipment (org_id, transit_id);

-- What is shipped: one line for each stock key, there from the beginning, never changed.
create table ledger.shipment_line (
    org_id uuid not null,
    shipment_id uuid not null,
    number integer not null check (number > 0),
    item_id uuid not null,
    lot_id uuid,
    serial_id uuid,
    status text check (status in ('quarantine', 'blocked', 'damaged')),
    quantity numeric(28, 9) not null check (quantity > 0 and quantity < 'Infinity'),
    primary key (org_id, shipment_id, number),
    constraint shipment_line_stock_key unique nulls not distinct (
        org_id, shipment_id, item_id, lot_id, serial_id, status
    ),
    foreign key (org_id, shipment_id) references ledger.shipment (org_id, id),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, item_id, lot_id) references catalog.lot (org_id, item_id, id),
    foreign key (org_id, item_id, serial_id) references catalog.serial (org_id, item_id, id),
    check ((lot_id is null or serial_id is null) and (serial_id is null or quantity = 1))
);
alter table ledger.shipment_line alter column org_id set (n_distinct = 2);

-- A step of a line of a shipment: dispatch, receive, lose or gain. It is posted as one movement.
create type ledger.shipment_step as (
    ord integer,
    line integer,
    act text,
    quantity numeric
);
