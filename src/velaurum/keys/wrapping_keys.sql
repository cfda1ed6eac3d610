-- name: active
select w.id, w.provider, w.name, w.key_version as version, w.state
from keys.wrapping_key as w
where w.org_id = %(org_id)s and w.state = 'active';

-- name: use
select used
from keys.name_wrapping_key(
    %(org_id)s, %(id)s, %(provider)s, %(key_name)s, %(version)s, %(before)s, %(actor_id)s, %(credential_id)s,
    %(request_id)s
) as used;

-- name: list
select
    w.id, w.provider, w.name, w.key_version as version, w.state, platform.instant(w.created_at) as created_at,
    platform.instant(w.destroyed_at) as destroyed_at
from keys.wrapping_key as w
where w.org_id = %(org_id)s
order by w.created_at, w.id;

-- name: is_older
select w.created_at < %(before)s as is_older
from keys.wrapping_key as w
where w.org_id = %(org_id)s and w.id = %(id)s;

-- name: rotation_began
-- Since when a rotation goes on that has not ended; now, where none does.
select coalesce(min(w.retired_at), clock_timestamp()) as began
from keys.wrapping_key as w
where w.org_id = %(org_id)s and w.state = 'retired' and not keys.is_unused(%(org_id)s, w.id);

-- name: rewrap
select rewrapped
from keys.rewrap(%(org_id)s, %(id)s, %(before)s, %(wrapped)s, %(wrapping_key_id)s) as rewrapped;

-- name: unused
-- Which retired keys wrap nothing that is left.
select w.id, w.provider, w.name, w.key_version as version, w.state
from keys.wrapping_key as w
where w.org_id = %(org_id)s and w.state = 'retired' and keys.is_unused(%(org_id)s, w.id)
order by w.id;

-- name: end
select ended
from keys.end_wrapping_key(
    %(org_id)s, %(id)s, %(actor_id)s, %(credential_id)s, %(request_id)s
) as ended;
