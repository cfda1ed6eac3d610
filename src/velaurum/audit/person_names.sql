-- name: stale_names
-- Names of people under these data keys, and those from before names were sealed: behind a zero byte, the salt of the
-- newest version and the name. Nobody's key is made for who was erased.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select
    p.id as row_id, p.id as subject_id, p.name as owner_id,
    coalesce(keys.envelope_of(p.name), '\x00'::bytea || x.salt || convert_to(p.name, 'UTF8')) as sealed
from identity.principal as p
left join lateral (
    select k.salt, k.value from audit.version as v
    inner join audit.personal_value as k on v.change_id = k.change_id
    where v.org_id = %(org_id)s and k.org_id = %(org_id)s and v.subject = 'principal' and v.subject_id = p.id
        and k.name = 'name'
    order by v.log_index desc
    limit 1
) as x on p.name = x.value and not keys.is_sealed_text(p.name)
where p.org_id = %(org_id)s and p.kind = 'user' and p.id > %(after)s::uuid
    and (x.salt is not null or keys.key_id(keys.envelope_of(p.name)) = any(%(key_ids)s::uuid[]))
    and not exists (
        select from keys.data_key as k
        where k.org_id = %(org_id)s and k.subject_id = p.id and k.state = 'erased'
    )
order by p.id
limit %(limit)s;

-- name: stale_values
-- The same of former names.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select
    v.change_id as row_id, c.subject_id, v.value as owner_id, case
        when v.salt is null then keys.envelope_of(v.value)
        else '\x00'::bytea || v.salt || convert_to(v.value, 'UTF8')
    end as sealed
from audit.personal_value as v
inner join audit.change as c on v.change_id = c.id
inner join identity.principal as p on c.subject_id = p.id
where v.org_id = %(org_id)s and c.org_id = %(org_id)s and p.org_id = %(org_id)s
    and c.subject = 'principal' and v.name = 'name' and p.kind = 'user' and v.change_id > %(after)s::uuid
    and (v.salt is not null or keys.key_id(keys.envelope_of(v.value)) = any(%(key_ids)s::uuid[]))
    and not exists (
        select from keys.data_key as k
        where k.org_id = %(org_id)s and k.subject_id = p.id and k.state = 'erased'
    )
order by v.change_id
limit %(limit)s;

-- name: imported
-- What came without a key, of people who were not erased here, and what their records have now. A subject of a provider
-- is known within that.
-- cross-sub-org: the operator imports the whole organisation.
select
    v.log_index, x.change_id, x.name, v.subject, v.subject_id as record_id, r.principal_id, x.value as withheld,
    r.text_now, r.provider_id
from audit.personal_value as x
inner join audit.version as v on x.change_id = v.change_id
inner join lateral (
    select p.id as principal_id, p.name as text_now, null::uuid as provider_id
    from identity.principal as p
    where p.org_id = %(org_id)s and p.id = v.subject_id and v.subject = 'principal' and x.name = 'name'
    union all
    select i.principal_id, i.login, null
    from identity.invitation as i
    where i.org_id = %(org_id)s and i.id = v.subject_id and v.subject = 'invitation' and x.name = 'login'
    union all
    select w.principal_id, w.login, null
    from identity.password as w
    where w.org_id = %(org_id)s and w.id = v.subject_id and v.subject = 'password' and x.name = 'login'
    union all
    select s.principal_id, s.subject, s.provider_id
    from identity.provider_subject as s
    where s.org_id = %(org_id)s and s.id = v.subject_id and v.subject = 'provider-subject' and x.name = 'subject'
    union all
    select u.principal_id, case x.name
        when 'user_name' then u.user_name when 'external_id' then u.external_id
        when 'attributes_digest' then u.attributes_digest
    end, null
    from identity.scim_user as u
    where u.org_id = %(org_id)s and u.id = v.subject_id and v.subject = 'scim-user'
    union all
    select k.principal_id, k.name, null
    from identity.passkey as k
    where k.org_id = %(org_id)s and k.id = v.subject_id and v.subject = 'passkey' and x.name = 'name'
) as r on true
where x.org_id = %(org_id)s and v.org_id = %(org_id)s and v.log_index = any(%(indexes)s::bigint[]) and x.salt is null
    and not exists (
        select from keys.data_key as k
        where k.org_id = %(org_id)s and (
            k.id = keys.key_id(keys.envelope_of(x.value)) or k.subject_id = r.principal_id and k.state = 'erased'
        )
    )
order by v.log_index, x.name;

-- name: seal_name
-- False where another one stands there meanwhile.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select was_sealed
from identity.seal_name(%(org_id)s, %(principal_id)s, %(before)s, %(name)s) as was_sealed;

-- name: seal_value
-- False where it was sealed, or erased, by somebody else meanwhile.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select was_sealed
from audit.seal_value(%(org_id)s, %(change_id)s, %(name)s, %(before)s, %(value)s) as was_sealed;
