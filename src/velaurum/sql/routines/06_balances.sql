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

-- What one stock key held at a log size: the newer of its last movement as source and its last as target.
create or replace function ledger.on_hand_at(p_org_id uuid, p_item_id uuid, p_location_id uuid, p_size bigint)
returns numeric
language sql stable parallel safe as $$
    select last.on_hand from (
        (
            select m.log_index, m.source_on_hand as on_hand from ledger.movement as m
            where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
                and m.source_seq is not null and m.log_index < p_size
            order by m.log_index desc limit 1
        )
        union all
        (
            select m.log_index, m.target_on_hand from ledger.movement as m
            where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
                and m.target_seq is not null and m.log_index < p_size
            order by m.log_index desc limit 1
        )
    ) as last order by last.log_index desc limit 1
$$;

-- What one stock key held in the world at an instant, as far as a log of that size knew.
create or replace function ledger.on_hand_effective(
    p_org_id uuid, p_item_id uuid, p_location_id uuid, p_size bigint, p_effective_as_of timestamptz
) returns numeric
language sql stable parallel safe as $$
    select sum(leg.quantity) from (
        select -m.quantity as quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.source_id = p_location_id
            and m.source_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
        union all
        select m.quantity from ledger.movement as m
        where m.org_id = p_org_id and m.item_id = p_item_id and m.target_id = p_location_id
            and m.target_seq is not null and m.log_index < p_size and m.occurred_at <= p_effective_as_of
    ) as leg
$$;

-- Balances in the order of item and location, after a position, at a log size or in the world at an instant.
-- Where the size is that of now, seen by the same statement, the kept balances are the answer.
-- A stock key that did not exist at that size is not there, nor is one in a place of a department out of reach.
-- p_limit null reads them all.
create or replace function ledger.balances_at(
    p_org_id uuid, p_item_id uuid, p_location_id uuid, p_size bigint, p_effective_as_of timestamptz,
    p_after_item_id uuid, p_after_location_id uuid, p_limit bigint, p_sub_org_ids uuid[]
) returns table (item_id uuid, location_id uuid, on_hand numeric)
language sql stable as $$
    select b.item_id, b.location_id, h.on_hand
    from ledger.balance as b
    cross join lateral (
        select case
            when p_effective_as_of is not null
                then ledger.on_hand_effective(p_org_id, b.item_id, b.location_id, p_size, p_effective_as_of)
            when p_size = (select d.size from ledger.head as d where d.org_id = p_org_id) then b.on_hand
            else ledger.on_hand_at(p_org_id, b.item_id, b.location_id, p_size)
        end as on_hand
    ) as h
    where b.org_id = p_org_id
        and (b.item_id, b.location_id) > (p_after_item_id, p_after_location_id)
        and (p_item_id is null or b.item_id = p_item_id)
        and (p_location_id is null or b.location_id = p_location_id)
        and h.on_hand is not null
        and (p_sub_org_ids is null or exists (
            select from catalog.location as l
            where l.org_id = p_org_id and l.id = b.location_id and l.sub_org_id = any(p_sub_org_ids)
        ))
    order by b.item_id, b.location_id
    limit p_limit
$$;
