-- name: organisations
-- cross-org: how many there are; a count alone.
select count(*) as organisations
from tenancy.org;

-- name: jobs
-- cross-org: how many jobs ended lately, of all organisations together; counts alone.
select f.lane, f.outcome, sum(f.jobs)::bigint as jobs
from tenancy.org as o cross join lateral jobs.figures(o.org_id) as f
group by f.lane, f.outcome;

-- name: deliveries
-- cross-org: how many deliveries wait, of all organisations together; counts and an age alone.
select
    coalesce(sum(f.pending), 0)::bigint as pending, coalesce(sum(f.due), 0)::bigint as due,
    coalesce(sum(f.dead), 0)::bigint as dead,
    coalesce(extract(epoch from statement_timestamp() - min(f.oldest_due)), 0)::float8 as oldest_due_s
from tenancy.org as o cross join lateral webhooks.figures(o.org_id) as f;

-- name: attempts
-- cross-org: how attempts to deliver ended lately, of all organisations together; counts alone.
select f.outcome, sum(f.attempts)::bigint as attempts
from tenancy.org as o cross join lateral webhooks.attempts_lately(o.org_id) as f
group by f.outcome;

-- name: subscribers
-- cross-org: how far parts of the product are behind, in all organisations together; counts alone.
select f.subscriber, sum(f.behind)::bigint as behind, max(f.behind) as behind_most
from tenancy.org as o cross join lateral events.figures(o.org_id) as f
group by f.subscriber;

-- name: messages
-- cross-org: how many messages are under way, of all organisations together; counts and an age alone.
select
    coalesce(sum(f.under_way), 0)::bigint as under_way, coalesce(sum(f.dead), 0)::bigint as dead,
    coalesce(extract(epoch from statement_timestamp() - min(f.oldest)), 0)::float8 as oldest_s
from tenancy.org as o cross join lateral transport.figures(o.org_id) as f;
