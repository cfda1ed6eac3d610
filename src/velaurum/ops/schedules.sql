-- name: note
-- cross-org: what runs by itself is the installation's.
select platform.note_schedule(%(name)s, %(runs_in)s, %(cadence)s, %(began_at)s, %(has_failed)s, %(result)s);

-- name: list
-- cross-org: what runs by itself is the installation's.
select
    s.name, s.runs_in, extract(epoch from s.cadence)::float8 as cadence_s, platform.instant(s.began_at) as began_at,
    platform.instant(s.ended_at) as ended_at, s.outcome, platform.instant(s.next_at) as next_at, s.result
from platform.schedule as s
order by s.name;
