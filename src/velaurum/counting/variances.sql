-- name: list_page
-- cross-sub-org: the count was found within reach; its place is the place of every stock key.
-- What was counted, and what the ledger has beside it; in the order of the stock keys.
with stock_key as (
    select
        s.item_id, s.lot_id, s.serial_id, s.status, s.quantity as counted, s.quantity - s.variance as on_hand,
        s.variance, s.number as line, s.round, s.at_size,
        s.number in (select counting.waiting(%(org_id)s, %(count_id)s)) as wants_recount
    from counting.standing(%(org_id)s, %(count_id)s, null) as s
    union all
    select u.item_id, u.lot_id, u.serial_id, u.status, null, u.on_hand, null, null, null, u.at_size, false
    from counting.uncounted(%(org_id)s, %(count_id)s) as u
)

select
    concat(v.item_id, '/', coalesce(v.lot_id, v.serial_id), '/', coalesce(v.status, 'available')) as place,
    v.item_id, i.code as item_code, v.lot_id, k.code as lot_code, v.serial_id, r.code as serial_code,
    coalesce(v.status, 'available') as status, trim_scale(v.counted)::text as counted,
    trim_scale(v.on_hand)::text as on_hand, trim_scale(v.variance)::text as variance, v.line, v.round, v.at_size,
    v.wants_recount
from stock_key as v
inner join catalog.item as i on v.item_id = i.id
left join catalog.lot as k on k.org_id = %(org_id)s and v.lot_id = k.id
left join catalog.serial as r on r.org_id = %(org_id)s and v.serial_id = r.id
where i.org_id = %(org_id)s
    and concat(v.item_id, '/', coalesce(v.lot_id, v.serial_id), '/', coalesce(v.status, 'available')) > %(after)s
order by place
limit %(limit)s;

-- name: uncounted
-- cross-sub-org: the count was found within reach; its place is the place of every stock key.
select
    u.item_id, i.code as item_code, u.lot_id, k.code as lot_code, u.serial_id, r.code as serial_code,
    coalesce(u.status, 'available') as status
from counting.uncounted(%(org_id)s, %(count_id)s) as u
inner join catalog.item as i on u.item_id = i.id
left join catalog.lot as k on k.org_id = %(org_id)s and u.lot_id = k.id
left join catalog.serial as r on r.org_id = %(org_id)s and u.serial_id = r.id
where i.org_id = %(org_id)s
order by i.code, k.code, r.code, u.status
limit %(limit)s;
