-- Reservations: made, consumed by movements, released. They expire by the clock alone. The log says of each version who
-- made it, and of each that consumes which movement did (ADR 0079).

-- The wall of how one begins: whole, and open.
create or replace function ledger.refuse_other_reservation() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if new.state <> 'open' or new.remaining <> new.quantity or new.expires_at <= clock_timestamp() then
        raise exception 'a reservation begins open, whole, and with time left' using errcode = 'VL095';
    end if;
    return new;
end
$$;

create or replace trigger reservation_begins_open before insert on ledger.reservation
for each row execute function ledger.refuse_other_reservation();
alter table ledger.reservation enable always trigger reservation_begins_open;

-- Whether a movement is one of this transaction that took a quantity of a stock key that is available, before an
-- instant, and that no reservation was consumed by before: they are consumed in the order of the log.
create or replace function ledger.has_consumed(
    p_org_id uuid, p_movement_index bigint, p_quantity numeric, p_item_id uuid, p_location_id uuid, p_lot_id uuid,
    p_serial_id uuid, p_expires_at timestamptz
) returns boolean
language sql stable as $$
    select exists (
        select from ledger.movement as m
        where m.org_id = p_org_id and m.log_index = p_movement_index and m.quantity = p_quantity
            and m.xid = pg_current_xact_id() and m.item_id = p_item_id and m.source_id = p_location_id
            and (m.lot_id, m.serial_id) is not distinct from (p_lot_id, p_serial_id) and m.source_status is null
            and (p_expires_at is null or p_expires_at > m.recorded_at)
    ) and not exists (
        select from ledger.reservation as o where o.org_id = p_org_id and o.movement_index >= p_movement_index
    )
$$;

-- The wall of what becomes of it: less by a movement, or released as it is. What has ended stays so.
create or replace function ledger.refuse_other_end() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    if old.state = 'open' and (
        new.state = 'released'
        and (new.remaining, new.movement_index) is not distinct from (old.remaining, old.movement_index)
        or new.state <> 'released'
        and ledger.has_consumed(
            of_org_id, new.movement_index, old.remaining - new.remaining, old.item_id, old.location_id, old.lot_id,
            old.serial_id, old.expires_at)
    ) then
        return new;
    end if;
    raise exception 'a reservation that is % does not change in this way', old.state using errcode = 'VL096';
end
$$;

create or replace trigger reservation_goes_one_way before update on ledger.reservation
for each row execute function ledger.refuse_other_end();
alter table ledger.reservation enable always trigger reservation_goes_one_way;

-- The head row says until when anything is reserved, whoever writes.
create or replace function ledger.mark_reserved() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    of_org_id uuid := new.org_id;
begin
    update ledger.head as h set reserved_until = greatest(h.reserved_until, coalesce(new.expires_at, 'infinity'))
    where h.org_id = of_org_id;
    return null;
end
$$;

create or replace trigger reservation_is_marked after insert on ledger.reservation
for each row execute function ledger.mark_reserved();
alter table ledger.reservation enable always trigger reservation_is_marked;

-- Reserve of a stock key. A hard one takes of what is available, or is refused for ever with what that was; a soft one
-- may be for what is not there yet.
create or replace function ledger.create_reservation(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_kind text,
    p_quantity numeric, p_reference text, p_expires_at timestamptz
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
    moment timestamptz := clock_timestamp();
    new_id uuid := platform.uuidv7(moment);
    b ledger.balance;
    spare numeric;
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    b := ledger.balance_of_part(p_org_id, p_item_id, p_location_id, p_lot_id, p_serial_id, null);
    spare := b.on_hand - ledger.held_back(p_org_id, b, moment, '{}');
    if p_kind = 'hard' and spare < p_quantity then
        return ledger.decide_refusal(
            p_org_id, p_idempotency_key, p_request_hash, ledger.insufficient_available(spare), p_actor_id,
            p_credential_id, p_request_id);
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    insert into ledger.reservation (
        org_id, id, item_id, location_id, lot_id, serial_id, kind, quantity, remaining, reference, expires_at,
        created_by, updated_by
    ) values (
        p_org_id, new_id, p_item_id, p_location_id, p_lot_id, p_serial_id, p_kind, p_quantity, p_quantity, p_reference,
        p_expires_at, p_actor_id, p_actor_id
    );
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, new_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- Give back what remains of a reservation; its key names the reservation from then on. Nothing is decided where it has
-- ended before.
create or replace function ledger.release_reservation(
    p_org_id uuid, p_actor_id uuid, p_credential_id uuid, p_request_id uuid, p_idempotency_key text,
    p_request_hash bytea, p_id uuid
) returns ledger.outcome_of_record
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    earlier ledger.outcome_of_record := ledger.decided_before(p_org_id, p_idempotency_key, p_request_hash);
begin
    if earlier.outcome is not null then
        return earlier;
    end if;
    perform identity.act_as(p_org_id, p_actor_id, p_credential_id, p_request_id);
    update ledger.reservation as r
    set
        state = 'released', version = r.version + 1,
        updated_at = greatest(clock_timestamp(), r.updated_at + interval '1 microsecond'), updated_by = p_actor_id
    where r.org_id = p_org_id and r.id = p_id;
    return ledger.decide_creation(
        p_org_id, p_idempotency_key, p_request_hash, p_id, p_actor_id, p_credential_id, p_request_id);
end
$$;

-- What is reserved now of a stock key, hard and soft, and what is available beside it: nothing of what is not of the
-- status available. Both null where p_is_now says that somebody reads the past.
create or replace function ledger.available(
    p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text,
    p_on_hand numeric, p_is_now boolean
) returns table (reserved numeric, available numeric)
language sql stable as $$
    select
        x.reserved,
        case when p_status is null then p_on_hand - x.reserved when p_is_now then 0 end
    from (
        select case when p_is_now then coalesce((
            select sum(r.remaining) from ledger.reservation as r
            where p_status is null and r.org_id = p_org_id and r.item_id = p_item_id
                and r.location_id = p_location_id and r.state = 'open'
                and ledger.is_live(r.state, r.expires_at, statement_timestamp())
                and (r.lot_id, r.serial_id) is not distinct from (p_lot_id, p_serial_id)
        ), 0) end as reserved
    ) as x
$$;

-- What a reservation comes to now: its state, and what of it is not there. Hard ones are served first, each kind in the
-- order in which they were made.
create or replace function ledger.standing_of(p_org_id uuid, p_id uuid)
returns table (state text, shortage numeric)
language sql stable as $$
    select
        case when r.state = 'open' and not x.is_live then 'expired' else r.state end,
        case when x.is_live then trim_scale(greatest(least(
            r.remaining,
            (
                select sum(o.remaining) from ledger.reservation as o
                where o.org_id = p_org_id and o.item_id = r.item_id and o.location_id = r.location_id
                    and o.state = 'open' and ledger.is_live(o.state, o.expires_at, statement_timestamp())
                    and (o.lot_id, o.serial_id) is not distinct from (r.lot_id, r.serial_id)
                    and (o.kind, o.id) <= (r.kind, r.id)
            ) - (ledger.balance_of_part(
                p_org_id, r.item_id, r.location_id, r.lot_id, r.serial_id, null)).on_hand
        ), 0)) else 0 end
    from ledger.reservation as r
    cross join lateral (select ledger.is_live(r.state, r.expires_at, statement_timestamp()) as is_live) as x
    where r.org_id = p_org_id and r.id = p_id
$$;

select audit.record_changes('ledger.reservation', 'reservation', '{id}', '{}', '{}', '');
