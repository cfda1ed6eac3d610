-- name: stale_invitation
-- Texts under one of these data keys, and those that are not sealed, with the salt that the log is committed with;
-- where the newest version keeps that sealed already, it is in there. Of who was erased there is nothing to seal.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select
    i.id as row_id, i.principal_id as subject_id, i.id as record_id, i.login as before, null::text as owner_id,
    coalesce(keys.commitment_of(i.login), x.commitments ->> 'login') as commitment,
    coalesce(
        keys.envelope_of(i.login), case when x.salt is null then keys.envelope_of(x.value) end,
        '\x00'::bytea || x.salt || convert_to(i.login, 'UTF8')
    ) as sealed
from identity.invitation as i
left join lateral (
    select c.commitments, p.salt, p.value from audit.version as v
    inner join audit.change as c on v.change_id = c.id
    inner join audit.personal_value as p on c.id = p.change_id
    where v.org_id = %(org_id)s and c.org_id = %(org_id)s and p.org_id = %(org_id)s
        and v.subject = 'invitation' and v.subject_id = i.id and p.name = 'login'
    order by v.log_index desc
    limit 1
) as x on not keys.is_sealed_text(i.login)
where i.org_id = %(org_id)s and i.id > %(after)s::uuid
    and (x.value is not null or keys.key_id(keys.envelope_of(i.login)) = any(%(key_ids)s::uuid[]))
    and not identity.is_erased(%(org_id)s, i.principal_id)
order by i.id
limit %(limit)s;

-- name: seal_invitation
select was_sealed
from identity.seal_invitation(%(org_id)s, %(id)s, %(before)s, %(sealed)s, %(index)s) as was_sealed;

-- name: stale_password
-- Texts under one of these data keys, and those that are not sealed, with the salt that the log is committed with;
-- where the newest version keeps that sealed already, it is in there. Of who was erased there is nothing to seal.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select
    w.id as row_id, w.principal_id as subject_id, w.id as record_id, w.login as before, null::text as owner_id,
    coalesce(keys.commitment_of(w.login), x.commitments ->> 'login') as commitment,
    coalesce(
        keys.envelope_of(w.login), case when x.salt is null then keys.envelope_of(x.value) end,
        '\x00'::bytea || x.salt || convert_to(w.login, 'UTF8')
    ) as sealed
from identity.password as w
left join lateral (
    select c.commitments, p.salt, p.value from audit.version as v
    inner join audit.change as c on v.change_id = c.id
    inner join audit.personal_value as p on c.id = p.change_id
    where v.org_id = %(org_id)s and c.org_id = %(org_id)s and p.org_id = %(org_id)s
        and v.subject = 'password' and v.subject_id = w.id and p.name = 'login'
    order by v.log_index desc
    limit 1
) as x on not keys.is_sealed_text(w.login)
where w.org_id = %(org_id)s and w.id > %(after)s::uuid
    and (x.value is not null or keys.key_id(keys.envelope_of(w.login)) = any(%(key_ids)s::uuid[]))
    and not identity.is_erased(%(org_id)s, w.principal_id)
order by w.id
limit %(limit)s;

-- name: seal_password
select was_sealed
from identity.seal_password(%(org_id)s, %(id)s, %(before)s, %(sealed)s, %(index)s) as was_sealed;

-- name: stale_provider_subject
-- Texts under one of these data keys, and those that are not sealed, with the salt that the log is committed with;
-- where the newest version keeps that sealed already, it is in there. Of who was erased there is nothing to seal.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select
    s.id as row_id, s.principal_id as subject_id, s.id as record_id, s.subject as before,
    s.provider_id::text as owner_id,
    coalesce(keys.commitment_of(s.subject), x.commitments ->> 'subject') as commitment,
    coalesce(
        keys.envelope_of(s.subject), case when x.salt is null then keys.envelope_of(x.value) end,
        '\x00'::bytea || x.salt || convert_to(s.subject, 'UTF8')
    ) as sealed
from identity.provider_subject as s
left join lateral (
    select c.commitments, p.salt, p.value from audit.version as v
    inner join audit.change as c on v.change_id = c.id
    inner join audit.personal_value as p on c.id = p.change_id
    where v.org_id = %(org_id)s and c.org_id = %(org_id)s and p.org_id = %(org_id)s
        and v.subject = 'provider-subject' and v.subject_id = s.id and p.name = 'subject'
    order by v.log_index desc
    limit 1
) as x on not keys.is_sealed_text(s.subject)
where s.org_id = %(org_id)s and s.id > %(after)s::uuid
    and (x.value is not null or keys.key_id(keys.envelope_of(s.subject)) = any(%(key_ids)s::uuid[]))
    and not identity.is_erased(%(org_id)s, s.principal_id)
order by s.id
limit %(limit)s;

-- name: seal_provider_subject
select was_sealed
from identity.seal_provider_subject(%(org_id)s, %(id)s, %(before)s, %(sealed)s, %(index)s) as was_sealed;

-- name: stale_scim_user
-- The same of one of the columns of users of a directory that the log commits to.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select
    u.id as row_id, u.principal_id as subject_id, u.id as record_id, t.before, null::text as owner_id,
    coalesce(keys.commitment_of(t.before), x.commitments ->> %(name)s) as commitment,
    coalesce(
        keys.envelope_of(t.before), case when x.salt is null then keys.envelope_of(x.value) end,
        '\x00'::bytea || x.salt || convert_to(t.before, 'UTF8')
    ) as sealed
from identity.scim_user as u
cross join lateral (
    select case %(name)s
        when 'user_name' then u.user_name when 'external_id' then u.external_id
        when 'attributes_digest' then u.attributes_digest
    end as before
) as t
left join lateral (
    select c.commitments, p.salt, p.value from audit.version as v
    inner join audit.change as c on v.change_id = c.id
    inner join audit.personal_value as p on c.id = p.change_id
    where v.org_id = %(org_id)s and c.org_id = %(org_id)s and p.org_id = %(org_id)s
        and v.subject = 'scim-user' and v.subject_id = u.id and p.name = %(name)s
    order by v.log_index desc
    limit 1
) as x on not keys.is_sealed_text(t.before)
where u.org_id = %(org_id)s and u.id > %(after)s::uuid
    and (x.value is not null or keys.key_id(keys.envelope_of(t.before)) = any(%(key_ids)s::uuid[]))
    and not identity.is_erased(%(org_id)s, u.principal_id)
order by u.id
limit %(limit)s;

-- name: stale_attributes
-- What else a directory says of its users, of which the log has nothing: what is not sealed gets a salt here.
select
    u.id as row_id, u.principal_id as subject_id, u.id as record_id, u.attributes as before, null::text as owner_id,
    keys.commitment_of(u.attributes) as commitment,
    coalesce(
        keys.envelope_of(u.attributes),
        '\x00'::bytea || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
        || convert_to(u.attributes, 'UTF8')
    ) as sealed
from identity.scim_user as u
where u.org_id = %(org_id)s and u.id > %(after)s::uuid
    and (
        not keys.is_sealed_text(u.attributes)
        or keys.key_id(keys.envelope_of(u.attributes)) = any(%(key_ids)s::uuid[])
    )
    and not identity.is_erased(%(org_id)s, u.principal_id)
order by u.id
limit %(limit)s;

-- name: seal_scim_user
select was_sealed
from identity.seal_scim_user(%(org_id)s, %(id)s, %(name)s, %(before)s, %(sealed)s, %(index)s) as was_sealed;

-- name: stale_passkey
-- Texts under one of these data keys, and those that are not sealed, with the salt that the log is committed with;
-- where the newest version keeps that sealed already, it is in there. Of who was erased there is nothing to seal.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select
    k.id as row_id, k.principal_id as subject_id, k.id as record_id, k.name as before, null::text as owner_id,
    coalesce(keys.commitment_of(k.name), x.commitments ->> 'name') as commitment,
    coalesce(
        keys.envelope_of(k.name), case when x.salt is null then keys.envelope_of(x.value) end,
        '\x00'::bytea || x.salt || convert_to(k.name, 'UTF8')
    ) as sealed
from identity.passkey as k
left join lateral (
    select c.commitments, p.salt, p.value from audit.version as v
    inner join audit.change as c on v.change_id = c.id
    inner join audit.personal_value as p on c.id = p.change_id
    where v.org_id = %(org_id)s and c.org_id = %(org_id)s and p.org_id = %(org_id)s
        and v.subject = 'passkey' and v.subject_id = k.id and p.name = 'name'
    order by v.log_index desc
    limit 1
) as x on not keys.is_sealed_text(k.name)
where k.org_id = %(org_id)s and k.id > %(after)s::uuid
    and (x.value is not null or keys.key_id(keys.envelope_of(k.name)) = any(%(key_ids)s::uuid[]))
    and not identity.is_erased(%(org_id)s, k.principal_id)
order by k.id
limit %(limit)s;

-- name: seal_passkey
select was_sealed
from identity.seal_passkey(%(org_id)s, %(id)s, %(before)s, %(sealed)s) as was_sealed;

-- name: stale_former
-- What stood in such a column before, and what stands there now as the log has it.
-- cross-sub-org: the keys are the whole organisation's; what is sealed is shown to nobody.
select
    p.change_id as row_id, (c.row_after ->> 'principal_id')::uuid as subject_id, c.subject_id as record_id,
    p.value as before, c.commitments ->> p.name as commitment, null::text as owner_id,
    case
        when p.salt is null then keys.envelope_of(p.value)
        else '\x00'::bytea || p.salt || convert_to(p.value, 'UTF8')
    end as sealed
from audit.personal_value as p
inner join audit.change as c on p.change_id = c.id
where p.org_id = %(org_id)s and c.org_id = %(org_id)s and c.subject = %(subject)s and p.name = %(name)s
    and p.change_id > %(after)s::uuid and c.row_after ? 'principal_id'
    and not identity.is_erased(%(org_id)s, (c.row_after ->> 'principal_id')::uuid)
    and (p.salt is not null or keys.key_id(keys.envelope_of(p.value)) = any(%(key_ids)s::uuid[]))
order by p.change_id
limit %(limit)s;

-- name: seal_former
-- cross-sub-org: the keys are the whole organisation's, and so is what they seal.
select was_sealed
from audit.seal_value(%(org_id)s, %(change_id)s, %(name)s, %(before)s, %(sealed)s) as was_sealed;
