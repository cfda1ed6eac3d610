-- name: now
-- cross-sub-org: every person of the organisation is looked at.
-- What is found by an index has it beside its text.
select
    x.id, x.principal_id, null::bigint as log_index, x.name, x.subject, x.id as record_id, x.index, x.provider_id
from (
    select p.id, p.id as principal_id, p.name, 'principal' as subject, null::bytea as index, null::uuid as provider_id
    from identity.principal as p
    where p.org_id = %(org_id)s
    union all
    select i.id, i.principal_id, i.login, 'invitation', i.login_index, null
    from identity.invitation as i
    where i.org_id = %(org_id)s
    union all
    select w.id, w.principal_id, w.login, 'password', w.login_index, null
    from identity.password as w
    where w.org_id = %(org_id)s
    union all
    select s.id, s.principal_id, s.subject, 'provider-subject', s.subject_index, s.provider_id
    from identity.provider_subject as s
    where s.org_id = %(org_id)s
) as x
where x.id > %(after)s::uuid and substring(x.name from 1 for 4) = 'VE1.'
order by x.id
limit %(limit)s;

-- name: former
-- cross-sub-org: every version of the organisation is looked at.
select
    x.change_id as id, coalesce((c.row_after ->> 'principal_id')::uuid, v.subject_id) as principal_id, v.log_index,
    x.value as name, v.subject, v.subject_id as record_id, null::bytea as index, null::uuid as provider_id
from audit.personal_value as x
inner join audit.version as v on x.change_id = v.change_id
inner join audit.change as c on v.change_id = c.id
where x.org_id = %(org_id)s and v.org_id = %(org_id)s and c.org_id = %(org_id)s and x.salt is null
    and x.change_id > %(after)s::uuid
order by x.change_id
limit %(limit)s;
