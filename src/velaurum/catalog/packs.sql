-- name: create
-- cross-sub-org: packs are shared as items are, and an idempotency key is the whole organisation's.
select outcome, replayed, record_id, problem
from catalog.create_pack(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(item_id)s, %(unit)s, %(numerator)s, %(denominator)s
);

-- name: get
-- Also one that has ended.
select
    k.id, k.item_id, k.unit, k.numerator, k.denominator, k.version, platform.instant(k.created_at) as created_at,
    platform.instant(k.updated_at) as updated_at, platform.instant(k.removed_at) as removed_at
from catalog.pack as k
where k.org_id = %(org_id)s and k.item_id = %(item_id)s and k.id = %(id)s;

-- name: list_page
select
    k.id, k.item_id, k.unit, k.numerator, k.denominator, k.version, platform.instant(k.created_at) as created_at,
    platform.instant(k.updated_at) as updated_at, platform.instant(k.removed_at) as removed_at
from catalog.pack as k
where k.org_id = %(org_id)s and k.item_id = %(item_id)s and k.id > %(after)s
    and (k.removed_at is null or %(with_removed)s)
order by k.id
limit %(limit)s;

-- name: update
-- No row when the version is not the expected one, or the pack has ended.
select u.id
from catalog.update_pack(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(numerator)s, %(denominator)s
) as u;

-- name: remove
-- False when it is so already.
select removed
from catalog.remove_pack(%(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s) as removed;
