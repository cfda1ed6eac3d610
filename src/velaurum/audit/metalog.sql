-- name: integrate
-- cross-org: the meta-log is the installation's, and its leaves tell nothing of whose they are.
select platform.integrate_meta() as size;

-- name: hashes
-- cross-org: hashes of the meta-log's leaves.
select coalesce(
    (
        select substring(
            t.node_hashes from mod(%(from_index)s::bigint, 256)::integer * 32 + 1
            for (%(to_index)s::bigint - %(from_index)s::bigint)::integer * 32
        )
        from platform.meta_tile as t
        where t.level = %(level)s::integer and t.n = %(from_index)s::bigint / 256
    ),
    (
        select string_agg(x.node_hash, ''::bytea order by x.place) from (
            select l.leaf_index as place, l.leaf_hash as node_hash from platform.meta_leaf as l
            where
                %(level)s::integer = 0
                and l.leaf_index >= %(from_index)s::bigint and l.leaf_index < %(to_index)s::bigint
            union all
            select t.n, t.root from platform.meta_tile as t
            where t.level = %(level)s::integer - 1 and t.n >= %(from_index)s::bigint and t.n < %(to_index)s::bigint
        ) as x
    ),
    ''::bytea
) as node_hashes;

-- name: entries
-- cross-org: commitments, which tell nothing of whose they are.
select l.entry from platform.meta_leaf as l
where l.leaf_index >= %(from_index)s and l.leaf_index < %(to_index)s
order by l.leaf_index;

-- name: size
-- cross-org: how many leaves the meta-log has.
select coalesce(max(l.leaf_index) + 1, 0) as size from platform.meta_leaf as l;

-- name: publish
-- cross-org: what was signed of the meta-log.
select platform.publish_meta(%(incarnation)s, %(size)s, %(note)s) as published;

-- name: newest
-- cross-org: what was signed of the meta-log.
select c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at
from platform.meta_checkpoint as c
order by c.incarnation desc, c.size desc
limit 1;

-- name: checkpoint
-- cross-org: what was signed of the meta-log.
select c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at
from platform.meta_checkpoint as c
where c.incarnation = %(incarnation)s and c.size = %(size)s;

-- name: every
-- cross-org: what was signed of the meta-log.
select c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at
from platform.meta_checkpoint as c
order by c.incarnation desc, c.size desc
limit 1000;

-- name: current
-- cross-org: which incarnation the installation's meta-log is in.
select coalesce(max(i.number), 0) as number from platform.meta_incarnation as i;

-- name: open
-- cross-org: the meta-log is taken up again for the whole installation.
select i.number, i.size, i.common_size, i.lost_size, i.lost_root
from platform.open_meta_incarnation(
    %(number)s, %(size)s, %(common_size)s, %(lost_size)s, %(lost_root)s, %(reason)s
) as i;

-- name: uncosigned
-- cross-org: the newest checkpoint of the meta-log that a witness has not cosigned, and the size that it cosigned last.
select n.incarnation, n.size, n.note, coalesce((
    select max(s.size) from platform.meta_cosignature as s
    where s.incarnation = n.incarnation and s.name = %(name)s and s.key_id = %(key_id)s
), 0) as known_size
from (
    select c.incarnation, c.size, c.note from platform.meta_checkpoint as c
    order by c.incarnation desc, c.size desc limit 1
) as n
where not exists (
    select from platform.meta_cosignature as s
    where s.incarnation = n.incarnation and s.size = n.size and s.name = %(name)s and s.key_id = %(key_id)s
);

-- name: keep_cosignature
-- cross-org: what a witness outside signed of the meta-log.
select platform.keep_meta_cosignature(
    %(incarnation)s, %(size)s, %(name)s, %(key_id)s, %(line)s, %(cosigned_at)s::text::timestamptz
) as kept;

-- name: lines
-- cross-org: what witnesses outside signed of the meta-log.
select s.line from platform.meta_cosignature as s
where s.incarnation = %(incarnation)s and s.size = %(size)s
order by s.kept_at, s.name, s.key_id;
