"""What a process shows of a database that answers, and of one that is away."""

from collections.abc import Callable
from contextlib import closing

from prometheus_client.parser import text_string_to_metric_families

from support import old_rows
from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf, Org
from velaurum.db.connection import Database
from velaurum.ops import figures
from velaurum.ops.metrics import Looks, Metrics


def shown(conninfo: str, queue: str | None = None) -> dict[tuple[str, ...], float]:
    with closing(Database(conninfo, max_connections=1)) as door:
        looks = Looks(lambda: figures.read(door, queue, 30.0))
        text = Metrics(looks, door.counts).text().decode()
    return {
        (sample.name.removeprefix("velaurum_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_ended_in_the_last_hour_is_counted_of_all_organisations(
    conninfo: ConninfoOf, as_role: Connect, org_factory: Callable[..., Org]
) -> None:
    superuser = as_role(SUPERUSER)
    for org in (org_factory(), org_factory()):
        old_rows.jobs(superuser, org.org_id, 3, days=0.01, state="failed")
        old_rows.jobs(superuser, org.org_id, 2, days=0.02)
        old_rows.jobs(superuser, org.org_id, 7, days=0.05)  # more than an hour

    seen = shown(conninfo(APP), conninfo("velaurum_queue"))

    assert seen[("organisations",)] == 2
    assert seen[("jobs_ended_last_hour", "light", "failed")] == 6
    assert seen[("jobs_ended_last_hour", "light", "succeeded")] == 4
    assert seen[("jobs_ended_last_hour", "heavy", "cancelled")] == 0


def test_of_a_database_that_is_away_nothing_old_is_shown() -> None:
    seen = shown("host=/nonexistent dbname=velaurum user=velaurum_app")

    assert seen[("database_up",)] == 0
    assert seen[("statements_total", "answered")] == 0
    assert seen[("process_open_fds",)] > 0
    assert not [name for name, *_ in seen if name.startswith(("jobs", "webhook", "organisations", "dead"))]
