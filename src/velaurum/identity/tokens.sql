-- name: create
select principal_id
from identity.create_token(
    %(org_id)s, %(token_id)s, %(kind)s, %(name)s, %(role)s, %(secret_hash)s, %(life)s
) as principal_id;

-- name: find
-- Living tokens only: what has expired or was revoked is not there.
select t.org_id, o.code as org_code, t.id as token_id, t.role, t.principal_id as actor_id, t.secret_hash
from identity.token as t
inner join tenancy.org as o on t.org_id = o.org_id
where t.org_id = %(org_id)s
    and t.id = %(token_id)s
    and t.revoked_at is null
    and t.expires_at > clock_timestamp();

-- name: revoke
select revoked
from identity.revoke_token(%(org_id)s, %(token_id)s) as revoked;
