-- name: bootstrap
-- cross-org: belongs to the installation. No row when there is an administrator already.
select made
from platform.bootstrap(%(id)s, %(name)s, %(secret_hash)s) as made;

-- name: exists
-- cross-org: belongs to the installation.
select exists(select from platform.administrator) as is_set_up;

-- name: find
-- cross-org: belongs to the installation.
select a.secret_hash
from platform.administrator as a
where a.id = %(id)s;
