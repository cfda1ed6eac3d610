-- name: invite
select outcome, replayed, record_id, problem
from identity.invite(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(idempotency_key)s, %(request_hash)s,
    %(invitation_id)s, %(principal_id)s, %(login)s, %(login_index)s, %(typed)s, %(secret_hash)s, %(life)s,
    %(sub_org_ids)s
);

-- name: holder
-- No row for a login that is nobody's.
select principal_id
from identity.holder_of_login(%(org_id)s, %(login_index)s, %(typed)s) as principal_id
where principal_id is not null;

-- name: invite_by_hand
select invited
from identity.invite_by_hand(
    %(org_id)s, %(invitation_id)s, %(principal_id)s, %(name)s, %(role)s, %(login)s, %(login_index)s, %(typed)s,
    %(secret_hash)s, %(life)s
) as invited;

-- name: get
select
    i.id, i.principal_id, p.name as principal_name, i.login, platform.instant(i.created_at) as created_at,
    platform.instant(i.expires_at) as expires_at, platform.instant(i.redeemed_at) as redeemed_at,
    platform.instant(i.revoked_at) as revoked_at
from identity.invitation as i
inner join identity.principal as p on i.org_id = p.org_id and i.principal_id = p.id
where i.org_id = %(org_id)s and i.id = %(id)s and tenancy.reaches(%(sub_org_ids)s, p.sub_org_id, false);

-- name: secret_hash
-- What proves one that may be redeemed.
select i.secret_hash
from identity.invitation as i
where i.org_id = %(org_id)s and i.id = %(id)s and i.redeemed_at is null and i.revoked_at is null
    and i.expires_at > clock_timestamp();

-- name: find
-- One that may be redeemed, and whose it is.
select i.id, i.login, i.principal_id, p.name, o.code as org_code
from identity.invitation as i
inner join identity.principal as p on i.org_id = p.org_id and i.principal_id = p.id
inner join tenancy.org as o on i.org_id = o.org_id
where i.org_id = %(org_id)s and i.id = %(id)s and i.redeemed_at is null and i.revoked_at is null
    and i.expires_at > clock_timestamp();

-- name: redeem
select redeemed
from identity.redeem_invitation(
    %(org_id)s, %(id)s, %(password_id)s, %(login)s, %(login_index)s, %(phc)s, %(request_id)s
) as redeemed;
