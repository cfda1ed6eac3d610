-- name: create
-- cross-sub-org: serials are shared as items are, and an idempotency key is the whole organisation's.
select outcome, replayed, record_id, problem
from catalog.create_serial(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(item_id)s, %(code)s, %(code_key)s
);

-- name: get
select
    s.id, s.item_id, s.code, s.version, platform.instant(s.created_at) as created_at,
    platform.instant(s.updated_at) as updated_at
from catalog.serial as s
where s.org_id = %(org_id)s and s.id = %(id)s;

-- name: find
-- A code is its item's; an id needs no item, and is nothing within another one.
select
    s.id, s.item_id, s.code, s.version, platform.instant(s.created_at) as created_at,
    platform.instant(s.updated_at) as updated_at
from catalog.serial as s
where s.org_id = %(org_id)s and s.id = %(id)s and (%(item_id)s::uuid is null or s.item_id = %(item_id)s)
union all
select
    s.id, s.item_id, s.code, s.version, platform.instant(s.created_at),
    platform.instant(s.updated_at)
from catalog.serial as s
where s.org_id = %(org_id)s and s.item_id = %(item_id)s and s.code = %(code)s;

-- name: list_page
select
    s.id, s.item_id, s.code, s.version, platform.instant(s.created_at) as created_at,
    platform.instant(s.updated_at) as updated_at
from catalog.serial as s
where s.org_id = %(org_id)s and (%(item_id)s::uuid is null or s.item_id = %(item_id)s) and s.id > %(after)s
order by s.id
limit %(limit)s;

-- name: place
-- Where a serial is within reach now; no row where it is nowhere, or out of reach. By the index of what is held.
select b.location_id, l.code as location_code, coalesce(b.status, 'available') as status
from ledger.balance as b
inner join catalog.location as l on b.location_id = l.id
where b.org_id = %(org_id)s and l.org_id = %(org_id)s and b.held_serial_id = %(id)s
    and tenancy.reaches(%(sub_org_ids)s, l.sub_org_id, not l.holds_stock);

-- name: place_at
-- The same at a log size, of what the serial ever had; without a lot, so that each place is one probe.
select b.location_id, l.code as location_code, coalesce(b.status, 'available') as status
from ledger.balance as b
inner join catalog.location as l on b.location_id = l.id
where b.org_id = %(org_id)s and l.org_id = %(org_id)s and b.item_id = %(item_id)s and b.lot_id is null
    and b.serial_id = %(id)s and tenancy.reaches(%(sub_org_ids)s, l.sub_org_id, not l.holds_stock)
    and ledger.on_hand_at(
        %(org_id)s, b.item_id, b.location_id, b.lot_id, b.serial_id, b.status, %(size)s) > 0;

-- name: update
-- No row when the serial is not at this version any more.
select u.id
from catalog.update_serial(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(code)s, %(code_key)s
) as u;
