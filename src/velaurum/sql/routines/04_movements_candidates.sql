-- From a request to candidates: references looked up inside the organisation, meaning hashed, earlier decisions found,
-- stock keys numbered. Called under the head lock by the posting routine alone. Each table is reached by a lateral
-- probe of one row, so that a plan made while a table was empty is still right when it is not.

-- The movement that a reversal reverses. No part of the plan of who calls it: a movement that reverses nothing does not
-- begin it.
create or replace function ledger.find_reversed(p_org_id uuid, p_id uuid)
returns table (
    kind text, item_id uuid, quantity numeric, stated_quantity numeric, stated_unit text, source_id uuid,
    target_id uuid, already_reversed boolean, lot_id uuid, serial_id uuid, source_status text, target_status text
)
language plpgsql stable rows 1 as $$
begin
    return query
    select m.kind, m.item_id, m.quantity, m.stated_quantity, m.stated_unit, m.source_id, m.target_id, exists (
        select from ledger.movement as b where b.org_id = p_org_id and b.reverses_id = m.id
    ), m.lot_id, m.serial_id, m.source_status, m.target_status
    from ledger.movement as m where m.org_id = p_org_id and m.id = p_id;
end
$$;

-- The rows of a request with their references looked up. A reversal takes item and quantity from the movement that it
-- reverses, as stated and as counted then, lot or serial, and its two sides swapped with their statuses. Who asks is
-- judged here, by the credential as it is at this moment.
-- CASE instead of COALESCE: under row security the planner takes only the former for an index.
create or replace function ledger.resolved(p_org_id uuid, p_rows jsonb)
returns table (
    asked ledger.intake, actor_kind text, may boolean, item_id uuid, unit text, quantity numeric, source_id uuid,
    source_kind text, target_id uuid, target_kind text, reversed_kind text, already_reversed boolean,
    display ledger.display, stated_quantity numeric, stated_unit text, tracking text, part ledger.part,
    source_status text, target_status text
)
language sql stable parallel safe as $$
    with request as materialized (
        select x as asked, x.credential_id from jsonb_populate_recordset(null::ledger.intake, p_rows) as x
    ), credential as (
        select distinct q.credential_id from request as q
    ), who as materialized (
        select c.credential_id, w.principal_id, w.principal_kind, w.principal_name, w.may, w.sub_org_ids
        from credential as c
        cross join lateral identity.reach(p_org_id, c.credential_id, 'post') as w
    )
    select
        q.asked, case when w.principal_id = r.actor_id then w.principal_kind end, w.may, i.id, i.unit,
        case
            when o.item_id is not null then o.quantity
            when r.unit <> i.unit then ledger.converted(p_org_id, i.id, i.unit, r.quantity, r.unit)
            else r.quantity
        end,
        s.id, s.kind, t.id, t.kind, o.kind, o.already_reversed,
        row(
            i.code, s.code, s.sub_org_id, s.is_shared, t.code, t.sub_org_id, t.is_shared, w.principal_kind,
            w.principal_name, r.note_sealed, null, null
        )::ledger.display,
        case when o.item_id is not null then o.stated_quantity when r.unit <> i.unit then r.quantity end,
        case when o.item_id is not null then o.stated_unit when r.unit <> i.unit then r.unit end,
        i.tracking,
        case when i.tracking <> 'none' then case
            when o.item_id is null
                then ledger.find_part(p_org_id, i.id, r.lot_id, r.lot_code, r.serial_id, r.serial_code)
            else ledger.find_part(p_org_id, i.id, o.lot_id, null, o.serial_id, null)
        end end,
        ledger.status_of(s.kind, r.kind, r.source_status, r.target_status, o.target_status),
        ledger.status_of(t.kind, r.kind, r.target_status, r.source_status, o.source_status)
    from request as q
    cross join lateral (select (q.asked).*) as r
    left join who as w on q.credential_id = w.credential_id
    left join lateral (
        select x.* from ledger.find_reversed(p_org_id, r.reverses_id) as x where r.reverses_id is not null limit 1
    ) as o on true
    left join lateral (
        select c.id, c.unit, c.code, c.tracking from catalog.item as c
        where c.org_id = p_org_id and c.id = case when o.item_id is null then r.item_id else o.item_id end
        union all
        select c.id, c.unit, c.code, c.tracking from catalog.item as c
        where c.org_id = p_org_id and c.code = r.item_code
        limit 1
    ) as i on true
    left join lateral ledger.find_location(
        p_org_id, case when o.target_id is null then r.source_id else o.target_id end, r.source_code, w.sub_org_ids,
        r.idempotency_key) as s on true
    left join lateral ledger.find_location(
        p_org_id, case when o.source_id is null then r.target_id else o.source_id end, r.target_code, w.sub_org_ids,
        r.idempotency_key) as t on true
$$;

-- The requests of a call, each judged by itself: what it means, and what stands against it before any balance is seen.
create or replace function ledger.judged(p_org_id uuid, p_rows jsonb)
returns table (
    asked ledger.intake, actor_kind text, item_id uuid, unit text, quantity numeric, source_id uuid, source_kind text,
    target_id uuid, target_kind text, reversed_kind text, already_reversed boolean, display ledger.display,
    stated_quantity numeric, stated_unit text, part ledger.part, source_status text, target_status text,
    request_hash bytea, problem jsonb, lacking jsonb
)
language sql stable as $$
    with stated as materialized (
        select
            q.*,
            ledger.request_hash(q.asked, q.item_id, q.quantity, q.source_id, q.target_id,
                                q.stated_quantity, q.stated_unit, (q.part).lot_id, (q.part).serial_id,
                                q.source_status, q.target_status) as request_hash,
            coalesce(
                ledger.undecidable(p_org_id, q.asked, q.actor_kind, q.may, q.item_id,
                                   q.source_id, q.source_kind, q.target_id, q.target_kind),
                case
                    when ledger.names_part(q.asked, q.tracking) then ledger.undecidable_part(
                        q.asked, q.tracking, q.part, q.quantity, q.source_kind, q.target_kind, q.source_status,
                        q.target_status)
                end,
                case
                    when (q.asked).reservation_id is not null then ledger.undecidable_reservation(
                        p_org_id, q.asked, q.item_id, q.source_id, q.part, q.source_status)
                end
            ) as problem
        from ledger.resolved(p_org_id, p_rows) as q
    )
    select
        s.asked, s.actor_kind, s.item_id, s.unit, s.quantity, s.source_id, s.source_kind, s.target_id, s.target_kind,
        s.reversed_kind, s.already_reversed,
        case
            when (s.part).lot_id is null and (s.part).serial_id is null then s.display
            else ledger.shown_with_part(s.display, s.part)
        end,
        s.stated_quantity, s.stated_unit, s.part, s.source_status, s.target_status, s.request_hash, s.problem,
        case
            when s.problem is null and (
                ledger.may_need_approval((s.asked).kind) or (s.asked).approval_id is not null
                or s.stated_unit is not null
            )
                then ledger.lacking(p_org_id, s.asked, s.quantity, s.stated_unit, s.request_hash)
        end
    from stated as s
$$;

-- The balance before this call of a stock key that is untracked and available; zero, and never counted, where nothing
-- was moved yet.
create or replace function ledger.on_hand(p_org_id uuid, p_item_id uuid, p_location_id uuid)
returns table (on_hand numeric, seq bigint, latest_occurred_at timestamptz)
language sql stable parallel safe as $$
    select coalesce(b.on_hand, 0), coalesce(b.seq, 0), b.latest_occurred_at
    from (select) as one
    left join lateral (
        select x.on_hand, x.seq, x.latest_occurred_at from ledger.balance as x
        where x.org_id = p_org_id and x.item_id = p_item_id and x.location_id = p_location_id
            and x.lot_id is null and x.serial_id is null and x.status is null
        limit 1
    ) as b on true
$$;

-- The same of any stock key. No index takes IS NOT DISTINCT FROM, so that what is null is asked for in its own words;
-- of one lot or serial in one place there are four rows at most. PL/pgSQL, so that the plain key does not begin it.
create or replace function ledger.balance_of_part(
    p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text
) returns ledger.balance
language plpgsql stable as $$
declare
    b ledger.balance;
begin
    if p_lot_id is not null then
        select * into b from ledger.balance as x
        where x.org_id = p_org_id and x.item_id = p_item_id and x.location_id = p_location_id
            and x.lot_id = p_lot_id and x.serial_id is null and x.status is not distinct from p_status;
    elsif p_serial_id is not null then
        select * into b from ledger.balance as x
        where x.org_id = p_org_id and x.item_id = p_item_id and x.location_id = p_location_id
            and x.lot_id is null and x.serial_id = p_serial_id and x.status is not distinct from p_status;
    else
        select * into b from ledger.balance as x
        where x.org_id = p_org_id and x.item_id = p_item_id and x.location_id = p_location_id
            and x.lot_id is null and x.serial_id is null and x.status is not distinct from p_status;
    end if;
    if b.seq is null then
        b := row(p_org_id, p_item_id, p_location_id, 0, 0, p_lot_id, p_serial_id, p_status, null, null);
    end if;
    return b;
end
$$;

-- Everything that a decision needs, one row per requested movement. A stock key has one
-- slot, its number within this call, wherever it stands; its balance is the one before this call.
create or replace function ledger.candidates(p_org_id uuid, p_rows jsonb)
returns table (ord integer, candidate ledger.candidate)
language sql stable as $$
    with judged as materialized (
        select q.* from ledger.judged(p_org_id, p_rows) as q
    ), stock_key as (
        select
            j.item_id, j.source_id as location_id, (j.part).lot_id, (j.part).serial_id, j.source_status as status
        from judged as j
        where j.problem is null and ledger.holds_stock(j.source_kind)
        union
        select j.item_id, j.target_id, (j.part).lot_id, (j.part).serial_id, j.target_status
        from judged as j where j.problem is null and ledger.holds_stock(j.target_kind)
    ), stock as materialized (
        select
            k.item_id, k.location_id, coalesce(k.lot_id, k.serial_id, k.item_id) as part_id,
            coalesce(k.status, 'available') as status, row_number() over ()::integer as slot,
            case
                when k.lot_id is null and k.serial_id is null and k.status is null then row(
                    p_org_id, k.item_id, k.location_id, b.on_hand, b.seq, null, null, null, null,
                    b.latest_occurred_at)::ledger.balance
                else ledger.balance_of_part(p_org_id, k.item_id, k.location_id, k.lot_id, k.serial_id, k.status)
            end as balance
        from stock_key as k
        cross join lateral ledger.on_hand(p_org_id, k.item_id, k.location_id) as b
    )
    select (j.asked).ord, row(
        j.asked, j.actor_kind, j.item_id, j.unit, j.quantity, j.source_id, j.target_id,
        j.reversed_kind, j.already_reversed, j.request_hash, e,
        first_value((j.asked).ord) over same_key,
        j.request_hash = first_value(j.request_hash) over same_key,
        (j.asked).note_commitment is not distinct from first_value((j.asked).note_commitment) over same_key,
        s.slot, s.balance, t.slot, t.balance, j.display, j.stated_quantity, j.stated_unit, j.part, j.source_status,
        j.target_status
    )::ledger.candidate
    from judged as j
    left join stock as s
        on s.item_id = j.item_id and s.location_id = j.source_id
            and s.part_id = coalesce((j.part).lot_id, (j.part).serial_id, j.item_id)
            and s.status = coalesce(j.source_status, 'available')
    left join stock as t
        on t.item_id = j.item_id and t.location_id = j.target_id
            and t.part_id = coalesce((j.part).lot_id, (j.part).serial_id, j.item_id)
            and t.status = coalesce(j.target_status, 'available')
    left join lateral ledger.earlier(p_org_id, j.asked, j.request_hash, j.problem, j.lacking) as e on true
    window same_key as (
        partition by (j.asked).idempotency_key
        order by j.problem is not null or j.lacking is not null, (j.asked).ord
    )
$$;

-- The same of a call with one movement, which is like no other of its call: most of a plan for many is begun for none.
create or replace function ledger.lone_candidate(p_org_id uuid, p_rows jsonb)
returns table (ord integer, candidate ledger.candidate)
language sql stable as $$
    select (j.asked).ord, row(
        j.asked, j.actor_kind, j.item_id, j.unit, j.quantity, j.source_id, j.target_id,
        j.reversed_kind, j.already_reversed, j.request_hash, e,
        (j.asked).ord, true, true,
        case when (s.balance).seq is not null then 1 end, s.balance,
        case when (t.balance).seq is not null then 2 end, t.balance,
        j.display, j.stated_quantity, j.stated_unit, j.part, j.source_status, j.target_status
    )::ledger.candidate
    from ledger.judged(p_org_id, p_rows) as j
    left join lateral (
        select case
            when (j.part).lot_id is null and (j.part).serial_id is null and j.source_status is null then row(
                p_org_id, j.item_id, j.source_id, b.on_hand, b.seq, null, null, null, null,
                b.latest_occurred_at)::ledger.balance
            else ledger.balance_of_part(
                p_org_id, j.item_id, j.source_id, (j.part).lot_id, (j.part).serial_id, j.source_status)
        end as balance
        from ledger.on_hand(p_org_id, j.item_id, j.source_id) as b
    ) as s on j.problem is null and ledger.holds_stock(j.source_kind)
    left join lateral (
        select case
            when (j.part).lot_id is null and (j.part).serial_id is null and j.target_status is null then row(
                p_org_id, j.item_id, j.target_id, b.on_hand, b.seq, null, null, null, null,
                b.latest_occurred_at)::ledger.balance
            else ledger.balance_of_part(
                p_org_id, j.item_id, j.target_id, (j.part).lot_id, (j.part).serial_id, j.target_status)
        end as balance
        from ledger.on_hand(p_org_id, j.item_id, j.target_id) as b
    ) as t on j.problem is null and ledger.holds_stock(j.target_kind)
    left join lateral ledger.earlier(p_org_id, j.asked, j.request_hash, j.problem, j.lacking) as e on true
$$;
