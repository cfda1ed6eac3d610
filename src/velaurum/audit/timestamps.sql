-- name: due
-- cross-org: the newest checkpoint of the meta-log, unless it is stamped or another was stamped a moment ago.
select c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at
from (
    select n.incarnation, n.size, n.note, n.signed_at
    from platform.meta_checkpoint as n
    order by n.incarnation desc, n.size desc
    limit 1
) as c
where not exists (
    select from platform.meta_timestamp as t
    where (t.incarnation = c.incarnation and t.size = c.size) or t.kept_at > clock_timestamp() - %(apart)s::interval
);

-- name: keep
-- cross-org: what a time-stamp authority said of the meta-log.
select platform.keep_meta_timestamp(
    %(incarnation)s, %(size)s, %(stamped_at)s::text::timestamptz, %(authority)s, %(reply)s
) as kept;

-- name: newest
-- cross-org: what a time-stamp authority said of the meta-log.
select t.incarnation, t.size, platform.instant(t.stamped_at) as stamped_at, t.authority, t.reply
from platform.meta_timestamp as t
order by t.stamped_at desc, t.incarnation desc, t.size desc
limit 1;

-- name: covering
-- cross-org: when a leaf of the meta-log was covered by a time stamp first.
select t.incarnation, t.size, platform.instant(t.stamped_at) as stamped_at, t.authority, t.reply
from platform.meta_timestamp as t
where t.size > %(leaf_index)s
order by t.stamped_at, t.incarnation, t.size
limit 1;

-- name: every
-- cross-org: what time-stamp authorities said of the meta-log.
select t.incarnation, t.size, platform.instant(t.stamped_at) as stamped_at, t.authority, t.reply
from platform.meta_timestamp as t
order by t.stamped_at desc, t.incarnation desc, t.size desc
limit 1000;
