-- name: issue
-- cross-org: belongs to the installation. No row when there is an administrator.
select issued
from platform.issue_claim(%(id)s, %(secret_hash)s, %(life)s) as issued;

-- name: find
-- cross-org: belongs to the installation.
select c.secret_hash
from platform.claim as c
where c.id = %(id)s and c.used_at is null and c.expires_at > clock_timestamp()
    and not exists (select from platform.administrator);

-- name: use
-- cross-org: belongs to the installation. No row when it is over, or when there is an administrator.
select made
from platform.use_claim(%(id)s, %(administrator_id)s, %(name)s, %(secret_hash)s) as made;
