-- name: group
select g.id
from identity.scim_group as g
where g.org_id = %(org_id)s and g.id = %(id)s and g.removed_at is null;

-- name: group_ever
select g.id
from identity.scim_group as g
where g.org_id = %(org_id)s and g.id = %(id)s;

-- name: list_groups
select
    g.id, g.display_name, g.external_id, platform.instant(g.created_at) as created_at, (
        select count(*) from identity.scim_member as m
        where m.org_id = %(org_id)s and m.group_id = g.id
    ) as size, array(
        select x.role from identity.scim_mapping as x
        where x.org_id = %(org_id)s and x.group_id = g.id and x.removed_at is null
        order by x.role
    ) as roles
from identity.scim_group as g
where g.org_id = %(org_id)s and g.removed_at is null and g.id > %(after)s
order by g.id
limit %(limit)s;

-- name: create
-- cross-sub-org: a mapping is the whole organisation's, which the routine requires, and so is an idempotency key.
select outcome, replayed, record_id, problem
from identity.create_scim_mapping(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(group_id)s, %(role)s, %(sub_org_id)s, %(sub_org_ids)s
);

-- name: get
-- cross-sub-org: mappings are the whole organisation's, and so is who sees them.
select
    x.id, x.role, x.sub_org_id, s.code as sub_org_code, platform.instant(x.created_at) as created_at,
    m.id as maker_id, m.kind as maker_kind, m.name as maker_name, platform.instant(x.removed_at) as removed_at
from identity.scim_mapping as x
inner join identity.principal as m on x.org_id = m.org_id and x.created_by = m.id
left join tenancy.sub_org as s on x.org_id = s.org_id and x.sub_org_id = s.id
where x.org_id = %(org_id)s and x.group_id = %(group_id)s and x.id = %(id)s;

-- name: list_page
-- cross-sub-org: mappings are the whole organisation's, and so is who sees them.
select
    x.id, x.role, x.sub_org_id, s.code as sub_org_code, platform.instant(x.created_at) as created_at,
    m.id as maker_id, m.kind as maker_kind, m.name as maker_name, platform.instant(x.removed_at) as removed_at
from identity.scim_mapping as x
inner join identity.principal as m on x.org_id = m.org_id and x.created_by = m.id
left join tenancy.sub_org as s on x.org_id = s.org_id and x.sub_org_id = s.id
where x.org_id = %(org_id)s and x.group_id = %(group_id)s and x.id > %(after)s
    and (x.removed_at is null or %(with_removed)s)
order by x.id
limit %(limit)s;

-- name: remove
-- False when it is so already.
select removed
from identity.remove_scim_mapping(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(sub_org_ids)s
) as removed;
