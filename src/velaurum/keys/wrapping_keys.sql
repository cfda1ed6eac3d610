-- name: active
select w.id, w.provider, w.name, w.version, w.state
from keys.wrapping_key as w
where w.org_id = %(org_id)s and w.state = 'active';

-- name: use
select used
from keys.name_wrapping_key(
    %(org_id)s, %(id)s, %(provider)s, %(key_name)s, %(version)s, %(before)s
) as used;
