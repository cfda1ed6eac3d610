-- name: get
-- What a user shows changes with its principal as well, so that its version counts the changes of both.
select
    u.id, u.user_name, u.external_id, p.id as principal_id, p.name, u.attributes, p.disabled_at is null as is_active,
    u.version + p.version as version, platform.instant(u.created_at) as created_at,
    platform.instant(u.updated_at) as updated_at, array(
        select m.group_id from identity.scim_member as m
        where m.org_id = %(org_id)s and m.user_id = u.id
        order by m.group_id
    ) as group_ids
from identity.scim_user as u
inner join identity.principal as p on u.org_id = p.org_id and u.principal_id = p.id
where u.org_id = %(org_id)s and u.id = %(id)s and u.removed_at is null;

-- name: candidates
-- Those that one of these values finds.
select
    u.id, u.user_name, u.external_id, p.id as principal_id, p.name, u.attributes, p.disabled_at is null as is_active,
    u.version + p.version as version, platform.instant(u.created_at) as created_at,
    platform.instant(u.updated_at) as updated_at, array(
        select m.group_id from identity.scim_member as m
        where m.org_id = %(org_id)s and m.user_id = u.id
        order by m.group_id
    ) as group_ids
from identity.scim_user as u
inner join identity.principal as p on u.org_id = p.org_id and u.principal_id = p.id
where u.org_id = %(org_id)s and u.id in (
    select x.id from identity.scim_user as x
    where x.org_id = %(org_id)s and x.id = %(id)s and x.removed_at is null
    union all
    select x.id from identity.scim_user as x
    where x.org_id = %(org_id)s and x.external_id = %(external_id)s and x.removed_at is null
    union all
    select x.id from identity.scim_user as x
    where x.org_id = %(org_id)s and x.user_name_key = %(user_name_key)s and x.removed_at is null
    union all
    select x.id from identity.scim_user as x
    where x.org_id = %(org_id)s and x.display_name_key = %(display_name_key)s and x.removed_at is null
)
order by u.id
limit %(limit)s;

-- name: list_page
select
    u.id, u.user_name, u.external_id, p.id as principal_id, p.name, u.attributes, p.disabled_at is null as is_active,
    u.version + p.version as version, platform.instant(u.created_at) as created_at,
    platform.instant(u.updated_at) as updated_at, array(
        select m.group_id from identity.scim_member as m
        where m.org_id = %(org_id)s and m.user_id = u.id
        order by m.group_id
    ) as group_ids
from identity.scim_user as u
inner join identity.principal as p on u.org_id = p.org_id and u.principal_id = p.id
where u.org_id = %(org_id)s and u.removed_at is null
order by u.id
limit %(limit)s offset %(skipped)s;

-- name: total
select count(*) as total
from identity.scim_user as u
where u.org_id = %(org_id)s and u.removed_at is null;

-- name: create
-- Null when the name is taken.
-- cross-sub-org: a directory works for the whole organisation, which the routine requires.
select id
from identity.create_scim_user(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(principal_id)s, %(user_name)s, %(user_name_key)s,
    %(display_name_key)s, %(external_id)s, %(name)s, %(attributes)s, %(is_active)s, %(sub_org_ids)s
) as id
where id is not null;

-- name: update
select outcome
from identity.update_scim_user(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(user_name)s,
    %(user_name_key)s, %(display_name_key)s, %(external_id)s, %(name)s, %(attributes)s, %(is_active)s, %(sub_org_ids)s
) as outcome;

-- name: remove
select outcome
from identity.remove_scim_user(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(sub_org_ids)s
) as outcome;
