-- name: person
select p.id
from identity.principal as p
where p.org_id = %(org_id)s and p.id = %(principal_id)s and p.kind = 'user' and p.disabled_at is null;

-- name: link
-- cross-sub-org: providers are the whole organisation's, and so is an idempotency key.
select outcome, replayed, record_id, problem
from identity.link_subject(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(id)s, %(provider_id)s, %(subject)s, %(subject_index)s, %(said)s, %(principal_id)s
);

-- name: get
select
    x.id, x.subject, x.principal_id, p.name as principal_name, platform.instant(x.created_at) as linked_at,
    x.created_by as linked_by, platform.instant(x.removed_at) as removed_at
from identity.provider_subject as x
inner join identity.principal as p on x.org_id = p.org_id and x.principal_id = p.id
where x.org_id = %(org_id)s and x.provider_id = %(provider_id)s and x.id = %(id)s;

-- name: list_page
select
    x.id, x.subject, x.principal_id, p.name as principal_name, platform.instant(x.created_at) as linked_at,
    x.created_by as linked_by, platform.instant(x.removed_at) as removed_at
from identity.provider_subject as x
inner join identity.principal as p on x.org_id = p.org_id and x.principal_id = p.id
where x.org_id = %(org_id)s and x.provider_id = %(provider_id)s and x.id > %(after)s
    and (x.removed_at is null or %(with_removed)s)
order by x.id
limit %(limit)s;

-- name: unlink
select unlinked
from identity.unlink_subject(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(id)s
) as unlinked;
