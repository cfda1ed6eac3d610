-- name: due
-- cross-org: in which organisations a message waits that somebody could have now; it answers ids alone, for consumers.
select o.org_id::text as org_id
from tenancy.org as o
where transport.is_due(o.org_id);

-- name: publish
select transport.publish(
    %(org_id)s, %(indexes)s::bigint[], %(subjects)s::text[], %(content_types)s::text[], %(bodies)s::bytea[]
) as published;

-- name: lease
select x.log_index, x.subject, x.content_type, x.body, x.deliveries
from transport.lease(%(org_id)s, %(lease_id)s, %(at_most)s, %(life)s, %(max_deliveries)s) as x
order by x.log_index;

-- name: settle
select transport.settle(%(org_id)s, %(lease_id)s, %(log_index)s, %(code)s, %(reason)s) as is_settled;

-- name: release
select transport.release(%(org_id)s, %(lease_id)s, %(delay)s) as is_released;

-- name: renew
select transport.renew(%(org_id)s, %(lease_id)s, %(life)s) as is_renewed;

-- name: set_aside
select transport.set_aside(
    %(org_id)s, %(log_index)s, %(subject)s, %(content_type)s, %(body)s, %(deliveries)s, %(code)s, %(reason)s
) as is_set_aside;

-- name: dead_letters
select m.log_index, m.subject, m.content_type, m.body, m.deliveries, platform.instant(m.dead_at) as dead_at,
    m.dead_code as code, m.dead_reason as reason
from transport.message as m
where m.org_id = %(org_id)s and m.dead_at is not null
order by m.log_index
limit %(limit)s;

-- name: replay
select transport.replay(%(org_id)s, %(log_index)s) as is_replayed;
