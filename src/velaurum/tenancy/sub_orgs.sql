-- name: find_id
select s.id
from tenancy.sub_org as s
where s.org_id = %(org_id)s and s.id = %(id)s
union all
select s.id
from tenancy.sub_org as s
where s.org_id = %(org_id)s and s.code = %(code)s;
