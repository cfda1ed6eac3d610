-- name: create
select outcome, replayed, record_id, problem
from identity.create_role(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(code)s, %(name)s, %(permissions)s, %(sub_org_ids)s
);

-- name: find
select
    r.id, r.code, r.name, r.permissions, r.is_seeded, r.version, platform.instant(r.created_at) as created_at,
    platform.instant(r.updated_at) as updated_at
from identity.role as r
where r.org_id = %(org_id)s and r.id = %(id)s
union all
select
    r.id, r.code, r.name, r.permissions, r.is_seeded, r.version, platform.instant(r.created_at),
    platform.instant(r.updated_at)
from identity.role as r
where r.org_id = %(org_id)s and r.code = %(code)s;

-- name: list_page
select
    r.id, r.code, r.name, r.permissions, r.is_seeded, r.version, platform.instant(r.created_at) as created_at,
    platform.instant(r.updated_at) as updated_at
from identity.role as r
where r.org_id = %(org_id)s and r.code > %(after)s
order by r.code
limit %(limit)s;

-- name: update
-- False when the role is not at this version any more, or is a seeded one.
select updated
from identity.update_role(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(name)s, %(permissions)s,
    %(sub_org_ids)s
) as updated;
