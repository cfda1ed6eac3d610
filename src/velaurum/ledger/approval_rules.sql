-- name: version
select ledger.approval_rules_version(%(org_id)s) as version;

-- name: in_force
select r.kind, trim_scale(r.above)::text as above
from ledger.rules_in_force(%(org_id)s) as r
order by r.kind;

-- name: changes
-- The newest change first; every version that ever was is there.
select
    r.version, r.kind, r.is_required, trim_scale(r.above)::text as above,
    platform.instant(r.created_at) as at, r.created_by as actor_id, p.kind as actor_kind, p.name as actor_name
from ledger.approval_rule as r
inner join identity.principal as p on r.org_id = p.org_id and r.created_by = p.id
where r.org_id = %(org_id)s
order by r.version desc, r.kind asc
limit %(limit)s;

-- name: replace
select is_replaced
from ledger.set_approval_rules(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(version)s, %(rules)s
) as is_replaced;
