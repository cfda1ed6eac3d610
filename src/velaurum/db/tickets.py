"""How the queue stands: what waits in each lane and for how long, and who works. Numbers of the installation alone."""

from dataclasses import dataclass

from psycopg.rows import class_row

from velaurum.db import external

_LANES = (
    "select t.queue_name::text as lane, count(*) filter (where t.status = 'todo' and d.is_due) as waiting,"
    " count(*) filter (where t.status = 'todo' and not d.is_due) as scheduled,"
    " count(*) filter (where t.status = 'doing') as under_way,"
    " coalesce(extract(epoch from clock_timestamp() - min(greatest(e.at, t.scheduled_at))"
    " filter (where t.status = 'todo' and d.is_due)), 0)::float8 as oldest_s"
    " from procrastinate.procrastinate_jobs as t"
    " cross join lateral (select coalesce(t.scheduled_at <= clock_timestamp(), true) as is_due) as d"
    " left join lateral (select min(x.at) as at from procrastinate.procrastinate_events as x"
    " where x.job_id = t.id and x.type = 'deferred' and t.status = 'todo' and d.is_due) as e on true"
    " where t.status in ('todo', 'doing')"
    " group by t.queue_name order by t.queue_name"
)
_WORKERS = (
    "select count(*) from procrastinate.procrastinate_workers as w"
    " where w.last_heartbeat > clock_timestamp() - make_interval(secs => %s)"
)


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane that has tickets: how many could be worked now, wait for their time, and are worked.

    `oldest_s` is for how long the oldest waits of those that could be worked.
    """

    lane: str
    waiting: int
    scheduled: int
    under_way: int
    oldest_s: float


def lanes(conninfo: str) -> list[Lane]:
    """Return the lanes that have tickets, as the queue's role. OperationError when the database does not answer."""
    with external.connected(conninfo) as connection, connection.cursor(row_factory=class_row(Lane)) as cursor:
        return cursor.execute(_LANES).fetchall()


def workers(conninfo: str, lease_s: float) -> int:
    """Return how many lanes somebody works: whoever was heard within the lease."""
    with external.connected(conninfo) as connection:
        row = connection.execute(_WORKERS, [lease_s]).fetchone()
    return 0 if row is None else int(row[0])
