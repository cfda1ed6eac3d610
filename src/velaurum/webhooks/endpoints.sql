-- name: create
-- cross-sub-org: endpoints are the whole organisation's, and so is an idempotency key.
select outcome, replayed, record_id, problem
from webhooks.create_endpoint(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(code)s, %(name)s, %(url)s, %(event_types)s, %(key_id)s, %(most)s
);

-- name: find
select
    e.id, e.code, e.name, e.url, e.event_types, e.generation, e.key_id,
    platform.instant(e.older_until) as older_until, e.version, platform.instant(e.created_at) as created_at,
    platform.instant(e.updated_at) as updated_at, platform.instant(e.disabled_at) as disabled_at, e.disabled_reason
from webhooks.endpoint as e
where e.org_id = %(org_id)s and e.id = %(id)s
union all
select
    e.id, e.code, e.name, e.url, e.event_types, e.generation, e.key_id, platform.instant(e.older_until), e.version,
    platform.instant(e.created_at), platform.instant(e.updated_at), platform.instant(e.disabled_at), e.disabled_reason
from webhooks.endpoint as e
where e.org_id = %(org_id)s and e.code = %(code)s;

-- name: of_other_keys
select e.code
from webhooks.endpoint as e
where e.org_id = %(org_id)s and e.key_id <> %(key_id)s and e.disabled_at is null
order by e.code;

-- name: list_page
select
    e.id, e.code, e.name, e.url, e.event_types, e.generation, e.key_id,
    platform.instant(e.older_until) as older_until, e.version, platform.instant(e.created_at) as created_at,
    platform.instant(e.updated_at) as updated_at, platform.instant(e.disabled_at) as disabled_at, e.disabled_reason
from webhooks.endpoint as e
where e.org_id = %(org_id)s and e.code > %(after)s
order by e.code
limit %(limit)s;

-- name: update
-- No row when the endpoint is not at this version any more.
select
    e.id, e.code, e.name, e.url, e.event_types, e.generation, e.key_id,
    platform.instant(e.older_until) as older_until, e.version, platform.instant(e.created_at) as created_at,
    platform.instant(e.updated_at) as updated_at, platform.instant(e.disabled_at) as disabled_at, e.disabled_reason
from webhooks.update_endpoint(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(name)s, %(url)s,
    %(event_types)s, %(is_disabled)s
) as e;

-- name: rotate
-- cross-sub-org: endpoints are the whole organisation's, and so is an idempotency key.
select outcome, replayed, record_id, problem
from webhooks.rotate_endpoint(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s, %(id)s,
    %(key_id)s, %(overlap)s
);
