-- name: create
-- cross-sub-org: lots are shared as items are, and an idempotency key is the whole organisation's.
select outcome, replayed, record_id, problem
from catalog.create_lot(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(item_id)s, %(code)s, %(code_key)s, %(expires_on)s, %(manufactured_on)s, %(supplier_lot)s
);

-- name: get
select
    k.id, k.item_id, k.code, k.expires_on::text as expires_on, k.manufactured_on::text as manufactured_on,
    k.supplier_lot, k.version, platform.instant(k.created_at) as created_at,
    platform.instant(k.updated_at) as updated_at
from catalog.lot as k
where k.org_id = %(org_id)s and k.id = %(id)s;

-- name: find
-- A code is its item's; an id needs no item, and is nothing within another one.
select
    k.id, k.item_id, k.code, k.expires_on::text as expires_on, k.manufactured_on::text as manufactured_on,
    k.supplier_lot, k.version, platform.instant(k.created_at) as created_at,
    platform.instant(k.updated_at) as updated_at
from catalog.lot as k
where k.org_id = %(org_id)s and k.id = %(id)s and (%(item_id)s::uuid is null or k.item_id = %(item_id)s)
union all
select
    k.id, k.item_id, k.code, k.expires_on::text, k.manufactured_on::text,
    k.supplier_lot, k.version, platform.instant(k.created_at),
    platform.instant(k.updated_at)
from catalog.lot as k
where k.org_id = %(org_id)s and k.item_id = %(item_id)s and k.code = %(code)s;

-- name: list_page
select
    k.id, k.item_id, k.code, k.expires_on::text as expires_on, k.manufactured_on::text as manufactured_on,
    k.supplier_lot, k.version, platform.instant(k.created_at) as created_at,
    platform.instant(k.updated_at) as updated_at
from catalog.lot as k
where k.org_id = %(org_id)s and (%(item_id)s::uuid is null or k.item_id = %(item_id)s) and k.id > %(after)s
order by k.id
limit %(limit)s;

-- name: update
-- No row when the lot is not at this version any more.
select u.id
from catalog.update_lot(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(expires_on)s,
    %(manufactured_on)s, %(supplier_lot)s
) as u;
