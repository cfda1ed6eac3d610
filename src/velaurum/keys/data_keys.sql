-- name: hold
select k.id, k.subject_id, k.state, k.wrapped, k.wrapping_key_id, k.provider, k.key_name, k.key_version
from keys.hold(%(org_id)s, %(subject_ids)s::uuid[]) as k;

-- name: named
select
    k.id, k.subject_id, k.state, k.wrapped, k.wrapping_key_id, w.provider, w.name as key_name,
    w.version as key_version
from keys.data_key as k
left join keys.wrapping_key as w on k.org_id = w.org_id and k.wrapping_key_id = w.id
where k.org_id = %(org_id)s and k.id = any(%(ids)s::uuid[]);

-- name: mint
select minted
from keys.mint(
    %(org_id)s, %(id)s, %(subject_id)s, %(before)s, %(wrapped)s, %(wrapping_key_id)s, %(count)s
) as minted;

-- name: reserve
select reserved
from keys.reserve(%(org_id)s, %(id)s, %(count)s) as reserved;

-- name: erase_subject
select erased
from keys.erase_subject(%(org_id)s, %(subject_id)s) as erased;
