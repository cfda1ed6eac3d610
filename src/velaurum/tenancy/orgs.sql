-- name: create
-- cross-org: makes the organisation. No row when the code is taken.
select o.org_id, o.code, o.region, platform.instant(o.created_at) as created_at,
    platform.instant(o.suspended_at) as suspended_at
from tenancy.create_org(%(code)s, %(region)s) as o;

-- name: find
-- cross-org: the directory that turns a code into an organisation.
select o.org_id, o.code, o.region, platform.instant(o.created_at) as created_at,
    platform.instant(o.suspended_at) as suspended_at
from tenancy.org as o
where o.code = %(code)s;

-- name: list_all
-- cross-org: the directory itself, for the platform's administrator.
select o.org_id, o.code, o.region, platform.instant(o.created_at) as created_at,
    platform.instant(o.suspended_at) as suspended_at
from tenancy.org as o
order by o.code;

-- name: region
select o.region
from tenancy.org as o
where o.org_id = %(org_id)s;

-- name: held
-- cross-org: whose log takes no entry, for the operator.
select o.code, o.held_reason as reason
from tenancy.org as o
where o.held_since is not null
order by o.code;

-- name: set_suspension
-- The actor is the organisation's platform operator: who made itself when the organisation was made.
select changed
from identity.principal as p
cross join lateral tenancy.set_suspension(%(org_id)s, p.id, %(is_suspended)s, %(reason)s) as changed
where p.org_id = %(org_id)s and p.created_by = p.id;

-- name: suspensions
select s.action, s.reason, platform.instant(s.at) as at, p.name as actor
from tenancy.suspension as s
inner join identity.principal as p on s.org_id = p.org_id and s.actor_id = p.id
where s.org_id = %(org_id)s
order by s.at desc, s.id desc;
