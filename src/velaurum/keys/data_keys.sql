-- name: hold
select
    k.id, k.subject_id, k.state, k.wrapped, k.share_seal, k.wrapping_key_id, k.provider, k.key_name, k.key_version
from keys.hold(%(org_id)s, %(subject_ids)s::uuid[]) as k;

-- name: named
select
    k.id, k.subject_id, k.state, k.wrapped, k.share_seal, k.wrapping_key_id, w.provider, w.name as key_name,
    w.key_version
from keys.data_key as k
left join keys.wrapping_key as w on k.org_id = w.org_id and k.wrapping_key_id = w.id
where k.org_id = %(org_id)s and k.id = any(%(ids)s::uuid[]);

-- name: living_of_org
-- The organisation's own keys that open something, the one that seals first.
select
    k.id, k.subject_id, k.state, k.wrapped, k.share_seal, k.wrapping_key_id, w.provider, w.name as key_name,
    w.key_version
from keys.data_key as k
inner join keys.wrapping_key as w on k.org_id = w.org_id and k.wrapping_key_id = w.id
where k.org_id = %(org_id)s and k.subject_id is null and k.state in ('active', 'opens-only')
order by k.version desc;

-- name: mint
select minted
from keys.mint(
    %(org_id)s, %(id)s, %(subject_id)s, %(before)s, %(wrapped)s, %(share_seal)s, %(wrapping_key_id)s, %(count)s
) as minted;

-- name: reserve
select reserved
from keys.reserve(%(org_id)s, %(id)s, %(count)s) as reserved;

-- name: erase_subject
select erased
from keys.erase_subject(%(org_id)s, %(subject_id)s) as erased;

-- name: rotation_began
-- Since when a rotation goes on that has not ended; now, where none does.
select coalesce(min(k.retired_at), clock_timestamp()) as began
from keys.data_key as k
where k.org_id = %(org_id)s and k.state = 'opens-only';

-- name: older
-- Which keys seal still, and did before an instant.
select
    k.id, k.subject_id, k.state, k.wrapped, k.share_seal, k.wrapping_key_id, w.provider, w.name as key_name,
    w.key_version
from keys.data_key as k
inner join keys.wrapping_key as w on k.org_id = w.org_id and k.wrapping_key_id = w.id
where k.org_id = %(org_id)s and k.state = 'active' and k.created_at < %(before)s and k.id > %(after)s::uuid
order by k.id
limit %(limit)s;

-- name: outgoing
-- Which keys open only, and have to go.
select k.id
from keys.data_key as k
where k.org_id = %(org_id)s and k.state = 'opens-only' and k.id > %(after)s::uuid
order by k.id
limit %(limit)s;

-- name: sealed_rows
select keys.sealed_rows(%(org_id)s, %(id)s) as sealed_rows;

-- name: destroy
select keys.destroy_data_key(%(org_id)s, %(id)s) as destroyed;

-- name: wrapped_otherwise
-- Which keys are wrapped by another key than this one.
select
    k.id, k.subject_id, k.state, k.wrapped, k.share_seal, k.wrapping_key_id, w.provider, w.name as key_name,
    w.key_version
from keys.data_key as k
inner join keys.wrapping_key as w on k.org_id = w.org_id and k.wrapping_key_id = w.id
where k.org_id = %(org_id)s and k.wrapped is not null and k.wrapping_key_id <> %(wrapping_key_id)s
    and k.id > %(after)s::uuid
order by k.id
limit %(limit)s;

-- name: list_of_org
select
    k.id, k.version, k.state, k.wrapping_key_id, k.sealed_count, keys.sealed_rows(%(org_id)s, k.id) as sealed_rows,
    platform.instant(k.created_at) as created_at, platform.instant(k.ended_at) as ended_at
from keys.data_key as k
where k.org_id = %(org_id)s and k.subject_id is null
order by k.version;

-- name: count_of_subjects
select k.state, count(*) as keys
from keys.data_key as k
where k.org_id = %(org_id)s and k.subject_id is not null
group by k.state
order by k.state;

-- name: shared
-- Which data subjects have keys that live: how many are split, and how many their provider alone opens.
select
    k.subject_id, count(*) filter (where k.share_seal is not null) as split,
    count(*) filter (where k.share_seal is null) as whole
from keys.data_key as k
where k.org_id = %(org_id)s and k.subject_id is not null and k.wrapped is not null
group by k.subject_id
order by k.subject_id;

-- name: one_of_each
-- One data key that is wrapped, for each key that wraps any.
select
    k.id, k.subject_id, k.state, k.wrapped, k.share_seal, k.wrapping_key_id, w.provider, w.name as key_name,
    w.key_version
from keys.data_key as k
inner join keys.wrapping_key as w on k.org_id = w.org_id and k.wrapping_key_id = w.id
where k.org_id = %(org_id)s and k.wrapped is not null and not exists (
    select from keys.data_key as x
    where x.org_id = %(org_id)s and x.wrapping_key_id = k.wrapping_key_id and x.wrapped is not null and x.id < k.id
);
