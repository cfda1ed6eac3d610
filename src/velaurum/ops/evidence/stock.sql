-- name: sources
-- cross-sub-org: every stock key of the organisation is replayed. What left a place, along the keys, after one of them.
select m.item_id, m.source_id as location_id, m.log_index, m.id, -m.quantity as quantity, m.source_seq as seq,
    m.source_on_hand as on_hand
from ledger.movement as m
where m.org_id = %(org_id)s and m.source_seq is not null
    and (m.item_id, m.source_id, m.log_index) > (%(item_id)s, %(location_id)s, %(log_index)s)
order by m.item_id, m.source_id, m.log_index
limit %(limit)s;

-- name: targets
-- cross-sub-org: every stock key of the organisation is replayed. What came to a place.
select m.item_id, m.target_id as location_id, m.log_index, m.id, m.quantity, m.target_seq as seq,
    m.target_on_hand as on_hand
from ledger.movement as m
where m.org_id = %(org_id)s and m.target_seq is not null
    and (m.item_id, m.target_id, m.log_index) > (%(item_id)s, %(location_id)s, %(log_index)s)
order by m.item_id, m.target_id, m.log_index
limit %(limit)s;

-- name: balances
-- cross-sub-org: every stock key of the organisation is replayed.
select b.item_id, b.location_id, b.on_hand, b.seq
from ledger.balance as b
where b.org_id = %(org_id)s and (b.item_id, b.location_id) > (%(item_id)s, %(location_id)s)
order by b.item_id, b.location_id
limit %(limit)s;
