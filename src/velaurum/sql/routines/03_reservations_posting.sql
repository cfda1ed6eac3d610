-- What is reserved, as posting asks for it, under the head lock. Who reserves nothing begins none of it.

-- Whether a reservation counts at an instant.
create or replace function ledger.is_live(p_state text, p_expires_at timestamptz, p_instant timestamptz)
returns boolean
language sql immutable parallel safe as $$
    select p_state = 'open' and (p_expires_at is null or p_expires_at > p_instant)
$$;

-- What earlier movements of a call consumed of a reservation.
create or replace function ledger.used_of(p_reservation_id uuid, p_uses ledger.reservation_use[]) returns numeric
language sql immutable parallel safe as $$
    select coalesce(sum(u.quantity), 0) from unnest(p_uses) as u where u.reservation_id = p_reservation_id
$$;

-- What is reserved hard of a stock key at an instant, after earlier movements of a call.
create or replace function ledger.held_back(
    p_org_id uuid, b ledger.balance, p_instant timestamptz, p_uses ledger.reservation_use[]
) returns numeric
language sql stable as $$
    select coalesce(sum(r.remaining - ledger.used_of(r.id, p_uses)), 0)
    from ledger.reservation as r
    where r.org_id = p_org_id and r.item_id = b.item_id and r.location_id = b.location_id and r.state = 'open'
        and r.kind = 'hard' and r.counts_until > p_instant
        and (r.lot_id, r.serial_id) is not distinct from (b.lot_id, b.serial_id)
$$;

-- What is wrong with the reservation that a request names, or null: one of another stock key reads as none. PL/pgSQL,
-- so that a request that names none does not begin it.
create or replace function ledger.undecidable_reservation(
    p_org_id uuid, asked ledger.intake, p_item_id uuid, p_source_id uuid, part ledger.part, p_source_status text
) returns jsonb
language plpgsql stable as $$
begin
    return case
        when asked.reverses_id is not null or asked.approval_id is not null
            then ledger.field_problem('/reservation', 'invalid-field', 'What is reversed or approved is not reserved.')
        when p_source_status is not null or not exists (
            select from ledger.reservation as r
            where r.org_id = p_org_id and r.id = asked.reservation_id and r.item_id = p_item_id
                and r.location_id = p_source_id
                and (r.lot_id, r.serial_id) is not distinct from (part.lot_id, part.serial_id)
        ) then ledger.field_problem(
            '/reservation', 'unknown-reference', 'There is no such reservation of what leaves here.')
    end;
end
$$;

-- Why what is reserved refuses a movement out of a stock key, or null. Who names a reservation takes of that, and of a
-- hard one as long as anything is there; who names none leaves what is reserved hard. What a count found is there.
create or replace function ledger.refusal_of_reserved(
    p_org_id uuid, c ledger.candidate, source ledger.balance, p_instant timestamptz, p_uses ledger.reservation_use[]
) returns jsonb
language plpgsql stable as $$
declare
    asked ledger.intake := c.asked;
    r ledger.reservation;
    spare numeric;
begin
    if asked.reservation_id is not null then
        select * into strict r from ledger.reservation as x where x.org_id = p_org_id and x.id = asked.reservation_id;
        spare := r.remaining - ledger.used_of(r.id, p_uses);
        if spare = 0 or not ledger.is_live(r.state, r.expires_at, p_instant) then
            return '{"code": "reservation-ended", "pointer": "/reservation"}'::jsonb;
        elsif spare < c.quantity then
            return ledger.insufficient_available(spare);
        elsif r.kind = 'hard' then
            return null;
        end if;
    elsif source.status is not null or counting.posting(p_org_id, asked.idempotency_key) is not null then
        return null;
    end if;
    spare := source.on_hand - ledger.held_back(p_org_id, source, p_instant, p_uses);
    return case when spare < c.quantity then ledger.insufficient_available(spare) end;
end
$$;

create or replace function ledger.insufficient_available(p_available numeric) returns jsonb
language sql immutable parallel safe as $$
    select jsonb_build_object(
        'code', 'insufficient-available', 'pointer', '/quantity',
        'available', trim_scale(greatest(p_available, 0))::text)
$$;

-- What a movement of a candidate consumes.
create or replace function ledger.use_of(c ledger.candidate, p_log_index bigint) returns ledger.reservation_use[]
language plpgsql immutable as $$
declare
    asked ledger.intake := c.asked;
begin
    return array[row(
        asked.reservation_id, c.quantity, p_log_index, asked.actor_id, asked.credential_id, asked.request_id
    )::ledger.reservation_use];
end
$$;

-- Let each movement of a call consume of its reservation, as who posts it: a version in the log each.
create or replace function ledger.consume(p_org_id uuid, p_uses ledger.reservation_use[]) returns void
language plpgsql as $$
declare
    n integer := 0;
    u ledger.reservation_use;
begin
    while n < cardinality(p_uses) loop
        n := n + 1;
        u := p_uses[n];
        perform identity.act_as(p_org_id, u.actor_id, u.credential_id, u.request_id);
        update ledger.reservation as r
        set
            remaining = r.remaining - u.quantity,
            state = case when r.remaining > u.quantity then r.state else 'consumed' end,
            movement_index = u.log_index, version = r.version + 1,
            updated_at = greatest(clock_timestamp(), r.updated_at + interval '1 microsecond'), updated_by = u.actor_id
        where r.org_id = p_org_id and r.id = u.reservation_id;
    end loop;
end
$$;
