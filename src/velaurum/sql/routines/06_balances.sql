-- Reading the past: an instant becomes a log size, and a log size never changes its answer.

-- The log size that an organisation had at an instant: the index of the first entry recorded later.
-- What is in flight could still take an instant before p_as_of, so we wait for it; later ones are recorded after.
-- A log is the whole organisation's: the search meets every entry of it, whoever asks, and tells a size alone.
create or replace function ledger.size_at(p_org_id uuid, p_as_of timestamptz) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    sub_orgs text := tenancy.see_sub_orgs('*');
    head ledger.head;
    low bigint := 0;
    high bigint;
    middle bigint;
begin
    select * into strict head from ledger.head as h where h.org_id = p_org_id;
    if p_as_of >= head.recorded_at then
        select * into strict head from ledger.head as h where h.org_id = p_org_id for share;
    end if;
    high := head.size;
    while low < high loop
        middle := (low + high) / 2;
        if (
            select x.recorded_at from audit.leaf as x where x.org_id = p_org_id and x.log_index = middle
        ) <= p_as_of then
            low := middle + 1;
        else
            high := middle;
        end if;
    end loop;
    perform tenancy.see_sub_orgs(sub_orgs);
    return low;
end
$$;

-- The last movement out of a stock key below a log size. No index takes IS NOT DISTINCT FROM, so that what is null is
-- asked for in its own words, and is in the order too: then it is one probe of the index.
create or replace function ledger.last_out(
    p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint
) returns table (log_index bigint, on_hand numeric)
language plpgsql stable parallel safe rows 1 as $$
begin
    if p_lot_id is null and p_serial_id is null and p_status is null then
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id is null and m.source_status is null
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    elsif p_lot_id is null and p_serial_id is null then
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id is null and m.source_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    elsif p_serial_id is null and p_status is null then
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id = p_lot_id and m.serial_id is null and m.source_status is null
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    elsif p_serial_id is null then
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id = p_lot_id and m.serial_id is null and m.source_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    elsif p_status is null then
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id = p_serial_id and m.source_status is null
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    else
        return query
        select m.log_index, m.source_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id = p_serial_id and m.source_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.source_status desc, m.log_index desc limit 1;
    end if;
end
$$;

-- The same into it.
create or replace function ledger.last_in(
    p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint
) returns table (log_index bigint, on_hand numeric)
language plpgsql stable parallel safe rows 1 as $$
begin
    if p_lot_id is null and p_serial_id is null and p_status is null then
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id is null and m.target_status is null
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    elsif p_lot_id is null and p_serial_id is null then
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id is null and m.target_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    elsif p_serial_id is null and p_status is null then
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id = p_lot_id and m.serial_id is null and m.target_status is null
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    elsif p_serial_id is null then
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id = p_lot_id and m.serial_id is null and m.target_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    elsif p_status is null then
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id = p_serial_id and m.target_status is null
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    else
        return query
        select m.log_index, m.target_on_hand from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size
            and m.lot_id is null and m.serial_id = p_serial_id and m.target_status = p_status
        order by m.lot_id desc, m.serial_id desc, m.target_status desc, m.log_index desc limit 1;
    end if;
end
$$;

-- What one stock key held at a log size: the newer of its last movement as source and its last as target.
create or replace function ledger.on_hand_at(
    p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint
) returns numeric
language sql stable parallel safe as $$
    select last.on_hand from (
        select o.log_index, o.on_hand
        from ledger.last_out(p_org_id, p_item_id, p_location_id, p_lot_id, p_serial_id, p_status, p_size) as o
        union all
        select i.log_index, i.on_hand
        from ledger.last_in(p_org_id, p_item_id, p_location_id, p_lot_id, p_serial_id, p_status, p_size) as i
    ) as last order by last.log_index desc limit 1
$$;

-- What one stock key held in the world at an instant, as far as a log of that size knew.
create or replace function ledger.on_hand_effective(
    p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint,
    p_effective_as_of timestamptz
) returns numeric
language plpgsql stable parallel safe as $$
begin
    if p_lot_id is not null then
        return (select sum(leg.quantity) from (
            select -m.quantity as quantity from ledger.movement as m
            where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
                and m.source_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
                and m.lot_id = p_lot_id and m.serial_id is null and m.source_status is not distinct from p_status
            union all
            select m.quantity as quantity from ledger.movement as m
            where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
                and m.target_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
                and m.lot_id = p_lot_id and m.serial_id is null and m.target_status is not distinct from p_status
        ) as leg);
    elsif p_serial_id is not null then
        return (select sum(leg.quantity) from (
            select -m.quantity as quantity from ledger.movement as m
            where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
                and m.source_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
                and m.lot_id is null and m.serial_id = p_serial_id and m.source_status is not distinct from p_status
            union all
            select m.quantity as quantity from ledger.movement as m
            where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
                and m.target_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
                and m.lot_id is null and m.serial_id = p_serial_id and m.target_status is not distinct from p_status
        ) as leg);
    end if;
    return (select sum(leg.quantity) from (
        select -m.quantity as quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
            and m.lot_id is null and m.serial_id is null and m.source_status is not distinct from p_status
        union all
        select m.quantity as quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
            and m.lot_id is null and m.serial_id is null and m.target_status is not distinct from p_status
    ) as leg);
end
$$;

-- Balances in the order of their stock keys, what is null last, after a position; at a log size or in the world at an
-- instant. Where the size is that of now, seen by the same statement, the kept balances are the answer.
-- A stock key that did not exist at that size is not there, nor is one in a place of a department out of reach.
-- p_limit null reads them all; p_status 'available' is what has none.
create or replace function ledger.balances_at(
    p_org_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid, p_status text, p_size bigint,
    p_effective_as_of timestamptz, p_after_item_id uuid, p_after_location_id uuid, p_after_lot_id uuid,
    p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]
) returns table (item_id uuid, location_id uuid, lot_id uuid, serial_id uuid, status text, on_hand numeric)
language sql stable as $$
    select b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, h.on_hand
    from ledger.balance as b
    cross join lateral (
        select case
            when p_effective_as_of is not null then ledger.on_hand_effective(
                p_org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, p_size, p_effective_as_of)
            when p_size = (select d.size from ledger.head as d where d.org_id = p_org_id) then b.on_hand
            else ledger.on_hand_at(
                p_org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, p_size)
        end as on_hand
    ) as h
    where b.org_id = p_org_id
        and (b.item_id, b.location_id) >= (p_after_item_id, p_after_location_id)
        and (
            (b.item_id, b.location_id) > (p_after_item_id, p_after_location_id)
            or (
                coalesce(b.lot_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
                coalesce(b.serial_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), coalesce(b.status, 'z')
            ) > (
                coalesce(p_after_lot_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
                coalesce(p_after_serial_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), coalesce(p_after_status, 'z')
            )
        )
        and (p_item_id is null or b.item_id = p_item_id)
        and (p_location_id is null or b.location_id = p_location_id)
        and (p_lot_id is null or b.lot_id = p_lot_id)
        and (p_serial_id is null or b.serial_id = p_serial_id)
        and (p_status is null or coalesce(b.status, 'available') = p_status)
        and h.on_hand is not null
        and (p_sub_org_ids is null or exists (
            select from catalog.location as l
            where l.org_id = p_org_id and l.id = b.location_id and l.sub_org_id = any(p_sub_org_ids)
        ))
    order by b.item_id, b.location_id, b.lot_id, b.serial_id, b.status
    limit p_limit
$$;
