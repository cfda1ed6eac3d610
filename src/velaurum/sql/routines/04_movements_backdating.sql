-- Backdating: what is taken at an instant of the past must have been there then, and at every instant since. Only what
-- is earlier than the latest of its stock key is asked about; everything else is decided by what is on hand now.

-- What happened to a stock key after an instant: in the ledger, and among the movements of this call. Nothing happens
-- later than five minutes after it is recorded, so that what was recorded long before is not read. No index takes IS
-- NOT DISTINCT FROM: the plain key is asked for in its own words, any other is filtered from its item in its place.
create or replace function ledger.changes_after(
    p_org_id uuid, b ledger.balance, p_instant timestamptz, p_movements ledger.movement[]
) returns table (occurred_at timestamptz, change numeric)
language plpgsql stable as $$
declare
    first_index bigint := ledger.size_at(p_org_id, p_instant - interval '5 minutes');
begin
    if b.lot_id is null and b.serial_id is null and b.status is null then
        return query
        select m.occurred_at, -m.quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = b.item_id and m.source_id = b.location_id
            and m.source_seq is not null and m.lot_id is null and m.serial_id is null and m.source_status is null
            and m.log_index >= first_index and m.occurred_at > p_instant
        union all
        select m.occurred_at, m.quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = b.item_id and m.target_id = b.location_id
            and m.target_seq is not null and m.lot_id is null and m.serial_id is null and m.target_status is null
            and m.log_index >= first_index and m.occurred_at > p_instant;
    else
        return query
        select m.occurred_at, -m.quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = b.item_id and m.source_id = b.location_id
            and m.source_seq is not null and m.log_index >= first_index and m.occurred_at > p_instant
            and (m.lot_id, m.serial_id, m.source_status) is not distinct from (b.lot_id, b.serial_id, b.status)
        union all
        select m.occurred_at, m.quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = b.item_id and m.target_id = b.location_id
            and m.target_seq is not null and m.log_index >= first_index and m.occurred_at > p_instant
            and (m.lot_id, m.serial_id, m.target_status) is not distinct from (b.lot_id, b.serial_id, b.status);
    end if;
    return query
    select m.occurred_at, -m.quantity from unnest(p_movements) as m
    where m.item_id = b.item_id and m.source_id = b.location_id and m.occurred_at > p_instant
        and (m.lot_id, m.serial_id, m.source_status) is not distinct from (b.lot_id, b.serial_id, b.status)
    union all
    select m.occurred_at, m.quantity from unnest(p_movements) as m
    where m.item_id = b.item_id and m.target_id = b.location_id and m.occurred_at > p_instant
        and (m.lot_id, m.serial_id, m.target_status) is not distinct from (b.lot_id, b.serial_id, b.status);
end
$$;

-- The least that a stock key held at an instant and at every later one, and when first: what is on hand now, without
-- what happened since. What happened at one instant happened together, as reads at an instant have it.
create or replace function ledger.least_from(
    p_org_id uuid, b ledger.balance, p_instant timestamptz, p_movements ledger.movement[]
) returns table (held numeric, held_at timestamptz)
language plpgsql stable rows 1 as $$
begin
    return query
    with change as materialized (
        select c.occurred_at, sum(c.change) as change
        from ledger.changes_after(p_org_id, b, p_instant, p_movements) as c group by c.occurred_at
    ), step as (
        select p_instant as happened_at, b.on_hand - coalesce(sum(c.change), 0) as change from change as c
        union all
        select c.occurred_at, c.change from change as c
    ), state as (
        select s.happened_at, sum(s.change) over (order by s.happened_at) as on_hand from step as s
    )
    select x.on_hand, x.happened_at from state as x order by x.on_hand, x.happened_at limit 1;
end
$$;

-- Why a backdated movement out of a stock key is refused, or null. What the past of before this rule lacks is nothing.
create or replace function ledger.refusal_of_past(
    p_org_id uuid, b ledger.balance, p_quantity numeric, p_instant timestamptz, p_movements ledger.movement[]
) returns jsonb
language plpgsql stable as $$
begin
    return (
        select jsonb_build_object(
            'code', 'insufficient-stock', 'available', trim_scale(greatest(l.held, 0))::text,
            'available_at', platform.instant(l.held_at))
        from ledger.least_from(p_org_id, b, p_instant, p_movements) as l where l.held < p_quantity
    );
end
$$;

-- The latest instant of a stock key at which anything happened, an instant itself or one that is later.
create or replace function ledger.latest_from(
    p_org_id uuid, b ledger.balance, p_instant timestamptz, p_movements ledger.movement[]
) returns timestamptz
language plpgsql stable as $$
begin
    return greatest(p_instant, (
        select max(c.occurred_at) from ledger.changes_after(p_org_id, b, p_instant, p_movements) as c));
end
$$;
