-- name: create
select principal_id
from identity.create_token(
    %(org_id)s, %(token_id)s, %(principal_id)s, %(kind)s, %(name)s, %(role)s, %(sub_org_id)s, %(secret_hash)s, %(life)s
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

-- name: issue
select outcome, replayed, record_id, problem
from identity.issue_token(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s, %(token_id)s,
    %(principal_id)s, %(role)s, %(sub_org_id)s, %(secret_hash)s, %(life)s, %(sub_org_ids)s
);

-- name: get
-- Never the hash of its secret.
select
    t.id, p.id as principal_id, p.kind as principal_kind, p.name as principal_name, t.role, t.sub_org_id,
    s.code as sub_org_code, platform.instant(t.created_at) as created_at, m.id as maker_id, m.kind as maker_kind,
    m.name as maker_name, platform.instant(t.expires_at) as expires_at,
    platform.instant(t.revoked_at) as revoked_at, platform.instant(u.last_used_at) as last_used_at
from identity.token as t
inner join identity.principal as p on t.org_id = p.org_id and t.principal_id = p.id
inner join identity.principal as m on t.org_id = m.org_id and t.created_by = m.id
left join tenancy.sub_org as s on t.org_id = s.org_id and t.sub_org_id = s.id
left join identity.token_use as u on t.org_id = u.org_id and t.id = u.token_id
where t.org_id = %(org_id)s and t.id = %(id)s and tenancy.reaches(%(sub_org_ids)s, t.sub_org_id, false);

-- name: list_page
select
    t.id, p.id as principal_id, p.kind as principal_kind, p.name as principal_name, t.role, t.sub_org_id,
    s.code as sub_org_code, platform.instant(t.created_at) as created_at, m.id as maker_id, m.kind as maker_kind,
    m.name as maker_name, platform.instant(t.expires_at) as expires_at,
    platform.instant(t.revoked_at) as revoked_at, platform.instant(u.last_used_at) as last_used_at
from identity.token as t
inner join identity.principal as p on t.org_id = p.org_id and t.principal_id = p.id
inner join identity.principal as m on t.org_id = m.org_id and t.created_by = m.id
left join tenancy.sub_org as s on t.org_id = s.org_id and t.sub_org_id = s.id
left join identity.token_use as u on t.org_id = u.org_id and t.id = u.token_id
where t.org_id = %(org_id)s and t.id > %(after)s and tenancy.reaches(%(sub_org_ids)s, t.sub_org_id, false)
order by t.id
limit %(limit)s;

-- name: revoke
-- False when there was nothing to revoke.
select revoked
from identity.revoke_token(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(sub_org_ids)s
) as revoked;

-- name: revoke_by_hand
-- The actor is the organisation's platform operator: who made itself when the organisation was made.
select revoked
from identity.principal as p
cross join lateral identity.revoke_token(%(org_id)s, p.id, null, null, %(token_id)s, null) as revoked
where p.org_id = %(org_id)s and p.created_by = p.id;

-- name: cut_off
-- cross-sub-org: at the operator's own hand.
select was_cut
from identity.cut_token(%(org_id)s, %(token_id)s) as was_cut;

-- name: note_use
select noted
from identity.note_use(%(org_id)s, %(token_id)s) as noted;

-- name: role_codes
select r.code
from identity.role as r
where r.org_id = %(org_id)s
order by r.code;
