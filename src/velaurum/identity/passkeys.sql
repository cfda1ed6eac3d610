-- name: challenge_registrant
-- Who registers; the challenge waits for them.
select registrant::text
from identity.challenge_registrant(%(org_id)s, %(credential_id)s, %(challenge_hash)s) as registrant;

-- name: challenge_anybody
select asked
from identity.challenge_anybody(%(org_id)s, %(challenge_hash)s) as asked;

-- name: take_challenge
select taken
from identity.take_challenge(%(org_id)s, %(challenge_hash)s, 'sign-in', null) as taken;

-- name: register
-- cross-sub-org: a passkey is its person's own, and a key that was decided is the whole organisation's.
select r.outcome, r.replayed, r.record_id, r.problem
from identity.register_passkey(
    %(org_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s, %(challenge_hash)s,
    %(passkey)s, %(transports)s
) as r;

-- name: person
select p.id, p.name
from identity.principal as p
where p.org_id = %(org_id)s and p.id = %(principal_id)s;

-- name: find
-- By the id that an authenticator knows it by; revoked ones among them, so that no answer comes sooner.
select k.id, k.principal_id, k.public_key
from identity.passkey as k
where k.org_id = %(org_id)s and k.credential_id = %(passkey_credential_id)s;

-- name: use
select outcome
from identity.use_passkey(%(org_id)s, %(id)s, %(sign_count)s, %(is_backed_up)s) as outcome;

-- name: list_of
-- Those that sign in come first, the newest before the others; of revoked ones no more than fit.
select
    k.id, k.principal_id, k.name, k.credential_id, k.transports, u.is_backed_up,
    platform.instant(k.created_at) as created_at, platform.instant(last.at) as last_used_at,
    platform.instant(regressed.at) as regressed_at, platform.instant(k.revoked_at) as revoked_at
from identity.passkey as k
cross join lateral (
    select x.is_backed_up from identity.passkey_use as x
    where x.org_id = %(org_id)s and x.passkey_id = k.id
    order by x.id desc
    limit 1
) as u
cross join lateral (
    select max(x.created_at) as at from identity.passkey_use as x
    where x.org_id = %(org_id)s and x.passkey_id = k.id and x.outcome = 'signed-in'
) as last
cross join lateral (
    select max(x.created_at) as at from identity.passkey_use as x
    where x.org_id = %(org_id)s and x.passkey_id = k.id and x.outcome = 'regressed'
) as regressed
where k.org_id = %(org_id)s and k.principal_id = %(principal_id)s
    and (%(id)s::uuid is null or k.id = %(id)s::uuid)
order by k.revoked_at is not null, k.id desc
limit %(limit)s;

-- name: revoke
select revoked
from identity.revoke_passkey(%(org_id)s, %(credential_id)s, %(request_id)s, %(id)s) as revoked;
