-- name: get
-- What a user shows changes with its principal as well, so that its version counts the changes of both. Who is found by
-- no name any more was erased, and is nobody's user; so below.
select
    u.id, u.user_name, u.external_id, p.id as principal_id, p.name, u.attributes,
    1 + (u.external_id is not null)::integer + (u.attributes is not null)::integer as told,
    u.user_name_key is not null as is_plain,
    p.disabled_at is null as is_active,
    u.version + p.version as version, platform.instant(u.created_at) as created_at,
    platform.instant(u.updated_at) as updated_at, array(
        select m.group_id from identity.scim_member as m
        where m.org_id = %(org_id)s and m.user_id = u.id
        order by m.group_id
    ) as group_ids
from identity.scim_user as u
inner join identity.principal as p on u.org_id = p.org_id and u.principal_id = p.id
where u.org_id = %(org_id)s and u.id = %(id)s and u.removed_at is null
    and (u.user_name_index is not null or u.user_name_key is not null);

-- name: candidates
-- Those that one of these values finds: by its index, or by itself among those from before.
select
    u.id, u.user_name, u.external_id, p.id as principal_id, p.name, u.attributes,
    1 + (u.external_id is not null)::integer + (u.attributes is not null)::integer as told,
    u.user_name_key is not null as is_plain,
    p.disabled_at is null as is_active,
    u.version + p.version as version, platform.instant(u.created_at) as created_at,
    platform.instant(u.updated_at) as updated_at, array(
        select m.group_id from identity.scim_member as m
        where m.org_id = %(org_id)s and m.user_id = u.id
        order by m.group_id
    ) as group_ids
from identity.scim_user as u
inner join identity.principal as p on u.org_id = p.org_id and u.principal_id = p.id
where u.org_id = %(org_id)s and (u.user_name_index is not null or u.user_name_key is not null) and u.id in (
    select x.id from identity.scim_user as x
    where x.org_id = %(org_id)s and x.id = %(id)s and x.removed_at is null
    union all
    select x.id from identity.scim_user as x
    where x.org_id = %(org_id)s and x.removed_at is null and (
        x.external_id_index = %(external_id_index)s or x.external_id_index is null and x.external_id = %(external_id)s
    )
    union all
    select x.id from identity.scim_user as x
    where x.org_id = %(org_id)s and x.removed_at is null
        and (x.user_name_index = %(user_name_index)s or x.user_name_key = %(user_name_key)s)
    union all
    select x.id from identity.scim_user as x
    where x.org_id = %(org_id)s and x.removed_at is null
        and (x.display_name_index = %(display_name_index)s or x.display_name_key = %(display_name_key)s)
)
order by u.id
limit %(limit)s;

-- name: list_page
select
    u.id, u.user_name, u.external_id, p.id as principal_id, p.name, u.attributes,
    1 + (u.external_id is not null)::integer + (u.attributes is not null)::integer as told,
    u.user_name_key is not null as is_plain,
    p.disabled_at is null as is_active,
    u.version + p.version as version, platform.instant(u.created_at) as created_at,
    platform.instant(u.updated_at) as updated_at, array(
        select m.group_id from identity.scim_member as m
        where m.org_id = %(org_id)s and m.user_id = u.id
        order by m.group_id
    ) as group_ids
from identity.scim_user as u
inner join identity.principal as p on u.org_id = p.org_id and u.principal_id = p.id
where u.org_id = %(org_id)s and u.removed_at is null
    and (u.user_name_index is not null or u.user_name_key is not null)
order by u.id
limit %(limit)s offset %(skipped)s;

-- name: total
select count(*) as total
from identity.scim_user as u
where u.org_id = %(org_id)s and u.removed_at is null
    and (u.user_name_index is not null or u.user_name_key is not null);

-- name: any_plain
-- Whether there are any from before, which are found by what they say.
select count(*) > 0 as any_plain
from identity.scim_user as u
where u.org_id = %(org_id)s and u.removed_at is null
    and (u.user_name_key is not null or u.display_name_key is not null or u.external_id not like 'VE1.%%');

-- name: create
-- False when the name is taken.
-- cross-sub-org: a directory works for the whole organisation, which the routine requires.
select created
from identity.create_scim_user(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(principal_id)s, %(user_name)s,
    %(user_name_index)s, %(user_name_key)s, %(external_id)s, %(external_id_index)s, %(attributes)s,
    %(display_name_index)s, %(attributes_digest)s, %(name)s, %(is_active)s, %(sub_org_ids)s
) as created;

-- name: update
select outcome
from identity.update_scim_user(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(said)s, %(user_name)s,
    %(user_name_index)s, %(user_name_key)s, %(external_id)s, %(external_id_index)s, %(attributes)s,
    %(display_name_index)s, %(attributes_digest)s, %(name)s, %(is_active)s, %(sub_org_ids)s
) as outcome;

-- name: remove
select outcome
from identity.remove_scim_user(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(sub_org_ids)s
) as outcome;
