-- name: marks
-- What the head row says is closed, where the periods say something else.
select
    platform.instant(h.closed_until) as closed_until, platform.instant(h.soft_closed_until) as soft_closed_until,
    platform.instant(c.closed_until) as is_closed_until, platform.instant(c.soft_closed_until) as is_soft_closed_until
from ledger.head as h
cross join ledger.closed_until(%(org_id)s) as c
where h.org_id = %(org_id)s
    and (h.closed_until, h.soft_closed_until) is distinct from (c.closed_until, c.soft_closed_until);

-- name: late
-- cross-sub-org: every movement of the organisation is looked at. What was posted into a closed period after it closed,
-- or before the first one while that is closed.
select m.log_index, m.id, p.code, p.closed_at_size
from ledger.period as p
inner join ledger.movement as m
    on m.org_id = %(org_id)s and m.log_index >= p.closed_at_size and m.occurred_at < p.ends_at
        and (m.occurred_at >= p.starts_at or p.follows_at is null)
where p.org_id = %(org_id)s and p.state = 'closed'
    and m.log_index >= (
        select min(x.closed_at_size) from ledger.period as x where x.org_id = %(org_id)s and x.state = 'closed'
    )
order by m.log_index
limit %(limit)s;
