-- name: sources
-- cross-sub-org: every stock key of the organisation is replayed. What left a place, along the keys. ~ stands behind all
-- that a key has, as null does in the index.
select m.item_id, m.source_id as location_id, coalesce(m.lot_id::text, '~') as lot,
    coalesce(m.serial_id::text, '~') as serial, coalesce(m.source_status, '~') as status, m.log_index, m.id,
    -m.quantity as quantity, m.source_seq as seq, m.source_on_hand as on_hand
from ledger.movement as m
where m.org_id = %(org_id)s and m.source_seq is not null
order by m.item_id, m.source_id, m.lot_id, m.serial_id, m.source_status, m.log_index;

-- name: targets
-- cross-sub-org: every stock key of the organisation is replayed. What came to a place.
select m.item_id, m.target_id as location_id, coalesce(m.lot_id::text, '~') as lot,
    coalesce(m.serial_id::text, '~') as serial, coalesce(m.target_status, '~') as status, m.log_index, m.id,
    m.quantity, m.target_seq as seq, m.target_on_hand as on_hand
from ledger.movement as m
where m.org_id = %(org_id)s and m.target_seq is not null
order by m.item_id, m.target_id, m.lot_id, m.serial_id, m.target_status, m.log_index;

-- name: balances
-- cross-sub-org: every stock key of the organisation is replayed.
select b.item_id, b.location_id, coalesce(b.lot_id::text, '~') as lot, coalesce(b.serial_id::text, '~') as serial,
    coalesce(b.status, '~') as status, b.on_hand, b.seq
from ledger.balance as b
where b.org_id = %(org_id)s
order by b.item_id, b.location_id, b.lot_id, b.serial_id, b.status;

-- name: serials
-- cross-sub-org: every serial of the organisation is followed. Whether each of its movements takes it from stock, and
-- puts it there.
select m.serial_id as serial, m.log_index, m.id, m.source_seq is not null as leaves, m.target_seq is not null as comes
from ledger.movement as m
where m.org_id = %(org_id)s and m.serial_id is not null
order by m.serial_id, m.log_index;
