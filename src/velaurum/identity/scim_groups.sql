-- name: get
select
    g.id, g.display_name, g.external_id, g.version, platform.instant(g.created_at) as created_at,
    platform.instant(g.updated_at) as updated_at, (
        select count(*) from identity.scim_member as m
        where m.org_id = %(org_id)s and m.group_id = g.id
    ) as size
from identity.scim_group as g
where g.org_id = %(org_id)s and g.id = %(id)s and g.removed_at is null;

-- name: members
-- Who is in these groups.
select m.group_id, m.user_id
from identity.scim_member as m
where m.org_id = %(org_id)s and m.group_id = any(%(group_ids)s)
order by m.group_id, m.user_id;

-- name: known
-- Those of these ids that are users.
select u.id
from identity.scim_user as u
where u.org_id = %(org_id)s and u.id = any(%(ids)s) and u.removed_at is null;

-- name: candidates
-- Those that one of these values finds.
select
    g.id, g.display_name, g.external_id, g.version, platform.instant(g.created_at) as created_at,
    platform.instant(g.updated_at) as updated_at, (
        select count(*) from identity.scim_member as m
        where m.org_id = %(org_id)s and m.group_id = g.id
    ) as size
from identity.scim_group as g
where g.org_id = %(org_id)s and g.id in (
    select x.id from identity.scim_group as x
    where x.org_id = %(org_id)s and x.id = %(id)s and x.removed_at is null
    union all
    select x.id from identity.scim_group as x
    where x.org_id = %(org_id)s and x.external_id = %(external_id)s and x.removed_at is null
    union all
    select x.id from identity.scim_group as x
    where x.org_id = %(org_id)s and x.display_name_key = %(display_name_key)s and x.removed_at is null
)
order by g.id
limit %(limit)s;

-- name: list_page
select
    g.id, g.display_name, g.external_id, g.version, platform.instant(g.created_at) as created_at,
    platform.instant(g.updated_at) as updated_at, (
        select count(*) from identity.scim_member as m
        where m.org_id = %(org_id)s and m.group_id = g.id
    ) as size
from identity.scim_group as g
where g.org_id = %(org_id)s and g.removed_at is null
order by g.id
limit %(limit)s offset %(skipped)s;

-- name: total
select count(*) as total
from identity.scim_group as g
where g.org_id = %(org_id)s and g.removed_at is null;

-- name: create
-- cross-sub-org: a directory works for the whole organisation, which the routine requires.
select outcome, id
from identity.create_scim_group(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(display_name)s, %(display_name_key)s,
    %(external_id)s, %(added)s, %(sub_org_ids)s
);

-- name: update
select outcome
from identity.update_scim_group(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(display_name)s,
    %(display_name_key)s, %(external_id)s, %(added)s, %(removed)s, %(sub_org_ids)s
) as outcome;

-- name: remove
select outcome
from identity.remove_scim_group(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(version)s, %(sub_org_ids)s
) as outcome;
