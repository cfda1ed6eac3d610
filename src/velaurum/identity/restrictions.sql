-- name: restrict
-- False where it is so already.
select restricted
from identity.restrict_subject(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(principal_id)s, %(action)s, %(reason)s,
    %(sub_org_ids)s
) as restricted;

-- name: steps
select r.id, r.action, r.reason, r.created_by, platform.instant(r.created_at) as created_at
from identity.restriction as r
where r.org_id = %(org_id)s and r.principal_id = %(principal_id)s
order by r.id;
