-- name: stale
-- Whose secret is under one of these data keys, or sealed as it was before there were any.
select f.id as row_id, null::uuid as subject_id, f.sealed, f.principal_id as owner_id
from identity.second_factor as f
where f.org_id = %(org_id)s and f.sealed is not null and f.id > %(after)s::uuid
    and (keys.key_id(f.sealed) is null or keys.key_id(f.sealed) = any(%(key_ids)s::uuid[]))
order by f.id
limit %(limit)s;

-- name: reseal
select resealed
from identity.reseal_second_factor(%(org_id)s, %(id)s, %(before)s, %(sealed)s) as resealed;
