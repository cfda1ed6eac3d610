-- name: find
select x.sealed
from keys.index_key as x
where x.org_id = %(org_id)s;

-- name: make
-- False for who came second.
select made
from keys.make_index_key(%(org_id)s, %(sealed)s) as made;

-- name: stale
-- It is its organisation's, and known by it.
select x.org_id as row_id, null::uuid as subject_id, x.sealed, null::text as owner_id
from keys.index_key as x
where x.org_id = %(org_id)s and x.org_id > %(after)s::uuid and keys.key_id(x.sealed) = any(%(key_ids)s::uuid[])
order by x.org_id
limit %(limit)s;

-- name: reseal
select resealed
from keys.reseal_index_key(%(org_id)s, %(before)s, %(sealed)s) as resealed;
