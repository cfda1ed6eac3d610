-- name: uncosigned
-- cross-org: what a witness is to be shown next; each organisation is entered to be asked, and signed notes come back.
select o.org_id::text as org_id, u.incarnation, u.size, u.note, u.known_size
from tenancy.org as o
cross join lateral audit.uncosigned(o.org_id, %(name)s, %(key_id)s) as u;

-- name: keep
select audit.keep_cosignature(
    %(org_id)s, %(incarnation)s, %(size)s, %(name)s, %(key_id)s, %(line)s, %(cosigned_at)s::text::timestamptz
) as kept;

-- name: of_checkpoint
select s.incarnation, s.size, s.name, s.key_id, s.line, platform.instant(s.cosigned_at) as cosigned_at,
    platform.instant(s.kept_at) as kept_at
from audit.cosignature as s
where s.org_id = %(org_id)s and s.incarnation = %(incarnation)s and s.size = %(size)s
order by s.kept_at, s.name, s.key_id;

-- name: covering
-- What was cosigned of an index in an incarnation: of the first checkpoints that so many of these keys have seen. One
-- witness that was away leaves very many that only the others saw.
select s.incarnation, s.size, s.name, s.key_id, s.line, platform.instant(s.cosigned_at) as cosigned_at,
    platform.instant(s.kept_at) as kept_at
from audit.cosignature as s
where s.org_id = %(org_id)s and s.incarnation = %(incarnation)s and s.size in (
    select x.size from audit.cosignature as x
    where x.org_id = %(org_id)s and x.incarnation = %(incarnation)s and x.size > %(log_index)s
        and x.key_id = any(%(key_ids)s)
    group by x.size
    having count(*) >= %(fewest)s
    order by x.size
    limit 256
)
order by s.size, s.kept_at, s.name, s.key_id;

-- name: checkpoint
select c.incarnation, c.size, c.note, platform.instant(c.signed_at) as signed_at
from audit.checkpoint as c
where c.org_id = %(org_id)s and c.incarnation = %(incarnation)s and c.size = %(size)s;

-- name: newest_of_each
-- The newest cosignature of each witness.
select distinct on (s.name, s.key_id)
    s.incarnation, s.size, s.name, s.key_id, s.line, platform.instant(s.cosigned_at) as cosigned_at,
    platform.instant(s.kept_at) as kept_at
from audit.cosignature as s
where s.org_id = %(org_id)s
order by s.name asc, s.key_id asc, s.incarnation desc, s.size desc;

-- name: delay
-- From the commit of the last entry that a checkpoint covers to its signature, and to its first cosignature.
-- cross-sub-org: a log is the whole organisation's, and an instant tells nothing of a row.
select
    platform.instant(l.recorded_at) as recorded_at,
    (extract(epoch from c.signed_at - l.recorded_at) * 1000)::bigint as signed_after_ms,
    (extract(epoch from (
        select min(s.kept_at) from audit.cosignature as s
        where s.org_id = %(org_id)s and s.incarnation = c.incarnation and s.size = c.size
    ) - l.recorded_at) * 1000)::bigint as cosigned_after_ms
from audit.checkpoint as c
inner join audit.leaf as l on l.log_index = c.size - 1
where c.org_id = %(org_id)s and l.org_id = %(org_id)s and c.incarnation = %(incarnation)s
    and c.size = %(size)s;
