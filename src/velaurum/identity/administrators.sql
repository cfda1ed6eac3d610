-- name: bootstrap
-- cross-org: belongs to the installation. No row when there is an administrator already.
select made
from platform.bootstrap(%(id)s, %(name)s, %(secret_hash)s) as made;

-- name: create
-- cross-org: belongs to the installation. No row when the name was given before.
select made
from platform.create_administrator(%(id)s, %(name)s, %(secret_hash)s, %(created_by)s) as made;

-- name: list_all
-- cross-org: belongs to the installation.
select
    a.id, a.name, platform.instant(a.created_at) as created_at, a.created_by,
    platform.instant(a.revoked_at) as revoked_at, a.revoked_by
from platform.administrator as a
order by a.created_at, a.id;

-- name: revoke
-- cross-org: belongs to the installation.
select revoked
from platform.revoke_administrator(%(id)s, %(revoked_by)s) as revoked;

-- name: exists
-- cross-org: belongs to the installation.
select exists(select from platform.administrator) as is_set_up;

-- name: find
-- cross-org: belongs to the installation.
select a.secret_hash
from platform.administrator as a
where a.id = %(id)s and a.revoked_at is null;
