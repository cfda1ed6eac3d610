"""What is recorded when things go wrong: a stopped statement, a database that is away, too much at once (V-14)."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from support.tenants import create_context, new_context
from velaurum.db.comparison import Comparison
from velaurum.db.connection import Database, NotAppliedError
from velaurum.ops import attestation, recording
from velaurum.ops.attestation import Period
from velaurum.ops.recording import Recorder
from velaurum.tenancy import access_events, orgs
from velaurum.tenancy.access_events import AccessEvent
from velaurum.tenancy.context import OrgContext

Counted = Callable[[], list[tuple[Any, ...]]]
SOUND = Comparison("2026-01-01T00:00:00.000000Z", ())
EVER = ("2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z")


@pytest.fixture
def org(module_conninfo: ConninfoOf) -> OrgContext:
    with closing(Database(module_conninfo(APP))) as door, door.installation() as tx:
        return new_context(tx, create_context(tx).org_id, "auditor", "read")


@pytest.fixture
def recorder(module_conninfo: ConninfoOf) -> Recorder:
    return Recorder(Database(module_conninfo(APP), max_connections=1))


def event(**changes: Any) -> AccessEvent:
    ids = [str(uuid4())]
    made = AccessEvent(
        str(uuid4()), datetime.now(UTC).isoformat(), ids, ["getItem"], ids, ids, [200], 2, 2, 0
    )
    values = {name: getattr(made, name) for name in made.__struct_fields__}
    return AccessEvent(**{**values, **changes})


def totals(recorder: Recorder, org: OrgContext) -> access_events.Totals:
    with recorder.database.installation() as tx:
        return access_events.totals(tx.within(org.org_id), org.org_id, *EVER)


def test_a_statement_that_applies_no_organisation_is_stopped_and_counted_as_not_applied(
    module_conninfo: ConninfoOf, org: OrgContext
) -> None:
    unproven = replace(orgs.QUERIES["suspensions"], verdict="unproven")
    with closing(Database(module_conninfo(APP))) as door:
        with pytest.raises(NotAppliedError), door.transaction(org) as (tx, inside):
            tx.run(unproven, org_id=inside.org_id)

        ran = {shape.statement for shape in door.counts.snapshot()}

    assert (org.tally.statements, org.tally.applied, org.tally.exempt) == (2, 1, 0)
    assert ran == {"db.entering.enter"}


def test_a_statement_of_another_organisation_is_stopped_and_counted_as_not_applied(
    module_conninfo: ConninfoOf, org: OrgContext
) -> None:
    door = Database(module_conninfo(APP))
    with closing(door), pytest.raises(NotAppliedError), door.transaction(org) as (tx, _):
        tx.run(orgs.QUERIES["suspensions"], org_id=str(uuid4()))

    assert (org.tally.statements, org.tally.applied) == (2, 1)


def test_one_event_that_is_not_applied_makes_the_period_false(recorder: Recorder, org: OrgContext) -> None:
    with closing(recorder.database):
        for applied in (2, 1, 2):
            recorder.put(org.org_id, event(applied=applied))
        assert recorder.flush()
        found = totals(recorder, org)

    report = attestation.report(None, Period(*EVER), [found], SOUND, [])

    assert (found.events, found.not_applied) == (3, 1)
    assert report.org_applied == "FALSE"
    assert "1 requests came to a statement that did not apply" in report.reasons[0]


def test_events_are_added_once_however_often_they_are_handed_over(
    recorder: Recorder, org: OrgContext
) -> None:
    with closing(recorder.database):
        one = event()
        for _ in range(2):
            recorder.put(org.org_id, one)
            assert recorder.flush()

        assert totals(recorder, org).events == 1


def test_what_does_not_fit_is_lost_and_told(
    recorder: Recorder, org: OrgContext, monkeypatch: pytest.MonkeyPatch, module_as_role: Connect
) -> None:
    monkeypatch.setattr(recording, "MOST_WAITING", 3)
    with closing(recorder.database):
        for _ in range(5):
            recorder.put(org.org_id, event())
        assert recorder.flush()
        kept = totals(recorder, org).events

    lost = module_as_role(SUPERUSER).execute(
        "select events_lost from platform.boot where id = %s", [recorder.boot.id]
    )
    report = attestation.report(None, Period(*EVER), [], replace(SOUND, events_lost=2), [])
    assert (kept, lost.fetchone()) == (3, (2,))
    assert (report.org_applied, report.reasons) == ("NOT ATTESTED", ["2 events of requests were lost."])


def test_those_whom_answers_showed_are_bounded_as_events_are(
    recorder: Recorder, org: OrgContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_SHOWN_WAITING", 5)
    monkeypatch.setattr(recording, "MOST_SHOWN_AT_ONCE", 3)
    kept = []
    with closing(recorder.database):
        for _ in range(4):
            recorder.put(org.org_id, event(shown_ids=tuple(str(uuid4()) for _ in range(3))))
        for _ in range(3):
            assert recorder.flush()
            kept.append(totals(recorder, org).events)
        recorder.put(org.org_id, event(shown_ids=tuple(str(uuid4()) for _ in range(9))))
        assert recorder.flush()

        # The third found no room and is lost; what is one step's is as much as fits, and what is larger is a step.
        assert (kept, totals(recorder, org).events) == ([1, 2, 2], 3)


def test_what_the_database_never_takes_is_lost_and_does_not_hold_up_the_rest(
    recorder: Recorder, org: OrgContext
) -> None:
    with closing(recorder.database):
        recorder.put(org.org_id, event(statements=-1))
        assert not recorder.flush()
        recorder.put(org.org_id, event())
        assert recorder.flush()

        assert totals(recorder, org).events == 1


def test_events_wait_while_the_database_is_away(
    recorder: Recorder, org: OrgContext, module_as_role: Connect
) -> None:
    admin = module_as_role(SUPERUSER)
    with closing(recorder.database):
        recorder.flush()
        recorder.put(org.org_id, event())
        with admin.transaction():
            admin.execute("lock table tenancy.access_event in access exclusive mode")
            with recorder.database.installation() as tx:
                tx.connection.execute("set lock_timeout = 100")
            assert not recorder.flush()
        assert recorder.flush()

        assert totals(recorder, org).events == 1


@pytest.mark.parametrize(
    "fault",
    [
        "update platform.statement_tally set calls = calls - 1",
        "update platform.statement_tally set query_id = 1",
        "update platform.boot set events_lost = -1",
        "update platform.boot set started_at = started_at - interval '1 day'",
        "delete from platform.statement_tally",
        "delete from platform.boot",
    ],
)
def test_counts_only_rise_whoever_writes_them(
    recorder: Recorder, module_as_role: Connect, fault: str
) -> None:
    with closing(recorder.database):
        recorder.flush()

    with pytest.raises(psycopg.DatabaseError) as refused:
        module_as_role(SUPERUSER).execute(fault.encode())

    assert refused.value.sqlstate == "VL001"
