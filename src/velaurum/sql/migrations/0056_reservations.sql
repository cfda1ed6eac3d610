-- Reservations: stock that is promised to a demand. What is reserved is no movement: nothing has moved, and no row of
-- the ledger is rewritten. Each step of a reservation is a version in the log.
select
    set_config('velaurum.org', '00000000-0000-0000-0000-000000000000', true),
    set_config('velaurum.sub_orgs', '*', true);

-- Until when anything of the organisation is reserved at most; null where nothing ever was. Posting has this row, so
-- that it asks for no reservation where there is none.
alter table ledger.head add column reserved_until timestamptz;

-- What is reserved of one stock key that is available: hard ones keep it from everybody else, soft ones lower what is
-- shown as available. movement_index is the movement of the log that consumed of it last. A reservation counts until
-- it expires, by the clock of the posting itself: nobody marks it, and no state says so. An import writes records
-- before movements: what names one is held to it at the end.
create table ledger.reservation (
    org_id uuid not null,
    id uuid not null,
    item_id uuid not null,
    location_id uuid not null,
    lot_id uuid,
    serial_id uuid,
    kind text not null check (kind in ('hard', 'soft')),
    quantity numeric(28, 9) not null check (quantity > 0 and quantity < 'Infinity'),
    remaining numeric(28, 9) not null check (remaining >= 0 and remaining < 'Infinity'),
    reference text check (char_length(reference) between 1 and 200),
    expires_at timestamptz,
    counts_until timestamptz not null generated always as (coalesce(expires_at, 'infinity')) stored,
    state text not null default 'open' check (state in ('open', 'consumed', 'released')),
    movement_index bigint,
    version bigint not null default 1 check (version > 0),
    created_at timestamptz not null default clock_timestamp(),
    created_by uuid not null,
    updated_at timestamptz not null default clock_timestamp(),
    updated_by uuid not null,
    primary key (org_id, id),
    constraint reservation_movement_index_key unique (org_id, movement_index),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, location_id) references catalog.location (org_id, id),
    foreign key (org_id, item_id, lot_id) references catalog.lot (org_id, item_id, id),
    foreign key (org_id, item_id, serial_id) references catalog.serial (org_id, item_id, id),
    foreign key (org_id, movement_index) references ledger.movement (org_id, log_index)
    deferrable initially deferred,
    foreign key (org_id, created_by) references identity.principal (org_id, id),
    foreign key (org_id, updated_by) references identity.principal (org_id, id),
    constraint reservation_part_check check (
        (lot_id is null or serial_id is null) and (serial_id is null or quantity = 1)
    ),
    constraint reservation_remaining_check1 check (
        remaining <= quantity and (remaining = 0) = (state = 'consumed')
        and (remaining < quantity) = (movement_index is not null)
    )
);
alter table ledger.reservation alter column org_id set (n_distinct = 2);
-- An item may have every reservation: what names its place too is always better.
alter table ledger.reservation alter column item_id set (n_distinct = 2);
-- What has expired lies before the instant that is asked about, and is not read again.
create index reservation_open on ledger.reservation (org_id, item_id, location_id, counts_until) where state = 'open';

alter type ledger.intake add attribute reservation_id uuid;

-- What a movement of a call consumes of a reservation, and who lets it.
create type ledger.reservation_use as (
    reservation_id uuid,
    quantity numeric,
    log_index bigint,
    actor_id uuid,
    credential_id uuid,
    request_id uuid
);
alter type ledger.verdict add attribute uses ledger.reservation_use[];

-- What the routine of this name looked like before.
drop function if exists ledger.outcome_of(
    uuid, ledger.head, ledger.candidate, ledger.outcome, ledger.balance, numeric, uuid[], boolean, timestamptz,
    ledger.movement[]
);
