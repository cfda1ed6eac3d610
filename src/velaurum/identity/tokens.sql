-- name: create
select principal_id
from identity.create_token(
    %(org_id)s, %(token_id)s, %(kind)s, %(name)s, %(role)s, %(sub_org_id)s, %(secret_hash)s, %(life)s
) as principal_id;

-- name: find
-- Living tokens only: what has expired or was revoked is not there, nor what belongs to somebody disabled.
select
    t.org_id, o.code as org_code, t.id as token_id, t.role, r.permissions, t.principal_id as actor_id, t.secret_hash
from identity.token as t
inner join tenancy.org as o on t.org_id = o.org_id
inner join identity.role as r on t.org_id = r.org_id and t.role = r.code
inner join identity.principal as p on t.org_id = p.org_id and t.principal_id = p.id
where t.org_id = %(org_id)s
    and t.id = %(token_id)s
    and t.revoked_at is null
    and p.disabled_at is null
    and t.expires_at > clock_timestamp();

-- name: revoke
select revoked
from identity.revoke_token(%(org_id)s, %(token_id)s) as revoked;
