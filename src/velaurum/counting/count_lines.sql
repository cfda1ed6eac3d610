-- name: add
-- cross-sub-org: the count was found within reach; its place is the place of every line.
select ord, problem
from counting.add_lines(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(count_id)s, %(rows)s
);

-- name: of_keys
-- cross-sub-org: the count was found within reach; its place is the place of every line.
select
    l.number, l.item_id, i.code as item_code, l.lot_id, k.code as lot_code, l.serial_id, s.code as serial_code,
    coalesce(l.status, 'available') as status, trim_scale(l.quantity)::text as quantity, l.round, l.at_size,
    l.idempotency_key, l.actor_id as counted_by, platform.instant(l.recorded_at) as recorded_at
from counting.count_line as l
inner join catalog.item as i on l.org_id = i.org_id and l.item_id = i.id
left join catalog.lot as k on l.org_id = k.org_id and l.lot_id = k.id
left join catalog.serial as s on l.org_id = s.org_id and l.serial_id = s.id
where l.org_id = %(org_id)s and l.count_id = %(count_id)s and l.idempotency_key = any(%(keys)s);

-- name: list_page
-- cross-sub-org: the count was found within reach; its place is the place of every line.
select
    l.number, l.item_id, i.code as item_code, l.lot_id, k.code as lot_code, l.serial_id, s.code as serial_code,
    coalesce(l.status, 'available') as status, trim_scale(l.quantity)::text as quantity, l.round, l.at_size,
    l.idempotency_key, l.actor_id as counted_by, platform.instant(l.recorded_at) as recorded_at
from counting.count_line as l
inner join catalog.item as i on l.org_id = i.org_id and l.item_id = i.id
left join catalog.lot as k on l.org_id = k.org_id and l.lot_id = k.id
left join catalog.serial as s on l.org_id = s.org_id and l.serial_id = s.id
where l.org_id = %(org_id)s and l.count_id = %(count_id)s and l.number > %(after)s
    and (%(actor_id)s::uuid is null or l.actor_id = %(actor_id)s)
order by l.number
limit %(limit)s;
