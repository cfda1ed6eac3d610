-- name: replayed
-- cross-sub-org: every stock key of the organisation is replayed. What left it, what came to it, and behind both what
-- it holds; along the keys. ~ stands behind all that a key has, as null does in the index.
select x.item_id, x.location_id, coalesce(x.lot_id::text, '~') as lot, coalesce(x.serial_id::text, '~') as serial,
    coalesce(x.status, '~') as status, x.log_index, x.id, x.quantity, x.seq, x.on_hand, x.occurred_at
from (
    select m.item_id, m.source_id as location_id, m.lot_id, m.serial_id, m.source_status as status, m.log_index, m.id,
        -m.quantity as quantity, m.source_seq as seq, m.source_on_hand as on_hand, m.occurred_at
    from ledger.movement as m
    where m.org_id = %(org_id)s and m.source_seq is not null
    union all
    select m.item_id, m.target_id as location_id, m.lot_id, m.serial_id, m.target_status as status, m.log_index, m.id,
        m.quantity, m.target_seq as seq, m.target_on_hand as on_hand, m.occurred_at
    from ledger.movement as m
    where m.org_id = %(org_id)s and m.target_seq is not null
    union all
    select b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, null::bigint, null::uuid, null::numeric, b.seq,
        b.on_hand, b.latest_occurred_at
    from ledger.balance as b
    where b.org_id = %(org_id)s
) as x
order by x.item_id, x.location_id, x.lot_id, x.serial_id, x.status, x.log_index;

-- name: serials
-- cross-sub-org: every serial of the organisation is followed. Whether each of its movements takes it from stock, and
-- puts it there.
select m.serial_id as serial, m.log_index, m.id, m.source_seq is not null as leaves, m.target_seq is not null as comes
from ledger.movement as m
where m.org_id = %(org_id)s and m.serial_id is not null
order by m.serial_id, m.log_index;
