-- name: open
-- No row when this is nobody who may sign in.
select opened
from identity.open_session(
    %(org_id)s, %(session_id)s, %(principal_id)s, %(method)s, %(secret_hash)s, %(idle)s, %(life)s
) as opened
where opened is not null;

-- name: find
select s.org_id, o.code as org_code, s.id as session_id, s.principal_id, s.secret_hash
from identity.session as s
inner join tenancy.org as o on s.org_id = o.org_id
where s.org_id = %(org_id)s and s.id = %(session_id)s;

-- name: get
select
    s.id, s.principal_id, p.name as principal_name, s.method, platform.instant(s.created_at) as created_at,
    platform.instant(s.expires_at) as expires_at, platform.instant(s.ended_at) as ended_at
from identity.session as s
inner join identity.principal as p on s.org_id = p.org_id and s.principal_id = p.id
where s.org_id = %(org_id)s and s.id = %(session_id)s;

-- name: standing
-- What it may do at this moment, a row a role; none when it lives no more.
select w.role, w.permissions
from identity.standing(%(org_id)s, %(session_id)s) as w;

-- name: see
select seen
from identity.see_session(%(org_id)s, %(session_id)s) as seen;

-- name: end
select ended
from identity.end_session(%(org_id)s, %(session_id)s, %(actor_id)s) as ended;

-- name: list_own
-- Those that live, the newest first.
select
    s.id, s.principal_id, p.name as principal_name, s.method, platform.instant(s.created_at) as created_at,
    platform.instant(s.expires_at) as expires_at, platform.instant(s.ended_at) as ended_at
from identity.session as s
inner join identity.principal as p on s.org_id = p.org_id and s.principal_id = p.id
where s.org_id = %(org_id)s and s.principal_id = %(principal_id)s and s.ended_at is null
    and s.expires_at > clock_timestamp() and s.seen_at + s.idle_after > clock_timestamp()
order by s.created_at desc, s.id desc
limit %(limit)s;
