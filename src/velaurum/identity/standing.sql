-- name: own
-- A department is named by who may read it: one that another role gives, without reading, has an id only.
select
    p.id as principal_id, p.kind as principal_kind, p.name as principal_name, x.role, x.permissions, x.sub_org_id,
    s.code as sub_org_code, platform.instant(coalesce(t.expires_at, o.expires_at)) as expires_at
from identity.standing(%(org_id)s, %(credential_id)s) as x
inner join identity.principal as p on p.org_id = %(org_id)s and x.principal_id = p.id
left join tenancy.sub_org as s
    on s.org_id = %(org_id)s and x.sub_org_id = s.id and tenancy.reaches(%(sub_org_ids)s, s.id, false)
left join identity.token as t on t.org_id = %(org_id)s and t.id = %(credential_id)s
left join identity.session as o on o.org_id = %(org_id)s and o.id = %(credential_id)s
order by x.role, x.sub_org_id;
