-- name: marks
-- What the head row says is closed, where the periods say something else.
select
    platform.instant(h.closed_until) as closed_until, platform.instant(h.soft_closed_until) as soft_closed_until,
    platform.instant(c.closed_until) as is_closed_until, platform.instant(c.soft_closed_until) as is_soft_closed_until
from ledger.head as h
cross join ledger.closed_until(%(org_id)s) as c
where h.org_id = %(org_id)s
    and (h.closed_until, h.soft_closed_until) is distinct from (c.closed_until, c.soft_closed_until);

-- name: closed
-- The closed periods; the first one goes back to the beginning of time.
select
    p.code, case when p.follows_at is not null then platform.instant(p.starts_at) else '' end as starts_at,
    platform.instant(p.ends_at) as ends_at, p.closed_at_size
from ledger.period as p
where p.org_id = %(org_id)s and p.state = 'closed'
order by p.starts_at;
