-- name: of_log
-- What witnesses added to a log's checkpoints, along their sizes, after one of them, with what each is said to be of.
select
    s.incarnation, s.size, s.name, s.key_id, s.line,
    to_char(s.cosigned_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cosigned_at, (
        select c.note
        from audit.checkpoint as c
        where c.org_id = %(org_id)s and c.incarnation = s.incarnation and c.size = s.size
    ) as note
from audit.cosignature as s
where
    s.org_id = %(org_id)s
    and (s.size, s.incarnation, s.key_id, s.name) > (%(size)s, %(incarnation)s, %(key_id)s::text, %(name)s::text)
order by s.size, s.incarnation, s.key_id, s.name
limit %(limit)s;

-- name: of_meta
-- cross-org: what witnesses added to the meta-log's checkpoints, with what each is said to be of.
select
    s.incarnation, s.size, s.name, s.key_id, s.line,
    to_char(s.cosigned_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cosigned_at, (
        select c.note
        from platform.meta_checkpoint as c
        where c.incarnation = s.incarnation and c.size = s.size
    ) as note
from platform.meta_cosignature as s
where (s.size, s.incarnation, s.key_id, s.name) > (%(size)s, %(incarnation)s, %(key_id)s::text, %(name)s::text)
order by s.size, s.incarnation, s.key_id, s.name
limit %(limit)s;
