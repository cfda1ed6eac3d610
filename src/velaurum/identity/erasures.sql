-- name: hold
-- False where it is so already.
select held
from identity.hold_subject(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(principal_id)s, %(action)s, %(reason)s,
    %(sub_org_ids)s
) as held;

-- name: holds
select h.id, h.action, h.reason, h.created_by, platform.instant(h.created_at) as created_at
from identity.legal_hold as h
where h.org_id = %(org_id)s and h.principal_id = %(principal_id)s
order by h.id;

-- name: erase
select e.erased_keys as keys, e.erased_notes as notes, e.erased_values as personal_values
from identity.erase_subject(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(principal_id)s, %(sub_org_ids)s
) as e;

-- name: overwrite
-- False when the name is written over already.
select overwritten
from identity.overwrite_name(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(principal_id)s, %(sub_org_ids)s
) as overwritten;

-- name: record
select identity.record_erasure(
    %(org_id)s, %(actor_id)s, %(credential_id)s, %(request_id)s, %(principal_id)s, %(erased_at)s, %(receipt)s
);

-- name: find
select e.principal_id, platform.instant(e.erased_at) as erased_at, e.receipt
from identity.erasure as e
where e.org_id = %(org_id)s and e.principal_id = %(principal_id)s;

-- name: erased
select e.principal_id
from identity.erasure as e
where e.org_id = %(org_id)s;

-- name: replay
select replayed
from identity.replay_erasure(%(org_id)s, %(principal_id)s, %(erased_at)s, %(receipt)s) as replayed;
