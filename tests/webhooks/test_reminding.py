"""Reminders as webhooks tell them: thin, once, to who named them, also of a log that tells nothing (V-06)."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support import causes, old_rows
from support.ledger_sql import ConninfoOf
from support.receivers import receiving
from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.webhooks.endpoints import EndpointChange
from velaurum.worker import reminding
from velaurum.worker.reminding import Reminding
from webhooks.conftest import INTEGRATOR, Delivering, Office

LIMITS = reminding.limits(Settings(Path("/nowhere")))
URL = "https://hooks.example.com/x"
FAILED = "velaurum.reminder.job-failed.v1"
ROUNDS, A_ROUND = 5, 300
PATIENCE_S = 60.0


@pytest.fixture
def looking(module_conninfo: ConninfoOf) -> Iterator[Reminding]:
    with closing(Database(module_conninfo(INTEGRATOR), max_connections=1)) as door:
        yield Reminding(door, LIMITS)


def told(superuser: psycopg.Connection[Any], office: Office) -> list[tuple[str, str]]:
    """Return to which endpoints which types were told."""
    return superuser.execute(
        "select e.code, d.type from webhooks.delivery as d inner join webhooks.endpoint as e"
        " on e.org_id = d.org_id and e.id = d.endpoint_id where d.org_id = %s order by e.code, d.type",
        [office.org_id],
    ).fetchall()


def test_a_reminder_is_told_once_to_each_endpoint_that_names_it(
    office: Office, other_office: Office, looking: Reminding, superuser: psycopg.Connection[Any]
) -> None:
    wanted = {
        "all": "velaurum.reminder.*",
        "whole": FAILED,
        "kind": "velaurum.reminder.job-failed.*",
        "other": "velaurum.reminder.dead-letter.v1",
        "wide": "velaurum.*",
        "off": "velaurum.reminder.*",
    }
    for code, event_type in wanted.items():
        office.endpoint(URL, code, event_types=(event_type,))
    office.change(EndpointChange(is_disabled=True), "off")
    other_office.endpoint(URL, event_types=("velaurum.reminder.*",))
    causes.job(superuser, office.org_id)

    for _ in range(2):
        looking.look()

    assert told(superuser, office) == [("all", FAILED), ("kind", FAILED), ("whole", FAILED)]
    assert told(superuser, other_office) == []


def test_what_a_receiver_gets_is_signed_and_names_the_reminder_alone(
    office: Office, looking: Reminding, superuser: psycopg.Connection[Any], deliver: Delivering
) -> None:
    job_id = causes.job(superuser, office.org_id)
    with receiving() as receiver, deliver() as one:
        office.endpoint(receiver.url, event_types=(FAILED,))
        looking.look()
        one.start()
        (request,) = receiver.wait_for(1)
        one.wait(5)

    said = json.loads(request.body)
    (found,) = superuser.execute(
        "select id::text from jobs.reminder where org_id = %s", [office.org_id]
    ).fetchall()
    code = office.org.org_code
    assert said["type"] == FAILED
    assert said["id"] == f"{code}:reminder:{found[0]}"
    href = f"/v1/orgs/{code}/reminders/{found[0]}"
    assert said["data"] == {"noun": "reminder", "id": found[0], "href": href}
    assert job_id.encode() not in request.body
    assert request.headers["webhook-signature"].startswith("v1,")


def test_a_log_that_is_held_is_told_of(
    office: Office, looking: Reminding, superuser: psycopg.Connection[Any]
) -> None:
    office.endpoint(URL, event_types=("velaurum.reminder.*",))
    causes.held_log(superuser, office.org_id)

    looking.look()

    assert told(superuser, office) == [("erp", "velaurum.reminder.log-held.v1")]


def test_whoever_is_killed_at_any_moment_reminds_and_tells_once(
    office: Office, module_conninfo: ConninfoOf, superuser: psycopg.Connection[Any]
) -> None:
    office.endpoint(URL, event_types=(FAILED,))
    for _ in range(ROUNDS):
        old_rows.jobs(superuser, office.org_id, A_ROUND, days=1, state="failed")
        process = started(module_conninfo(INTEGRATOR))
        assert process.stdout is not None
        process.stdout.readline()  # it looks
        time.sleep(secrets.randbelow(300) / 1_000)
        process.kill()
        process.communicate()
    process = started(module_conninfo(INTEGRATOR))
    deadline = time.monotonic() + PATIENCE_S
    while count(superuser, office) < ROUNDS * A_ROUND:
        assert time.monotonic() < deadline, count(superuser, office)
        time.sleep(0.1)
    process.kill()
    process.communicate()

    row = superuser.execute(
        "select count(*), count(distinct subject) from jobs.reminder where org_id = %s", [office.org_id]
    ).fetchone()
    assert row == (ROUNDS * A_ROUND, ROUNDS * A_ROUND)
    assert count(superuser, office) == ROUNDS * A_ROUND


def count(superuser: psycopg.Connection[Any], office: Office) -> int:
    return old_rows.count(superuser, "webhooks.delivery", office.org_id)


def started(conninfo: str) -> subprocess.Popen[bytes]:
    """Start a process that looks again and again."""
    program = (
        "import sys; from pathlib import Path; from velaurum.config import Settings;"
        "from velaurum.db.connection import Database; from velaurum.worker import reminding\n"
        "one = reminding.Reminding(Database(sys.argv[1], max_connections=1),"
        " reminding.limits(Settings(Path('/nowhere'))))\n"
        "print('looks', flush=True)\n"
        "while True: one.look()\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, conninfo], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
