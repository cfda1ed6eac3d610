-- Posting: the only way stock changes. One call, one round trip, for one movement or a thousand.

-- Why a decidable movement is refused, or null. available is what the source holds at this very place in the log.
create or replace function ledger.refusal(
    asked ledger.intake, p_quantity numeric, p_source_on_hand numeric, p_target_on_hand numeric,
    p_reversed_kind text, p_already_reversed boolean
) returns jsonb
language sql stable parallel safe as $$
    select case
        when p_reversed_kind = 'reversal' then '{"code": "conflict"}'::jsonb
        when p_already_reversed then '{"code": "already-reversed"}'::jsonb
        when p_quantity = 'NaN' then '{"code": "quantity-not-exact", "pointer": "/quantity"}'::jsonb
        when asked.source_guard <> p_source_on_hand or (asked.source_guard is not null and p_source_on_hand is null)
            then jsonb_build_object('code', 'stale-guard', 'pointer', '/guard/source_on_hand',
                                    'on_hand', trim_scale(p_source_on_hand)::text)
        when asked.target_guard <> p_target_on_hand or (asked.target_guard is not null and p_target_on_hand is null)
            then jsonb_build_object('code', 'stale-guard', 'pointer', '/guard/target_on_hand',
                                    'on_hand', trim_scale(p_target_on_hand)::text)
        when p_source_on_hand < p_quantity
            then jsonb_build_object('code', 'insufficient-stock', 'available', trim_scale(p_source_on_hand)::text)
    end
$$;

-- Why the lot or the serial of a decidable movement refuses it, or null. p_is_held says whether the serial is on hand
-- at this very place in the log, wherever; p_moment is when the movement would be recorded.
create or replace function ledger.refusal_of_part(c ledger.candidate, p_is_held boolean, p_moment timestamptz)
returns jsonb
language sql immutable parallel safe as $$
    select case
        when (c.part).expires_on < (coalesce((c.asked).occurred_at, p_moment) at time zone 'UTC')::date
            and (c.asked).kind = 'issue'
            then jsonb_build_object('code', 'lot-expired', 'pointer', '/lot', 'expires_on', (c.part).expires_on)
        when p_is_held and c.source_slot is null then '{"code": "serial-in-stock", "pointer": "/serial"}'::jsonb
    end
$$;

-- What a repeat within one call gets: the same as the first of its key where it means the same. A refusal has no note.
create or replace function ledger.repeated(
    p_ord integer, of_first ledger.outcome, p_is_like_first boolean, p_has_note_of_first boolean
) returns ledger.outcome
language sql immutable parallel safe as $$
    select
        p_ord,
        case
            when p_is_like_first and (p_has_note_of_first or of_first.status = 'refused') then of_first.status
            else 'mismatch'
        end, true, of_first.problem, of_first.log_index
$$;

-- The outcome of a candidate at its place in the log, between what stood before and what this call left so far: what
-- the first of its key got, what both sides hold, what is used up, whether its serial is on hand somewhere, the
-- movements themselves, which only the past of a stock key is asked of, and what they consumed of reservations.
create or replace function ledger.outcome_of(
    p_org_id uuid, p_head ledger.head, c ledger.candidate, of_first ledger.outcome, source ledger.balance,
    p_target_on_hand numeric, p_spent uuid[], p_is_held boolean, p_moment timestamptz, p_movements ledger.movement[],
    p_uses ledger.reservation_use[]
) returns ledger.outcome
language plpgsql stable as $$
declare
    asked ledger.intake := c.asked;
    instant timestamptz := coalesce(asked.occurred_at, p_moment);
    problem jsonb;
begin
    if (c.earlier).status <> 'invalid'
        or (c.earlier).problem is not null and not ledger.names_part_wrongly((c.earlier).problem) then
        return c.earlier;
    elsif c.first_ord < asked.ord and ((c.earlier).status is null or of_first.status in ('posted', 'refused')) then
        return ledger.repeated(asked.ord, of_first, c.is_like_first, c.has_note_of_first);
    elsif (c.earlier).status is not null then
        return c.earlier;
    elsif asked.approval_id = any(p_spent) then
        return row(
            asked.ord, 'invalid', false, ledger.invalid_approval('It was used before.'), null)::ledger.outcome;
    end if;
    problem := ledger.refusal(
        asked, c.quantity, source.on_hand, p_target_on_hand, c.reversed_kind,
        c.already_reversed or asked.reverses_id = any(p_spent));
    if instant < p_head.soft_closed_until then
        problem := coalesce(ledger.refusal_of_period(p_org_id, p_head, asked.credential_id, instant), problem);
    end if;
    if source.seq > 0 and instant < coalesce(source.latest_occurred_at, 'infinity')
        and coalesce(problem ->> 'code', 'insufficient-stock') = 'insufficient-stock' then
        problem := ledger.refusal_of_past(p_org_id, source, c.quantity, instant, p_movements);
    end if;
    if problem is null and ((c.part).lot_id is not null or p_is_held) then
        problem := ledger.refusal_of_part(c, p_is_held, p_moment);
    end if;
    if problem is null and (p_moment < p_head.reserved_until or asked.reservation_id is not null)
        and c.source_slot is not null then
        problem := ledger.refusal_of_reserved(p_org_id, c, source, p_moment, p_uses);
    end if;
    return row(
        asked.ord, case when problem is null then 'posted' else 'refused' end, false, problem, null)::ledger.outcome;
end
$$;

-- The balance of a stock key after one movement more, which happened at an instant; the latest of a key of before stays
-- open where it is.
create or replace function ledger.come(b ledger.balance, p_quantity numeric, p_instant timestamptz)
returns ledger.balance
language plpgsql immutable parallel safe as $$
begin
    if b.seq = 0 or b.latest_occurred_at is not null then
        b.latest_occurred_at := greatest(b.latest_occurred_at, p_instant);
    end if;
    b.seq := b.seq + 1;
    b.on_hand := b.on_hand + p_quantity;
    b.held_serial_id := case when b.on_hand > 0 then b.serial_id end;
    return b;
end
$$;

-- The same of a key that something leaves, whose latest is asked for where nobody knows it yet.
create or replace function ledger.moved(
    p_org_id uuid, b ledger.balance, p_quantity numeric, p_occurred_at timestamptz, p_moment timestamptz,
    p_movements ledger.movement[]
) returns ledger.balance
language plpgsql stable as $$
declare
    instant timestamptz := coalesce(p_occurred_at, p_moment);
begin
    if b.seq > 0 and b.latest_occurred_at is null then
        b.latest_occurred_at := ledger.latest_from(p_org_id, b, instant, p_movements);
    end if;
    return ledger.come(b, p_quantity, instant);
end
$$;

-- The row that remembers a refusal as the decision of its key.
create or replace function ledger.new_refusal(p_org_id uuid, p_at timestamptz, c ledger.candidate, p_problem jsonb)
returns ledger.decision
language plpgsql as $$
declare
    asked ledger.intake := c.asked;
begin
    return row(
        p_org_id, asked.idempotency_key, c.request_hash, 'refused', p_problem, null, p_at,
        asked.actor_id, asked.credential_id, asked.request_id)::ledger.decision;
end
$$;

-- The row of an accepted candidate, with its canonical entry and leaf hash; source and target as they are after it.
create or replace function ledger.new_movement(
    p_org_id uuid, p_log_index bigint, p_recorded_at timestamptz, c ledger.candidate, source ledger.balance,
    target ledger.balance
) returns ledger.movement
language plpgsql as $$
declare
    asked ledger.intake := c.asked;
    m ledger.movement;
begin
    m := row(
        p_org_id, p_log_index, platform.uuidv7(p_recorded_at), asked.kind, c.item_id, c.source_id, c.target_id,
        c.quantity, c.unit, source.seq, source.on_hand, target.seq, target.on_hand,
        coalesce(asked.occurred_at, p_recorded_at), p_recorded_at, asked.actor_id, asked.credential_id,
        asked.request_id, asked.idempotency_key, c.request_hash, asked.reference, asked.reason, asked.reverses_id,
        asked.note_commitment, null, null, asked.approval_id, pg_current_xact_id(), c.stated_quantity, c.stated_unit,
        (c.part).lot_id, (c.part).serial_id, c.source_status, c.target_status
    );
    m.entry := ledger.movement_entry(m, c.actor_kind);
    m.leaf_hash := sha256(decode('00', 'hex') || m.entry);
    return m;
end
$$;

-- What a movement uses up: the movement that it reverses, and its approval.
create or replace function ledger.spends(asked ledger.intake) returns uuid[]
language sql immutable parallel safe as $$
    select array_remove(array[asked.reverses_id, asked.approval_id], null)
$$;

-- Everything that the decisions of a call need, in the order of the request, by the plan for one or for many.
create or replace function ledger.gathered(p_org_id uuid, p_rows jsonb) returns ledger.candidate[]
language plpgsql stable as $$
begin
    if jsonb_array_length(p_rows) = 1 then
        return array(select x.candidate from ledger.lone_candidate(p_org_id, p_rows) as x);
    end if;
    return array(select x.candidate from ledger.candidates(p_org_id, p_rows) as x order by x.ord);
end
$$;

-- Decide every candidate in order, in memory: each sees the balances that those before it leave, and where serials are.
create or replace function ledger.decide(p_org_id uuid, p_head ledger.head, p_at timestamptz, p_rows jsonb)
returns ledger.verdict language plpgsql as $$
declare
    candidates ledger.candidate[] := ledger.gathered(p_org_id, p_rows);
    n integer := 0;
    c ledger.candidate;
    source ledger.balance;
    target ledger.balance;
    moment timestamptz;
    o ledger.outcome;
    m ledger.movement;
    outcomes ledger.outcome[] := '{}';
    movements ledger.movement[] := '{}';
    displays ledger.display[] := '{}';
    notes ledger.movement_note[] := '{}';
    refusals ledger.decision[] := '{}';
    balances ledger.balance[] := '{}';
    uses ledger.reservation_use[] := '{}';
    spent uuid[] := '{}';
    serials uuid[] := '{}';
    held boolean[] := '{}';
begin
    while n < cardinality(candidates) loop
        n := n + 1;
        c := candidates[n];
        source := coalesce(balances[c.source_slot], c.source);
        target := coalesce(balances[c.target_slot], c.target);
        moment := p_at + cardinality(movements) * interval '1 microsecond';
        o := ledger.outcome_of(p_org_id, p_head, c, outcomes[c.first_ord], source, target.on_hand, spent,
            coalesce(held[array_position(serials, (c.part).serial_id)], (c.part).is_held), moment, movements, uses);
        if o.status = 'refused' and not o.replayed then
            refusals[cardinality(refusals) + 1] := ledger.new_refusal(p_org_id, p_at, c, o.problem);
        elsif o.status = 'posted' and not o.replayed then
            o.log_index := p_head.size + cardinality(movements);
            if c.source_slot is not null then
                source := ledger.moved(p_org_id, source, -c.quantity, (c.asked).occurred_at, moment, movements);
                balances[c.source_slot] := source;
            end if;
            if c.target_slot is not null then
                target := ledger.come(target, c.quantity, coalesce((c.asked).occurred_at, moment));
                balances[c.target_slot] := target;
            end if;
            if (c.part).serial_id is not null then
                serials := (c.part).serial_id || serials;
                held := (c.target_slot is not null) || held;
            end if;
            m := ledger.new_movement(p_org_id, o.log_index, moment, c, source, target);
            movements[cardinality(movements) + 1] := m;
            displays[cardinality(displays) + 1] := c.display;
            spent := spent || ledger.spends(c.asked);
            uses := uses || case when (c.asked).reservation_id is not null then ledger.use_of(c, o.log_index) end;
            if (c.asked).note_sealed is not null then
                notes[cardinality(notes) + 1] := row(p_org_id, m.id, null, null, (c.asked).note_sealed);
            end if;
        end if;
        outcomes[(c.asked).ord] := o;
    end loop;
    return row(outcomes, movements, notes, balances, refusals, displays, uses);
end
$$;

-- None of them stands when not all do: what would be posted stays undecided, and so does what repeats it in the same
-- call; what is refused stays refused.
create or replace function ledger.all_or_none(v ledger.verdict, p_size bigint) returns ledger.verdict
language plpgsql as $$
begin
    if exists (select from unnest(v.outcomes) as o where o.status <> 'posted') then
        v.movements := '{}';
        v.outcomes := array(
            select case
                when o.status = 'posted' and o.log_index >= p_size
                    then row(o.ord, 'undecided', false, null, null)::ledger.outcome
                else row(o.ord, o.status, o.replayed, o.problem, o.log_index)::ledger.outcome
            end
            from unnest(v.outcomes) as o order by o.ord);
    end if;
    return v;
end
$$;

-- Write what was decided, all in the caller's transaction. What has gone is written before what has come, because a
-- serial is in one place at a time. A statement with nothing to write is not begun, because
-- beginning it costs a lone movement as much as writing a row.
create or replace function ledger.record_movements(p_org_id uuid, v ledger.verdict) returns void
language plpgsql as $$
begin
    if cardinality(v.movements) > 0 then
        insert into ledger.movement select * from unnest(v.movements);
        if cardinality(v.notes) > 0 then
            insert into ledger.movement_note select * from unnest(v.notes);
        end if;
        insert into ledger.balance select * from unnest(v.balances) as b where b.seq is not null order by b.on_hand
        on conflict (org_id, item_id, location_id, lot_id, serial_id, status)
        do update
        set
            on_hand = excluded.on_hand, seq = excluded.seq, held_serial_id = excluded.held_serial_id,
            latest_occurred_at = excluded.latest_occurred_at;
        update ledger.head as h
        set size = h.size + cardinality(v.movements), recorded_at = (v.movements[cardinality(v.movements)]).recorded_at
        where h.org_id = p_org_id;
        if cardinality(v.uses) > 0 then
            perform ledger.consume(p_org_id, v.uses);
        end if;
    end if;
    if cardinality(v.refusals) > 0 then
        insert into ledger.decision select * from unnest(v.refusals);
    end if;
end
$$;

-- What the view shows of a movement that this call wrote, out of memory: its row was written as it stands there.
create or replace function ledger.new_answer(m ledger.movement, shown ledger.display) returns ledger.movement_answer
language plpgsql stable as $$
begin
    return row(
        m.org_id, m.log_index, m.id, m.kind, m.item_id, shown.item_code, trim_scale(m.quantity)::text, m.unit,
        m.source_id, shown.source_code, trim_scale(m.source_on_hand)::text, m.source_seq,
        m.target_id, shown.target_code, trim_scale(m.target_on_hand)::text, m.target_seq,
        platform.instant(m.occurred_at), platform.instant(m.recorded_at),
        m.actor_id, shown.actor_kind, shown.actor_name, m.credential_id, m.request_id, m.idempotency_key,
        m.reference, m.reason, null::text, m.reverses_id, 'sha256:' || encode(m.leaf_hash, 'hex'),
        shown.source_sub_org_id, shown.source_is_shared, shown.target_sub_org_id, shown.target_is_shared,
        m.approval_id, shown.note_sealed, trim_scale(m.stated_quantity)::text, m.stated_unit,
        m.lot_id, shown.lot_code, m.serial_id, shown.serial_code,
        case when m.source_seq is not null then coalesce(m.source_status, 'available') end,
        case when m.target_seq is not null then coalesce(m.target_status, 'available') end);
end
$$;

-- The same of a movement that was there before.
create or replace function ledger.find_answer(p_org_id uuid, p_log_index bigint) returns ledger.movement_answer
language plpgsql stable as $$
begin
    return (
        select x from ledger.movement_answer as x where x.org_id = p_org_id and x.log_index = p_log_index
    );
end
$$;

-- Post the movements of p_rows (an array of ledger.intake, numbered from 1) in their order; each is decided as if it
-- came alone. With p_atomic all of them stand or none. The head row is locked first: log indexes are dense in commit
-- order; no key, balance or instant can race. A plan is kept from when the tables were empty, so it is held to
-- probes of one row: what reads on along an index is fast then and never again.
create or replace function ledger.post_movements(p_org_id uuid, p_rows jsonb, p_atomic boolean)
returns table (ord integer, status text, replayed boolean, problem jsonb, movement ledger.movement_answer)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_mergejoin = off
set join_collapse_limit = 1
set enable_hashagg = off
set plan_cache_mode = force_generic_plan as $$
declare
    head ledger.head;
    v ledger.verdict;
    outcomes ledger.outcome[];
    movements ledger.movement[];
    displays ledger.display[];
    o ledger.outcome;
    n integer := 0;
    place bigint;
begin
    select * into strict head from ledger.head as h where h.org_id = p_org_id for update;
    perform tenancy.refuse_entry(p_org_id, false);
    v := ledger.decide(
        p_org_id, head, greatest(clock_timestamp(), head.recorded_at + interval '1 microsecond'), p_rows);
    if p_atomic then
        v := ledger.all_or_none(v, head.size);
    end if;
    perform ledger.record_movements(p_org_id, v);
    movements := v.movements;
    displays := v.displays;
    outcomes := v.outcomes;
    while n < cardinality(outcomes) loop
        n := n + 1;
        o := outcomes[n];
        ord := o.ord;
        status := o.status;
        replayed := o.replayed;
        problem := o.problem;
        place := o.log_index - head.size + 1;
        movement := case
            when o.status <> 'posted' then null
            when place >= 1 then ledger.new_answer(movements[place], displays[place])
            else ledger.find_answer(p_org_id, o.log_index)
        end;
        return next;
    end loop;
end
$$;
