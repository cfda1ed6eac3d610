-- name: person
select p.id
from identity.principal as p
where p.org_id = %(org_id)s and p.id = %(principal_id)s and p.kind = 'user';

-- name: link
-- cross-sub-org: a directory is the whole organisation's, and so is an idempotency key.
select outcome, replayed, record_id, problem
from identity.link_scim_user(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(id)s, %(principal_id)s, %(user_name)s, %(user_name_index)s, %(user_name_key)s, %(external_id)s,
    %(external_id_index)s, %(sub_org_ids)s
);

-- name: get
select
    u.id, u.user_name, u.external_id, u.is_linked, u.principal_id, p.name as principal_name,
    platform.instant(u.created_at) as created_at, platform.instant(u.removed_at) as removed_at
from identity.scim_user as u
inner join identity.principal as p on u.org_id = p.org_id and u.principal_id = p.id
where u.org_id = %(org_id)s and u.id = %(id)s;

-- name: list_page
select
    u.id, u.user_name, u.external_id, u.is_linked, u.principal_id, p.name as principal_name,
    platform.instant(u.created_at) as created_at, platform.instant(u.removed_at) as removed_at
from identity.scim_user as u
inner join identity.principal as p on u.org_id = p.org_id and u.principal_id = p.id
where u.org_id = %(org_id)s and (u.removed_at is null or %(with_removed)s) and u.id > %(after)s
order by u.id
limit %(limit)s;

-- name: unlink
-- False when it is so already.
select unlinked
from identity.unlink_scim_user(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(sub_org_ids)s
) as unlinked;
