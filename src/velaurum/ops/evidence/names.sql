-- name: now
-- cross-sub-org: every person of the organisation is looked at.
-- What is found by an index has it beside its text.
select
    x.id, x.of, x.principal_id, null::bigint as log_index, x.name, x.subject, x.id as record_id, x.index, x.provider_id
from (
    select
        p.id, 'name' as of, p.id as principal_id, p.name, 'principal' as subject, null::bytea as index,
        null::uuid as provider_id
    from identity.principal as p
    where p.org_id = %(org_id)s
    union all
    select i.id, 'login', i.principal_id, i.login, 'invitation', i.login_index, null
    from identity.invitation as i
    where i.org_id = %(org_id)s
    union all
    select w.id, 'login', w.principal_id, w.login, 'password', w.login_index, null
    from identity.password as w
    where w.org_id = %(org_id)s
    union all
    select s.id, 'subject', s.principal_id, s.subject, 'provider-subject', s.subject_index, s.provider_id
    from identity.provider_subject as s
    where s.org_id = %(org_id)s
    union all
    select k.id, 'name', k.principal_id, k.name, 'passkey', null, null
    from identity.passkey as k
    where k.org_id = %(org_id)s
    union all
    select u.id, t.of, u.principal_id, t.said, 'scim-user', t.index, null
    from identity.scim_user as u
    cross join lateral (
        values
        ('user_name', u.user_name, u.user_name_index), ('external_id', u.external_id, u.external_id_index),
        ('attributes_digest', u.attributes_digest, null)
    ) as t (of, said, index)
    where u.org_id = %(org_id)s
) as x
where (x.id, x.of) > (%(after)s::uuid, %(after_of)s) and substring(x.name from 1 for 4) = 'VE1.'
order by x.id, x.of
limit %(limit)s;

-- name: attributes
-- cross-sub-org: every person of the organisation is looked at.
select
    u.id, 'attributes' as of, u.principal_id, null::bigint as log_index, u.attributes as name, 'scim-user' as subject,
    u.id as record_id, u.display_name_index as index, null::uuid as provider_id
from identity.scim_user as u
where u.org_id = %(org_id)s and (u.id, 'attributes') > (%(after)s::uuid, %(after_of)s)
    and substring(u.attributes from 1 for 4) = 'VE1.'
order by u.id
limit %(limit)s;

-- name: former
-- cross-sub-org: every version of the organisation is looked at.
select
    x.change_id as id, x.name as of, coalesce((c.row_after ->> 'principal_id')::uuid, v.subject_id) as principal_id,
    v.log_index, x.value as name, v.subject, v.subject_id as record_id, null::bytea as index, null::uuid as provider_id
from audit.personal_value as x
inner join audit.version as v on x.change_id = v.change_id
inner join audit.change as c on v.change_id = c.id
where x.org_id = %(org_id)s and v.org_id = %(org_id)s and c.org_id = %(org_id)s and x.salt is null
    and (x.change_id, x.name) > (%(after)s::uuid, %(after_of)s)
order by x.change_id, x.name
limit %(limit)s;
