-- name: create
-- cross-sub-org: the place was found within reach, and an idempotency key is the whole organisation's.
select outcome, replayed, record_id, problem
from ledger.create_reservation(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(item_id)s, %(location_id)s, %(lot_id)s, %(serial_id)s, %(kind)s, %(quantity)s, %(reference)s, %(expires_at)s
);

-- name: get
select
    r.id, r.item_id, i.code as item_code, r.location_id, l.code as location_code, r.lot_id, k.code as lot_code,
    r.serial_id, s.code as serial_code, r.kind, trim_scale(r.quantity)::text as quantity,
    trim_scale(r.remaining)::text as remaining, x.shortage::text as shortage, r.reference,
    platform.instant(r.expires_at) as expires_at, x.state, m.id as movement, r.created_by as reserved_by, r.version,
    platform.instant(r.created_at) as created_at, platform.instant(r.updated_at) as updated_at
from ledger.reservation as r
inner join catalog.item as i on r.org_id = i.org_id and r.item_id = i.id
inner join catalog.location as l on r.org_id = l.org_id and r.location_id = l.id
left join catalog.lot as k on r.org_id = k.org_id and r.lot_id = k.id
left join catalog.serial as s on r.org_id = s.org_id and r.serial_id = s.id
left join ledger.movement as m on r.org_id = m.org_id and r.movement_index = m.log_index
cross join lateral ledger.standing_of(%(org_id)s, r.id) as x
where r.org_id = %(org_id)s and r.id = %(id)s and tenancy.reaches(%(sub_org_ids)s, l.sub_org_id, false);

-- name: list_page
select
    r.id, r.item_id, i.code as item_code, r.location_id, l.code as location_code, r.lot_id, k.code as lot_code,
    r.serial_id, s.code as serial_code, r.kind, trim_scale(r.quantity)::text as quantity,
    trim_scale(r.remaining)::text as remaining, x.shortage::text as shortage, r.reference,
    platform.instant(r.expires_at) as expires_at, x.state, m.id as movement, r.created_by as reserved_by, r.version,
    platform.instant(r.created_at) as created_at, platform.instant(r.updated_at) as updated_at
from ledger.reservation as r
inner join catalog.item as i on r.org_id = i.org_id and r.item_id = i.id
inner join catalog.location as l on r.org_id = l.org_id and r.location_id = l.id
left join catalog.lot as k on r.org_id = k.org_id and r.lot_id = k.id
left join catalog.serial as s on r.org_id = s.org_id and r.serial_id = s.id
left join ledger.movement as m on r.org_id = m.org_id and r.movement_index = m.log_index
cross join lateral ledger.standing_of(%(org_id)s, r.id) as x
where r.org_id = %(org_id)s and r.id < %(before)s
    and (%(state)s::text is null or x.state = %(state)s)
    and (%(item_id)s::uuid is null or r.item_id = %(item_id)s)
    and (%(location_id)s::uuid is null or r.location_id = %(location_id)s)
    and (not %(short)s or r.state = 'open') and (not %(short)s or x.shortage > 0)
    and tenancy.reaches(%(sub_org_ids)s, l.sub_org_id, false)
order by r.id desc
limit %(limit)s;

-- name: release
-- cross-sub-org: the reservation was found within reach.
select outcome, replayed, record_id, problem
from ledger.release_reservation(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s, %(id)s
);
