-- name: behind
-- cross-org: which organisations' logs have grown; it answers ids alone, for the integrator.
select o.org_id::text as org_id
from tenancy.org as o
where audit.has_grown(o.org_id);

-- name: integrate
-- cross-sub-org: a log is the whole organisation's.
select audit.integrate(%(org_id)s) as size;

-- name: hashes
-- cross-sub-org: a log is the whole organisation's, and a hash tells nothing of a row.
select audit.hashes(%(org_id)s, %(level)s, %(from_index)s, %(to_index)s) as node_hashes;

-- name: entries
-- cross-sub-org: a log is the whole organisation's; row security shows a department no other's rows.
select l.entry
from audit.leaf as l
where l.org_id = %(org_id)s and l.log_index >= %(from_index)s and l.log_index < %(to_index)s
order by l.log_index;

-- name: publish
select audit.publish(%(org_id)s, %(incarnation)s, %(size)s, %(note)s) as published;

-- name: newest
select c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at
from audit.checkpoint as c
where c.org_id = %(org_id)s
order by c.incarnation desc, c.size desc
limit 1;

-- name: every
select c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at
from audit.checkpoint as c
where c.org_id = %(org_id)s
order by c.incarnation desc, c.size desc
limit 1000;

-- name: covering
-- The first checkpoint that covers an index, of the newest incarnation that has one: its key is the one that is shown.
select c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at
from audit.checkpoint as c
where c.org_id = %(org_id)s and c.size > %(log_index)s
order by c.incarnation desc, c.size asc
limit 1;

-- name: first_covering
-- The first checkpoint that was ever signed over an index.
select c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at
from audit.checkpoint as c
where c.org_id = %(org_id)s and c.size > %(log_index)s
order by c.signed_at asc, c.incarnation asc, c.size asc
limit 1;

-- name: last_of_each
-- The newest checkpoint of each incarnation.
select distinct on (c.incarnation) c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at
from audit.checkpoint as c
where c.org_id = %(org_id)s
order by c.incarnation asc, c.size desc;

-- name: head
select h.size, platform.instant(h.recorded_at) as recorded_at
from ledger.head as h
where h.org_id = %(org_id)s;

-- name: unsigned
-- How long the oldest entry waits that no checkpoint covers; no row where all are covered.
-- cross-sub-org: a log is the whole organisation's, and an instant tells nothing of a row.
select platform.instant(u.since) as since, (extract(epoch from clock_timestamp() - u.since) * 1000)::bigint as waited_ms
from audit.unsigned_since(%(org_id)s) as u (since)
where u.since is not null;

-- name: entry
-- cross-sub-org: who asks has found the row that it is of, within reach.
select l.entry
from audit.leaf as l
where l.org_id = %(org_id)s and l.log_index = %(log_index)s;
