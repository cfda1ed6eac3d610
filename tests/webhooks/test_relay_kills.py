"""A relay and a consumer that are killed again and again: each event is told once, over either transport (V-06)."""

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

from support.ledger_sql import APP, ConninfoOf
from support.transports import SERVICEBUS, TRANSPORTS
from velaurum.audit import signers
from velaurum.db.connection import Database
from velaurum.ops.integrating import Integrator
from webhooks.conftest import INTEGRATOR, Office
from webhooks.test_relaying import many
from webhooks.test_telling import ITEMS, URL, count

ROUNDS, A_ROUND = 5, 40
PATIENCE_S = 60.0


@pytest.fixture(params=TRANSPORTS)
def told(request: pytest.FixtureRequest, module_conninfo: ConninfoOf) -> dict[str, str]:
    """Say to a process where the database is, and what carries messages."""
    where = {"app": module_conninfo(APP), "integrator": module_conninfo(INTEGRATOR)}
    if request.param == SERVICEBUS:
        where |= {"host": request.getfixturevalue("bus").host, "queue": f"q-{secrets.token_hex(8)}"}
    return where


@pytest.fixture
def integrator(module_conninfo: ConninfoOf, tmp_path: Path) -> Iterator[Integrator]:
    with closing(Database(module_conninfo(INTEGRATOR), max_connections=1)) as door:
        yield Integrator(door, signers.load(tmp_path, "log.example"))


def test_whoever_is_killed_at_any_moment_tells_each_event_once(
    office: Office, told: dict[str, str], integrator: Integrator, superuser: psycopg.Connection[Any]
) -> None:
    office.endpoint(URL, event_types=(ITEMS,))
    for n in range(ROUNDS):
        many(office, A_ROUND, f"R{n}")
        integrator.advance(office.org_id)
        with started(told) as process:
            time.sleep(0.8 + secrets.randbelow(1_700) / 1_000)
            process.kill()
    with started(told) as process:
        deadline = time.monotonic() + PATIENCE_S
        while count(superuser, office) < ROUNDS * A_ROUND:
            assert time.monotonic() < deadline, count(superuser, office)
            time.sleep(0.1)
        process.kill()

    assert count(superuser, office) == ROUNDS * A_ROUND
    taken = superuser.execute("select count(*) from events.inbox where org_id = %s", [office.org_id])
    assert taken.fetchone() == (ROUNDS * A_ROUND,)


def started(told: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "support.message_workers", json.dumps(told)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[1], stdin=subprocess.DEVNULL)
