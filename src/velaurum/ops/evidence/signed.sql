-- name: tiles
select t.n, t.node_hashes, t.root, t.xid::xid = t.xmin as is_as_written
from audit.tile as t
where t.org_id = %(org_id)s and t.level = %(level)s and t.n >= %(from_n)s and t.n < %(to_n)s
order by t.n;

-- name: checkpoints
-- Stored notes along their sizes, after one of them.
select c.incarnation, c.size, c.note,
    to_char(c.signed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as signed_at,
    c.xid::xid = c.xmin as is_as_written
from audit.checkpoint as c
where c.org_id = %(org_id)s and (c.size, c.incarnation) > (%(size)s, %(incarnation)s)
order by c.size, c.incarnation
limit %(limit)s;

-- name: before
-- The newest checkpoints that do not cover an index, the newest first.
select to_char(c.signed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as signed_at
from audit.checkpoint as c
where c.org_id = %(org_id)s and c.size <= %(log_index)s
order by c.size desc
limit 2;

-- name: after
-- The first checkpoints that cover an index, the first one first.
select to_char(c.signed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as signed_at
from audit.checkpoint as c
where c.org_id = %(org_id)s and c.size > %(log_index)s
order by c.size
limit 2;
