-- name: create
-- cross-sub-org: providers are the whole organisation's, and so is an idempotency key.
select outcome, replayed, record_id, problem
from identity.create_provider(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(code)s, %(name)s, %(kind)s, %(issuer)s, %(client_id)s, %(client_auth)s, %(client_secret)s, %(tenant_ids)s
);

-- name: find
select
    p.id, p.code, p.name, p.kind, p.issuer, p.client_id, p.client_auth, p.client_secret, p.tenant_ids, p.version,
    platform.instant(p.created_at) as created_at, platform.instant(p.updated_at) as updated_at,
    platform.instant(p.disabled_at) as disabled_at
from identity.provider as p
where p.org_id = %(org_id)s and p.id = %(id)s
union all
select
    p.id, p.code, p.name, p.kind, p.issuer, p.client_id, p.client_auth, p.client_secret, p.tenant_ids, p.version,
    platform.instant(p.created_at), platform.instant(p.updated_at), platform.instant(p.disabled_at)
from identity.provider as p
where p.org_id = %(org_id)s and p.code = %(code)s;

-- name: list_page
select
    p.id, p.code, p.name, p.kind, p.issuer, p.client_id, p.client_auth, p.client_secret, p.tenant_ids, p.version,
    platform.instant(p.created_at) as created_at, platform.instant(p.updated_at) as updated_at,
    platform.instant(p.disabled_at) as disabled_at
from identity.provider as p
where p.org_id = %(org_id)s and p.code > %(after)s
order by p.code
limit %(limit)s;

-- name: update
-- No row when the provider is not at this version any more.
select
    p.id, p.code, p.name, p.kind, p.issuer, p.client_id, p.client_auth, p.client_secret, p.tenant_ids, p.version,
    platform.instant(p.created_at) as created_at, platform.instant(p.updated_at) as updated_at,
    platform.instant(p.disabled_at) as disabled_at
from identity.update_provider(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(name)s,
    %(client_id)s, %(client_auth)s, %(client_secret)s, %(tenant_ids)s, %(is_disabled)s
) as p;
