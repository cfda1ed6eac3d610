-- name: attempt
select seconds
from identity.attempt_sign_in(%(org_id)s, %(kinds)s, %(key_hashes)s) as seconds;

-- name: forgive
select forgiven
from identity.forgive_sign_in(%(org_id)s, %(key_hashes)s) as forgiven;

-- name: withdraw
select withdrawn
from identity.withdraw_sign_in(%(org_id)s, %(key_hashes)s) as withdrawn;
