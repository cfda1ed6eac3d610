-- name: leaves
-- cross-org: the meta-log's leaves along their indexes, after one of them.
select l.leaf_index, l.entry, l.leaf_hash, l.xid::xid = l.xmin as is_as_written
from platform.meta_leaf as l
where l.leaf_index > %(after)s
order by l.leaf_index
limit %(limit)s;

-- name: tile
-- cross-org: a tile of the meta-log.
select t.n, t.node_hashes, t.root, t.xid::xid = t.xmin as is_as_written
from platform.meta_tile as t
where t.level = %(level)s and t.n = %(n)s;

-- name: checkpoints
-- cross-org: the meta-log's stored notes along their sizes, after one of them.
select c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at, c.xid::xid = c.xmin as is_as_written
from platform.meta_checkpoint as c
where (c.size, c.incarnation) > (%(size)s, %(incarnation)s)
order by c.size, c.incarnation
limit %(limit)s;

-- name: stamps
-- cross-org: time stamps along their sizes, after one of them, with what each is said to be of.
select
    t.incarnation, t.size, platform.instant(t.stamped_at) as stamped_at, t.reply, t.xid::xid = t.xmin as is_as_written,
    c.note
from platform.meta_timestamp as t
left join platform.meta_checkpoint as c on t.incarnation = c.incarnation and t.size = c.size
where (t.size, t.incarnation) > (%(size)s, %(incarnation)s)
order by t.size, t.incarnation
limit %(limit)s;

-- name: common
-- cross-org: up to where the incarnations after one share its leaves.
select min(i.common_size) as common_size
from platform.meta_incarnation as i
where i.number > %(number)s
having count(*) > 0;

-- name: entries_at
-- cross-org: the entries at some indexes of the meta-log.
select l.leaf_index, l.entry
from platform.meta_leaf as l
where l.leaf_index = any(%(indexes)s);

-- name: anchors
-- Anchors along their leaves, after one of them.
select
    a.leaf_index, a.size, a.salt, a.xid::xid = a.xmin as is_as_written,
    (
        select c.note
        from audit.checkpoint as c
        where c.org_id = %(org_id)s and c.incarnation = a.incarnation and c.size = a.size
    ) as note
from audit.anchor as a
where a.org_id = %(org_id)s and a.leaf_index > %(after)s
order by a.leaf_index
limit %(limit)s;
