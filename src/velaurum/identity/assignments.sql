-- name: create
select outcome, replayed, record_id, problem
from identity.assign(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(principal_id)s, %(role)s, %(sub_org_id)s, %(sub_org_ids)s
);

-- name: find
select
    a.id, a.principal_id, a.role, a.sub_org_id, s.code as sub_org_code, platform.instant(a.created_at) as created_at,
    m.id as maker_id, m.kind as maker_kind, m.name as maker_name, platform.instant(a.revoked_at) as revoked_at,
    a.is_provisioned
from identity.assignment as a
inner join identity.principal as m on a.org_id = m.org_id and a.created_by = m.id
left join tenancy.sub_org as s on a.org_id = s.org_id and a.sub_org_id = s.id
where a.org_id = %(org_id)s and a.principal_id = %(principal_id)s and a.id = %(id)s
    and tenancy.reaches(%(sub_org_ids)s, a.sub_org_id, false);

-- name: list_page
select
    a.id, a.principal_id, a.role, a.sub_org_id, s.code as sub_org_code, platform.instant(a.created_at) as created_at,
    m.id as maker_id, m.kind as maker_kind, m.name as maker_name, platform.instant(a.revoked_at) as revoked_at,
    a.is_provisioned
from identity.assignment as a
inner join identity.principal as m on a.org_id = m.org_id and a.created_by = m.id
left join tenancy.sub_org as s on a.org_id = s.org_id and a.sub_org_id = s.id
where a.org_id = %(org_id)s and a.principal_id = %(principal_id)s and a.id > %(after)s
    and tenancy.reaches(%(sub_org_ids)s, a.sub_org_id, false)
order by a.id
limit %(limit)s;

-- name: revoke
-- False when there was nothing to revoke.
select revoked
from identity.revoke_assignment(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(sub_org_ids)s
) as revoked;
