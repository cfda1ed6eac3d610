-- name: find
-- By what its person types: its index, or itself where it is from before and has none.
select w.id, w.principal_id, w.phc
from identity.password as w
where w.org_id = %(org_id)s and w.revoked_at is null
    and (w.login_index = %(login_index)s or w.login_index is null and w.login = %(typed)s);

-- name: any_plain
-- Whether somebody may sign in, or was invited, with a login from before, which has no index. Nor has that of who was
-- erased, which is compared with nothing.
select exists (
    select from identity.password as w
    where w.org_id = %(org_id)s and w.revoked_at is null and w.login_index is null
        and not keys.is_sealed_text(w.login) and w.login <> identity.erased_text(w.id)
) or exists (
    select from identity.invitation as i
    where i.org_id = %(org_id)s and i.redeemed_at is null and i.revoked_at is null and i.login_index is null
        and not keys.is_sealed_text(i.login) and i.login <> identity.erased_text(i.id)
) as any_plain;

-- name: own
select w.id, w.login, w.phc, w.principal_id, p.name, platform.instant(w.created_at) as created_at
from identity.password as w
inner join identity.principal as p on w.org_id = p.org_id and w.principal_id = p.id
where w.org_id = %(org_id)s and w.principal_id = %(principal_id)s and w.revoked_at is null;

-- name: hold
-- No row when it is nobody's any more.
select holder
from identity.hold_password(%(org_id)s, %(id)s) as holder
where holder is not null;

-- name: rehash
select rehashed
from identity.rehash_password(%(org_id)s, %(id)s, %(before)s, %(phc)s) as rehashed;

-- name: change
select changed
from identity.change_password(
    %(org_id)s, %(credential_id)s, %(request_id)s, %(id)s, %(new_id)s, %(login)s, %(login_index)s, %(phc)s
) as changed;
