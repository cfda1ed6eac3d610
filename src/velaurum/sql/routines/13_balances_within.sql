-- Balances of a location and of all that lies in it.

-- The stock keys of a subtree that is within reach, found by their locations: few of an organisation's, however many it
-- has. The planner takes one location for half of all stock keys (0005_ledger.sql), and would rather read them all.
create or replace function ledger.stock_keys_within(p_org_id uuid, p_within_id uuid, p_sub_org_ids uuid[])
returns table (item_id uuid, location_id uuid, lot_id uuid, serial_id uuid, status text, on_hand numeric)
language sql stable
set enable_seqscan = off as $$
    select b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, b.on_hand
    from ledger.balance as b
    where b.org_id = p_org_id
        and b.location_id = any((select catalog.within(p_org_id, p_within_id, p_sub_org_ids))::uuid[])
$$;

-- The same as ledger.balances_at, of one subtree. They are put in order before the past is asked about each, so that a
-- page asks about no more than it shows.
create or replace function ledger.balances_within(
    p_org_id uuid, p_within_id uuid, p_item_id uuid, p_location_id uuid, p_lot_id uuid, p_serial_id uuid,
    p_status text, p_size bigint, p_effective_as_of timestamptz, p_after_item_id uuid, p_after_location_id uuid,
    p_after_lot_id uuid, p_after_serial_id uuid, p_after_status text, p_limit bigint, p_sub_org_ids uuid[]
) returns table (item_id uuid, location_id uuid, lot_id uuid, serial_id uuid, status text, on_hand numeric)
language sql stable as $$
    select b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, h.on_hand
    from (
        select k.item_id, k.location_id, k.lot_id, k.serial_id, k.status, k.on_hand
        from ledger.stock_keys_within(p_org_id, p_within_id, p_sub_org_ids) as k
        where (k.item_id, k.location_id) >= (p_after_item_id, p_after_location_id)
            and (
                (k.item_id, k.location_id) > (p_after_item_id, p_after_location_id)
                or (
                    coalesce(k.lot_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
                    coalesce(k.serial_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), coalesce(k.status, 'z')
                ) > (
                    coalesce(p_after_lot_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
                    coalesce(p_after_serial_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
                    coalesce(p_after_status, 'z')
                )
            )
            and (p_item_id is null or k.item_id = p_item_id)
            and (p_location_id is null or k.location_id = p_location_id)
            and (p_lot_id is null or k.lot_id = p_lot_id)
            and (p_serial_id is null or k.serial_id = p_serial_id)
            and (p_status is null or coalesce(k.status, 'available') = p_status)
        order by k.item_id, k.location_id, k.lot_id, k.serial_id, k.status
    ) as b
    cross join lateral (
        select case
            when p_effective_as_of is not null then ledger.on_hand_effective(
                p_org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, p_size, p_effective_as_of)
            when p_size = (select d.size from ledger.head as d where d.org_id = p_org_id) then b.on_hand
            else ledger.on_hand_at(
                p_org_id, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, p_size)
        end as on_hand
    ) as h
    where h.on_hand is not null
    order by b.item_id, b.location_id, b.lot_id, b.serial_id, b.status
    limit p_limit
$$;
