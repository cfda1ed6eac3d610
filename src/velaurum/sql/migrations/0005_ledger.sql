create schema ledger;

-- One row per organisation, locked before anything else: the order of its log. size is the next log index.
create table ledger.head (
    org_id uuid not null primary key references tenancy.org (org_id),
    size bigint not null default 0 check (size >= 0),
    recorded_at timestamptz not null default clock_timestamp()
) with (fillfactor = 20);

-- Stock keys. Real locations only; the foreign keys stand here, paid once per key, not on every movement.
create table ledger.balance (
    org_id uuid not null,
    item_id uuid not null,
    location_id uuid not null,
    on_hand numeric(38, 9) not null check (on_hand >= 0 and on_hand < 'Infinity'),
    seq bigint not null check (seq > 0),
    primary key (org_id, item_id, location_id),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, location_id) references catalog.location (org_id, id)
) with (fillfactor = 70);

create index balance_location_idx on ledger.balance (org_id, location_id);
-- A location may hold every item. Where the planner has not seen one that does, it takes this index for as good as the
-- primary key, and every movement reads its whole location.
alter table ledger.balance alter column location_id set (n_distinct = 2);

-- The ledger: one row is one movement from source to target. Deltas only; a virtual side has no seq and no balance.
create table ledger.movement (
    org_id uuid not null,
    log_index bigint not null check (log_index >= 0),
    id uuid not null,
    kind text not null check (
        kind in ('opening', 'receipt', 'issue', 'transfer', 'adjustment', 'scrap', 'return', 'reversal')
    ),
    item_id uuid not null,
    source_id uuid not null,
    target_id uuid not null,
    -- NaN is greater than every number in PostgreSQL, so an upper bound refuses it too.
    quantity numeric(28, 9) not null check (quantity > 0 and quantity < 'Infinity'),
    unit text not null,
    source_seq bigint check (source_seq > 0),
    source_on_hand numeric(38, 9) check (source_on_hand >= 0 and source_on_hand < 'Infinity'),
    target_seq bigint check (target_seq > 0),
    target_on_hand numeric(38, 9) check (target_on_hand >= 0 and target_on_hand < 'Infinity'),
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    actor_id uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    idempotency_key text not null check (idempotency_key ~ '^[!-~]+$' and octet_length(idempotency_key) <= 255),
    request_hash bytea not null check (octet_length(request_hash) = 32),
    reference text check (char_length(reference) between 1 and 200),
    reason text check (char_length(reason) between 1 and 200),
    reverses_id uuid,
    note_commitment bytea check (octet_length(note_commitment) = 32),
    entry bytea not null check (octet_length(entry) <= 65535),
    leaf_hash bytea not null,
    primary key (org_id, log_index),
    constraint movement_id_key unique (org_id, id),
    constraint movement_idempotency_key_key unique (org_id, idempotency_key),
    foreign key (org_id, reverses_id) references ledger.movement (org_id, id),
    check (source_id <> target_id),
    -- Instants that four digits of a year can print, so that no two of them have the same entry.
    check (occurred_at >= '1900-01-01 00:00+00' and occurred_at < '10000-01-01 00:00+00'),
    check (recorded_at >= '1900-01-01 00:00+00' and recorded_at < '10000-01-01 00:00+00'),
    check ((source_seq is null) = (source_on_hand is null)),
    check ((target_seq is null) = (target_on_hand is null)),
    check ((kind = 'reversal') = (reverses_id is not null)),
    check (reason is not null or kind not in ('adjustment', 'scrap', 'reversal')),
    constraint movement_leaf_hash_check check (leaf_hash = sha256('\x00'::bytea || entry))
);

-- A movement is reversed at most once, whatever happens around the routine.
create unique index movement_reverses_id_key on ledger.movement (org_id, reverses_id) where reverses_id is not null;
-- The history of one stock key, from either side, in log order: as-of reads are one probe per side.
create unique index movement_source_key on ledger.movement (org_id, item_id, source_id, log_index)
where source_seq is not null;
create unique index movement_target_key on ledger.movement (org_id, item_id, target_id, log_index)
where target_seq is not null;

-- Every key that was decided otherwise than by a movement: a refusal for a business reason, or a record created.
create table ledger.decision (
    org_id uuid not null references tenancy.org (org_id),
    idempotency_key text not null check (idempotency_key ~ '^[!-~]+$' and octet_length(idempotency_key) <= 255),
    request_hash bytea not null check (octet_length(request_hash) = 32),
    outcome text not null check (outcome in ('refused', 'created')),
    problem jsonb check (problem ? 'code'),
    record_id uuid,
    decided_at timestamptz not null default clock_timestamp(),
    actor_id uuid not null,
    credential_id uuid not null,
    request_id uuid not null,
    primary key (org_id, idempotency_key),
    foreign key (org_id, actor_id) references identity.principal (org_id, id),
    check ((outcome = 'refused') = (problem is not null)),
    check ((outcome = 'created') = (record_id is not null))
);

-- A note may hold personal data. The movement carries only a salted commitment to it, so that a note can be erased
-- and every hash still verifies.
create table ledger.movement_note (
    org_id uuid not null,
    movement_id uuid not null,
    salt bytea not null check (octet_length(salt) = 32),
    note text not null check (char_length(note) between 1 and 2000),
    primary key (org_id, movement_id),
    foreign key (org_id, movement_id) references ledger.movement (org_id, id)
);

-- One requested movement, as it arrives: references by id or by code, never both.
create type ledger.intake as (
    ord integer,
    idempotency_key text,
    kind text,
    item_id uuid,
    item_code text,
    source_id uuid,
    source_code text,
    target_id uuid,
    target_code text,
    quantity numeric,
    unit text,
    occurred_at timestamptz,
    reference text,
    reason text,
    note text,
    note_salt bytea,
    source_guard numeric,
    target_guard numeric,
    reverses_id uuid,
    actor_id uuid,
    credential_id uuid,
    request_id uuid
);

-- What was decided for one requested movement.
create type ledger.outcome as (
    ord integer,
    status text,
    replayed boolean,
    problem jsonb,
    log_index bigint
);

-- All decisions of one call, before any of them is written.
create type ledger.verdict as (
    outcomes ledger.outcome [],
    movements ledger.movement [],
    notes ledger.movement_note [],
    balances ledger.balance [],
    refusals ledger.decision []
);

-- How the creation of a record was decided.
create type ledger.outcome_of_record as (
    outcome text,
    replayed boolean,
    record_id uuid,
    problem jsonb
);
