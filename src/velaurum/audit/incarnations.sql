-- name: standings
-- cross-org: how far every log is and what was signed of it, to be compared with what the signer remembers.
select o.org_id::text as org_id, s.incarnation, s.size, s.note, s.held_reason
from tenancy.org as o
cross join lateral audit.standing(o.org_id) as s;

-- name: current
select audit.incarnation_of(%(org_id)s) as number;

-- name: hold
select audit.hold(%(org_id)s, %(reason)s) as held;

-- name: held
select platform.instant(o.held_since) as since, o.held_reason as reason
from tenancy.org as o
where o.org_id = %(org_id)s;

-- name: list_all
select i.number, platform.instant(i.opened_at) as opened_at, i.size, i.common_size, i.lost_size, i.lost_root
from audit.incarnation as i
where i.org_id = %(org_id)s
order by i.number;

-- name: open
-- cross-sub-org: the operator takes up the log of the whole organisation, with all that waited.
-- The actor is the organisation's platform operator: who made itself when the organisation was made.
select i.number, platform.instant(i.opened_at) as opened_at, i.size, i.common_size, i.lost_size, i.lost_root
from audit.open_incarnation(
    %(org_id)s, %(number)s, %(common_size)s, %(lost_size)s, %(lost_root)s, %(reason)s
) as i;
