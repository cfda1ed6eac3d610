-- name: create
-- cross-org: makes the organisation. No row when the code is taken.
select o.org_id, o.code, o.region, platform.instant(o.created_at) as created_at
from tenancy.create_org(%(code)s, %(region)s) as o;

-- name: find
-- cross-org: the directory that turns a code into an organisation.
select o.org_id, o.code, o.region, platform.instant(o.created_at) as created_at
from tenancy.org as o
where o.code = %(code)s;

-- name: list_all
-- cross-org: the directory itself, for the platform's administrator.
select o.org_id, o.code, o.region, platform.instant(o.created_at) as created_at
from tenancy.org as o
order by o.code;
