-- Counts: opened, finished, approved and given up. What a count comes to is read from rows that never change: its
-- lines, and the movements below the size of the log that each is pegged to.

-- How far a counted quantity is from what the ledger held of its stock key at a size of the log.
create or replace function counting.variance(
    p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint,
    p_quantity numeric
) returns numeric
language sql stable as $$
    select p_quantity - coalesce(
        ledger.on_hand_at(p_org_id, p_item_id, p_location_id, p_lot_id, p_serial_id, p_status, p_size), 0)
$$;

-- A stock key of a count as its lines have it. p_part_id is the lot, the serial, or the item tracked by neither.
create or replace function counting.stock_key(p_count_id uuid, p_part_id uuid, p_status text) returns text
language sql immutable as $$
    select p_count_id::text || '/' || p_part_id::text || '/' || coalesce(p_status, 'available')
$$;

-- The number of the newest line of a stock key in a count; null where nobody counted it. One probe of an index, where a
-- join would read the whole count.
create or replace function counting.newest(p_org_id uuid, p_count_id uuid, p_part_id uuid, p_status text)
returns integer
language sql stable as $$
    select max(l.number)
    from counting.count_line as l
    where l.org_id = p_org_id and l.stock_key = counting.stock_key(p_count_id, p_part_id, p_status)
$$;

-- What counts of a count: the newest line of each stock key; of one line, whether it is that. The offset keeps what a
-- variance costs from being paid once for each mention of it.
create or replace function counting.standing(p_org_id uuid, p_count_id uuid, p_number integer)
returns table (
    number integer, location_id uuid, item_id uuid, lot_id uuid, serial_id uuid, status text, quantity numeric,
    round integer, at_size bigint, variance numeric
)
language sql stable as $$
    select
        l.number, l.location_id, l.item_id, l.lot_id, l.serial_id, l.status, l.quantity, l.round, l.at_size,
        counting.variance(
            p_org_id, l.item_id, l.location_id, l.lot_id, l.serial_id, l.status, l.at_size, l.quantity)
    from counting.count_line as l
    where l.org_id = p_org_id and l.count_id = p_count_id
        and l.number >= coalesce(p_number, 1) and l.number <= coalesce(p_number, 2147483647)
        and l.number = counting.newest(
            p_org_id, p_count_id, coalesce(l.lot_id, l.serial_id, l.item_id), l.status)
    offset 0
$$;

-- The lines whose stock keys wait for a second person: one line of the first round was beyond the tolerance, and there
-- is no other round. All of a count at once, so that each line is read once.
create or replace function counting.waiting(p_org_id uuid, p_count_id uuid) returns setof integer
language sql stable as $$
    select max(l.number)
    from counting.count as c
    inner join counting.count_line as l on c.id = l.count_id
    where c.org_id = p_org_id and c.id = p_count_id and l.org_id = p_org_id
    group by c.tolerance, coalesce(l.lot_id, l.serial_id, l.item_id), l.status
    having max(l.round) = 1 and bool_or(abs(counting.variance(
        p_org_id, l.item_id, l.location_id, l.lot_id, l.serial_id, l.status, l.at_size, l.quantity)) > c.tolerance)
$$;

-- The stock keys of the place of a count that the ledger has something of and nobody counted; when the count was
-- finished, or now.
create or replace function counting.uncounted(p_org_id uuid, p_count_id uuid)
returns table (item_id uuid, lot_id uuid, serial_id uuid, status text, on_hand numeric, at_size bigint)
language sql stable as $$
    select b.item_id, b.lot_id, b.serial_id, b.status, h.on_hand, c.finished_at_size
    from counting.count as c
    inner join ledger.balance as b on c.location_id = b.location_id
    cross join lateral (
        select case
            when c.finished_at_size is null then b.on_hand
            else ledger.on_hand_at(
                p_org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, c.finished_at_size)
        end as on_hand
    ) as h
    where c.org_id = p_org_id and c.id = p_count_id and b.org_id = p_org_id
        and (c.item_id is null or b.item_id = c.item_id) and h.on_hand > 0 and counting.newest(
            p_org_id, p_count_id, coalesce(b.lot_id, b.serial_id, b.item_id), b.status) is null
$$;

-- A count goes one way, and what it is about does not change. Who approves it is a person with the permission at its
-- place, who counted no line of it, nor made the credential of who did.
create or replace function counting.refuse_other_step() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
    reach record;
begin
    if (new.code, new.location_id, new.item_id, new.is_blind, new.zero_uncounted, new.tolerance, new.opened_at_size)
        is distinct from
        (old.code, old.location_id, old.item_id, old.is_blind, old.zero_uncounted, old.tolerance, old.opened_at_size)
        or (old.state, new.state) not in (
            ('open', 'counted'), ('counted', 'approved'), ('approved', 'approved'), ('approved', 'posted'),
            ('open', 'cancelled'), ('counted', 'cancelled'), ('approved', 'cancelled')
        )
        or old.state <> 'counted' and (new.approved_by, new.approved_with)
        is distinct from (old.approved_by, old.approved_with)
    then
        raise exception 'a count that is % does not become %', old.state, new.state using errcode = 'VL070';
    end if;
    if old.state = 'counted' and new.state = 'approved' then
        select * into strict reach from identity.reach(of_org_id, new.approved_with, 'approve');
        if not reach.may or reach.principal_id <> new.approved_by or reach.principal_kind <> 'user' or not exists (
            select from catalog.location as l
            where l.org_id = of_org_id and l.id = new.location_id
                and tenancy.reaches(reach.sub_org_ids, l.sub_org_id, false)
        ) then
            raise exception 'the credential does not approve this' using errcode = 'VL005';
        end if;
        if exists (
            select from (
                select distinct l.actor_id, l.credential_id from counting.count_line as l
                where l.org_id = of_org_id and l.count_id = new.id
            ) as x
            where x.actor_id = new.approved_by
                or ledger.is_of_one_hand(of_org_id, new.approved_by, x.credential_id)
                or ledger.is_of_one_hand(of_org_id, x.actor_id, new.approved_with)
        ) then
            raise exception 'who counted does not approve' using errcode = 'VL071';
        end if;
    end if;
    return new;
end
$$;

create or replace trigger count_goes_one_way before update on counting.count
for each row execute function counting.refuse_other_step();
alter table counting.count enable always trigger count_goes_one_way;

-- A count begins as open, and nobody approved it before it was counted.
create or replace function counting.refuse_other_beginning() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if new.state <> 'open' or new.approved_by is not null then
        raise exception 'a count begins as open, not as %', new.state using errcode = 'VL070';
    end if;
    return new;
end
$$;

create or replace trigger count_begins_open before insert on counting.count
for each row execute function counting.refuse_other_beginning();
alter table counting.count enable always trigger count_begins_open;

-- Two counts of one stock key would each adjust it by the same difference.
create or replace function counting.refuse_overlap(p_org_id uuid, p_location_id uuid, p_item_id uuid) returns void
language plpgsql as $$
declare
    other text;
begin
    select c.code into other from counting.count as c
    where c.org_id = p_org_id and c.location_id = p_location_id and c.state in ('open', 'counted', 'approved')
        and coalesce(c.item_id = p_item_id, true)
    limit 1;
    if other is not null then
        raise exception 'the place is in another count, %', other using errcode = 'VL075';
    end if;
end
$$;

create or replace function counting.open_count(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_code text, p_code_key text, p_location_id uuid, p_item_id uuid, p_is_blind boolean,
    p_zero_uncounted boolean, p_tolerance numeric
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    new_id uuid;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    perform counting.refuse_overlap(p_org_id, p_location_id, p_item_id);
    insert into counting.count (
        org_id, id, code, code_key, location_id, item_id, is_blind, zero_uncounted, tolerance, opened_at_size,
        created_by, updated_by
    )
    select
        p_org_id, platform.uuidv7(clock_timestamp()), p_code, p_code_key, p_location_id, p_item_id, p_is_blind,
        p_zero_uncounted, p_tolerance, h.size, p_actor_id, p_actor_id
    from ledger.head as h where h.org_id = p_org_id
    on conflict do nothing returning id into new_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- The count that a routine is about to change, under the head lock, and who acts.
create or replace function counting.locked(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns counting.count
language plpgsql as $$
declare
    c counting.count;
begin
    perform from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_entry(p_org_id, false);
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    select * into strict c from counting.count as x where x.org_id = p_org_id and x.id = p_id for update;
    return c;
end
$$;

-- Let a count come to a state; false when it is there already and nothing refuses it. What is given is kept from then
-- on.
create or replace function counting.step(
    p_org_id uuid, p_id uuid, p_state text, p_actor_id uuid, p_size bigint, p_approver_id uuid, p_credential_id uuid,
    p_refusals jsonb
) returns boolean
language plpgsql as $$
begin
    update counting.count as c
    set
        state = p_state, finished_at_size = coalesce(c.finished_at_size, p_size),
        approved_by = coalesce(c.approved_by, p_approver_id),
        approved_with = coalesce(c.approved_with, p_credential_id), refusals = p_refusals, posting_xid = null,
        version = c.version + 1,
        updated_at = greatest(clock_timestamp(), c.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where c.org_id = p_org_id and c.id = p_id and (c.state <> p_state or p_refusals is not null);
    return found;
end
$$;

-- Finish counting: nothing is added any more. Returns the lines that wait for a second person; then it stays open. With
-- zero_uncounted whatever the place has beside what was counted is counted as nothing, by who finishes.
create or replace function counting.finish_count(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns integer[]
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    c counting.count := counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
    size bigint;
    waiting integer[];
begin
    if c.state = 'open' then
        waiting := array(select w from counting.waiting(p_org_id, p_id) as w order by w);
        if cardinality(waiting) > 0 then
            return waiting;
        end if;
        select h.size into strict size from ledger.head as h where h.org_id = p_org_id;
        if c.zero_uncounted then
            perform counting.count_as_nothing(
                p_org_id, p_id, c.location_id, size, p_actor_id, p_credential_id, p_request_id);
        end if;
    end if;
    perform counting.step(p_org_id, p_id, 'counted', p_actor_id, size, null, null, null);
    return '{}';
end
$$;

-- Record of each stock key that nobody counted that nothing of it is there.
create or replace function counting.count_as_nothing(
    p_org_id uuid, p_id uuid, p_location_id uuid, p_size bigint, p_actor_id uuid, p_credential_id uuid,
    p_request_id uuid
) returns void
language plpgsql as $$
declare
    last_one integer;
begin
    select coalesce(max(l.number), 0) into last_one
    from counting.count_line as l where l.org_id = p_org_id and l.count_id = p_id;
    insert into counting.count_line (
        org_id, count_id, number, location_id, item_id, lot_id, serial_id, status, quantity, round, at_size, actor_id,
        credential_id, request_id
    )
    select
        p_org_id, p_id, last_one + row_number() over (), p_location_id, u.item_id, u.lot_id, u.serial_id, u.status, 0,
        1, p_size, p_actor_id, p_credential_id, p_request_id
    from counting.uncounted(p_org_id, p_id) as u;
end
$$;

-- Approve what was counted; the trigger judges who does.
create or replace function counting.approve_count(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    c counting.count := counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
begin
    if c.state = 'approved' and c.approved_by = p_actor_id then
        return false;
    end if;
    if c.state <> 'counted' then
        raise exception 'a count that is % is not approved', c.state using errcode = 'VL070';
    end if;
    return counting.step(p_org_id, p_id, 'approved', p_actor_id, null, p_actor_id, p_credential_id, null);
end
$$;

create or replace function counting.cancel_count(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_id uuid
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
    perform counting.locked(p_org_id, p_actor_id, p_credential_id, p_request_id, p_id);
    return counting.step(p_org_id, p_id, 'cancelled', p_actor_id, null, null, null, null);
end
$$;

select audit.record_changes('counting.count', 'count', '{id}', '{posting_xid}', '{}', '');
