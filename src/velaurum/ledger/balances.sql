-- name: now
select h.size as log_size, platform.instant(h.recorded_at) as recorded_at
from ledger.head as h
where h.org_id = %(org_id)s;

-- name: as_of
-- No row when the instant has not come yet.
-- cross-sub-org: a log and its size are the whole organisation's.
select ledger.size_at(%(org_id)s, %(as_of)s) as log_size
where %(as_of)s <= clock_timestamp();

-- name: size_before
-- cross-sub-org: a log and its size are the whole organisation's.
select ledger.size_at(%(org_id)s, %(instant)s::timestamptz - interval '1 microsecond') as log_size;

-- name: list_page
select
    b.item_id, i.code as item_code, b.location_id, l.code as location_code, b.lot_id, k.code as lot_code, b.serial_id,
    s.code as serial_code, coalesce(b.status, 'available') as status, trim_scale(b.on_hand)::text as on_hand,
    trim_scale(a.reserved)::text as reserved, trim_scale(a.available)::text as available
from ledger.balances_at(
    %(org_id)s, %(item_id)s, %(location_id)s, %(lot_id)s, %(serial_id)s, %(status)s, %(size)s, %(effective_as_of)s,
    %(after_item_id)s, %(after_location_id)s, %(after_lot_id)s, %(after_serial_id)s, %(after_status)s, %(limit)s,
    %(sub_org_ids)s
) as b
cross join lateral ledger.available(
    %(org_id)s, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, b.on_hand, %(is_now)s
) as a
inner join catalog.item as i on b.item_id = i.id
inner join catalog.location as l on b.location_id = l.id
left join catalog.lot as k on k.org_id = %(org_id)s and b.lot_id = k.id
left join catalog.serial as s on s.org_id = %(org_id)s and b.serial_id = s.id
where i.org_id = %(org_id)s and l.org_id = %(org_id)s
order by b.item_id, b.location_id, b.lot_id, b.serial_id, b.status;

-- name: list_by_item
select
    g.item_id, i.code as item_code, null::uuid as location_id, null as location_code,
    trim_scale(g.on_hand)::text as on_hand, trim_scale(g.reserved)::text as reserved,
    trim_scale(g.available)::text as available
from (
    select
        b.item_id, sum(b.on_hand) as on_hand, sum(a.reserved) as reserved, sum(a.available) as available
    from ledger.balances_at(
        %(org_id)s, %(item_id)s, %(location_id)s, %(lot_id)s, %(serial_id)s, %(status)s, %(size)s,
        %(effective_as_of)s, %(after_item_id)s, 'ffffffff-ffff-ffff-ffff-ffffffffffff', null, null, null, null,
        %(sub_org_ids)s
    ) as b
    cross join lateral ledger.available(
        %(org_id)s, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, b.on_hand, %(is_now)s
    ) as a
    group by b.item_id
    order by b.item_id
    limit %(limit)s
) as g
inner join catalog.item as i on g.item_id = i.id
where i.org_id = %(org_id)s
order by g.item_id;

-- name: list_by_location
select
    null::uuid as item_id, null as item_code, g.location_id, l.code as location_code,
    trim_scale(g.on_hand)::text as on_hand, trim_scale(g.reserved)::text as reserved,
    trim_scale(g.available)::text as available
from (
    select
        b.location_id, sum(b.on_hand) as on_hand, sum(a.reserved) as reserved, sum(a.available) as available
    from ledger.balances_at(
        %(org_id)s, %(item_id)s, %(location_id)s, %(lot_id)s, %(serial_id)s, %(status)s, %(size)s,
        %(effective_as_of)s, '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', null,
        null, null, null, %(sub_org_ids)s
    ) as b
    cross join lateral ledger.available(
        %(org_id)s, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, b.on_hand, %(is_now)s
    ) as a
    where b.location_id > %(after_location_id)s
    group by b.location_id
    order by b.location_id
    limit %(limit)s
) as g
inner join catalog.location as l on g.location_id = l.id
where l.org_id = %(org_id)s
order by g.location_id;

-- name: list_page_within
select
    b.item_id, i.code as item_code, b.location_id, l.code as location_code, b.lot_id, k.code as lot_code, b.serial_id,
    s.code as serial_code, coalesce(b.status, 'available') as status, trim_scale(b.on_hand)::text as on_hand,
    trim_scale(a.reserved)::text as reserved, trim_scale(a.available)::text as available
from ledger.balances_within(
    %(org_id)s, %(within_id)s, %(item_id)s, %(location_id)s, %(lot_id)s, %(serial_id)s, %(status)s, %(size)s,
    %(effective_as_of)s, %(after_item_id)s, %(after_location_id)s, %(after_lot_id)s, %(after_serial_id)s,
    %(after_status)s, %(limit)s, %(sub_org_ids)s
) as b
cross join lateral ledger.available(
    %(org_id)s, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, b.on_hand, %(is_now)s
) as a
inner join catalog.item as i on b.item_id = i.id
inner join catalog.location as l on b.location_id = l.id
left join catalog.lot as k on k.org_id = %(org_id)s and b.lot_id = k.id
left join catalog.serial as s on s.org_id = %(org_id)s and b.serial_id = s.id
where i.org_id = %(org_id)s and l.org_id = %(org_id)s
order by b.item_id, b.location_id, b.lot_id, b.serial_id, b.status;

-- name: list_by_item_within
select
    g.item_id, i.code as item_code, null::uuid as location_id, null as location_code,
    trim_scale(g.on_hand)::text as on_hand, trim_scale(g.reserved)::text as reserved,
    trim_scale(g.available)::text as available
from (
    select
        b.item_id, sum(b.on_hand) as on_hand, sum(a.reserved) as reserved, sum(a.available) as available
    from ledger.balances_within(
        %(org_id)s, %(within_id)s, %(item_id)s, %(location_id)s, %(lot_id)s, %(serial_id)s, %(status)s, %(size)s,
        %(effective_as_of)s, %(after_item_id)s, 'ffffffff-ffff-ffff-ffff-ffffffffffff', null, null, null, null,
        %(sub_org_ids)s
    ) as b
    cross join lateral ledger.available(
        %(org_id)s, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, b.on_hand, %(is_now)s
    ) as a
    group by b.item_id
    order by b.item_id
    limit %(limit)s
) as g
inner join catalog.item as i on g.item_id = i.id
where i.org_id = %(org_id)s
order by g.item_id;

-- name: list_by_location_within
select
    null::uuid as item_id, null as item_code, g.location_id, l.code as location_code,
    trim_scale(g.on_hand)::text as on_hand, trim_scale(g.reserved)::text as reserved,
    trim_scale(g.available)::text as available
from (
    select
        b.location_id, sum(b.on_hand) as on_hand, sum(a.reserved) as reserved, sum(a.available) as available
    from ledger.balances_within(
        %(org_id)s, %(within_id)s, %(item_id)s, %(location_id)s, %(lot_id)s, %(serial_id)s, %(status)s, %(size)s,
        %(effective_as_of)s, '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', null,
        null, null, null, %(sub_org_ids)s
    ) as b
    cross join lateral ledger.available(
        %(org_id)s, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, b.on_hand, %(is_now)s
    ) as a
    where b.location_id > %(after_location_id)s
    group by b.location_id
    order by b.location_id
    limit %(limit)s
) as g
inner join catalog.location as l on g.location_id = l.id
where l.org_id = %(org_id)s
order by g.location_id;
