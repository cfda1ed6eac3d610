-- name: enrol
select enrolled
from identity.enrol_second_factor(
    %(org_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(sealed)s
) as enrolled;

-- name: waiting
-- The one that waits for its first code.
select f.id, f.sealed
from identity.second_factor as f
where f.org_id = %(org_id)s and f.principal_id = %(principal_id)s and f.confirmed_at is null
    and f.revoked_at is null;

-- name: confirm
select confirmed
from identity.confirm_second_factor(
    %(org_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(step)s, %(code_hashes)s
) as confirmed;

-- name: renew
select renewed
from identity.renew_recovery_codes(%(org_id)s, %(credential_id)s, %(request_id)s, %(code_hashes)s) as renewed;

-- name: remove
select removed
from identity.remove_second_factor(%(org_id)s, %(credential_id)s, %(request_id)s) as removed;

-- name: required
-- The one that is asked for.
select f.id, f.sealed
from identity.second_factor as f
where f.org_id = %(org_id)s and f.principal_id = %(principal_id)s and f.confirmed_at is not null
    and f.revoked_at is null;

-- name: own
select
    platform.instant(f.confirmed_at) as confirmed_at, (
        select count(*) from identity.recovery_code as c
        where c.org_id = %(org_id)s and c.second_factor_id = f.id and c.used_at is null and c.revoked_at is null
    ) as recovery_codes_left
from identity.second_factor as f
where f.org_id = %(org_id)s and f.principal_id = %(principal_id)s and f.confirmed_at is not null
    and f.revoked_at is null;

-- name: use_step
select used
from identity.use_step(%(org_id)s, %(id)s, %(step)s) as used;

-- name: use_recovery_code
select used
from identity.use_recovery_code(%(org_id)s, %(id)s, %(code_hash)s) as used;
