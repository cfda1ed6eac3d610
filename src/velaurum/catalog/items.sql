-- name: create
-- cross-sub-org: items are shared, and an idempotency key is the whole organisation's.
select outcome, replayed, record_id, problem
from catalog.create_item(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(code)s, %(code_key)s, %(name)s, %(unit)s, %(tracking)s, %(description)s, %(attributes)s
);

-- name: find
select
    i.id, i.code, i.name, i.unit, i.tracking, i.description, i.attributes, i.version,
    platform.instant(i.created_at) as created_at, platform.instant(i.updated_at) as updated_at
from catalog.item as i
where i.org_id = %(org_id)s and i.id = %(id)s
union all
select
    i.id, i.code, i.name, i.unit, i.tracking, i.description, i.attributes, i.version,
    platform.instant(i.created_at), platform.instant(i.updated_at)
from catalog.item as i
where i.org_id = %(org_id)s and i.code = %(code)s;

-- name: list_page
select
    i.id, i.code, i.name, i.unit, i.tracking, i.description, i.attributes, i.version,
    platform.instant(i.created_at) as created_at, platform.instant(i.updated_at) as updated_at
from catalog.item as i
where i.org_id = %(org_id)s and i.code > %(after)s
order by i.code
limit %(limit)s;

-- name: update
-- No row when the item is not at this version any more.
select
    i.id, i.code, i.name, i.unit, i.tracking, i.description, i.attributes, i.version,
    platform.instant(i.created_at) as created_at, platform.instant(i.updated_at) as updated_at
from catalog.update_item(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(name)s,
    %(tracking)s, %(description)s, %(attributes)s
) as i;
