-- name: now
-- cross-sub-org: every person of the organisation is looked at.
select p.id, p.id as principal_id, null::bigint as log_index, p.name
from identity.principal as p
where p.org_id = %(org_id)s and p.id > %(after)s::uuid and substring(p.name from 1 for 4) = 'VE1.'
order by p.id
limit %(limit)s;

-- name: former
-- cross-sub-org: every version of the organisation is looked at.
select x.change_id as id, v.subject_id as principal_id, v.log_index, x.value as name
from audit.personal_value as x
inner join audit.version as v on x.change_id = v.change_id
where x.org_id = %(org_id)s and v.org_id = %(org_id)s and x.salt is null and x.change_id > %(after)s::uuid
order by x.change_id
limit %(limit)s;
