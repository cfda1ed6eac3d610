"""100,000 movements, and those who follow them killed at random: nothing is skipped, nothing done twice."""

import json
import random
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from support.event_workers import EFFECTS, messages
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.tenants import Tenant, create_tenant, new_context
from velaurum.audit import logs, signers
from velaurum.db.connection import Database
from velaurum.events import subscribers
from velaurum.ledger import intakes, movements
from velaurum.ledger.intakes import NewMovement
from velaurum.ops import integrating
from velaurum.ops.liveness import Liveness
from velaurum.tenancy.context import OrgId

MOVEMENTS = 100_000
BATCH = 1_000
ORGS = 4
ROLES = ("direct", "direct", "relay", "relay", "consumer", "consumer")
PAUSE_BETWEEN_KILLS_S = (0.3, 1.2)
PATIENCE_S = 150.0
NAMES = ("direct", "relay")


@pytest.fixture
def tenants(conninfo: ConninfoOf) -> list[Tenant]:
    return [create_tenant(conninfo(APP)) for _ in range(ORGS)]


@pytest.fixture
def door(conninfo: ConninfoOf) -> Iterator[Database]:
    door = Database(conninfo(APP), max_connections=2)
    yield door
    door.close()


class Crew:
    """The processes that follow, each started again whenever it was killed."""

    def __init__(self, conninfo: str, folder: Path, tenants: list[Tenant]) -> None:
        """Start one process a role."""
        self.kills = 0
        self.seed = secrets.randbits(32)
        print("seed", self.seed)  # noqa: T201 - shown when the test fails
        self._random = random.Random(self.seed)  # noqa: S311 - moments are chosen, no secret
        orgs = json.dumps([[one.org_id, one.code] for one in tenants])
        self._commands = [
            [sys.executable, "-m", "support.event_workers", role, conninfo, str(folder), orgs]
            for role in ROLES
        ]
        self._processes = [self._start(command) for command in self._commands]

    def kill_one(self) -> None:
        """Kill one of them and start another one."""
        chosen = self._random.randrange(len(self._processes))
        self._end(self._processes[chosen])
        self._processes[chosen] = self._start(self._commands[chosen])
        self.kills += 1
        time.sleep(self._random.uniform(*PAUSE_BETWEEN_KILLS_S))

    def end(self) -> None:
        for one in self._processes:
            self._end(one)

    @staticmethod
    def _start(command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=Path(__file__).parents[1], stdin=subprocess.DEVNULL)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()


@contextmanager
def crew(conninfo: str, folder: Path, tenants: list[Tenant]) -> Iterator[Crew]:
    working = Crew(conninfo, folder, tenants)
    try:
        yield working
    finally:
        working.end()


def post(door: Database, tenant: Tenant, count: int) -> None:
    """Post receipts, a thousand a call."""
    org_id = OrgId(tenant.org_id)
    with door.installation() as outside:
        org = new_context(outside, org_id, "storekeeper", "post")
    for _ in range(0, count, BATCH):
        asked = [
            intakes.movement(NewMovement(kind="receipt", item="BOLT", quantity="1", target="A"), str(uuid4()))
            for _ in range(BATCH)
        ]
        with door.transaction(org) as (tx, entered):
            assert all(one.movement is not None for one in movements.post(tx, entered, asked))


@pytest.mark.timeout(240)
def test_no_event_is_skipped_and_no_effect_doubled_while_followers_are_killed(
    conninfo: ConninfoOf, door: Database, tenants: list[Tenant], tmp_path: Path
) -> None:
    folder = tmp_path / "messages"
    folder.mkdir()
    with psycopg.connect(conninfo(SUPERUSER), autocommit=True) as admin:
        admin.execute(EFFECTS)
    for tenant in tenants:
        with door.installation() as outside:
            for name in NAMES:
                subscribers.subscribe(outside.within(tenant.org_id), OrgId(tenant.org_id), name)
    posting = [threading.Thread(target=post, args=(door, one, MOVEMENTS // ORGS)) for one in tenants]
    signer = signers.load(tmp_path, "log.example")
    with (
        integrating.integrating(conninfo("velaurum_integrator"), signer, Liveness()),
        crew(conninfo(APP), folder, tenants) as followers,
    ):
        for one in posting:
            one.start()
        deadline = time.monotonic() + PATIENCE_S
        while any(one.is_alive() for one in posting) or not all(
            _is_done(door, conninfo(SUPERUSER), one) for one in tenants
        ):
            assert time.monotonic() < deadline
            followers.kill_one()
        kills = followers.kills

    repeated = sum(len(messages(folder / one.code)[0]) - _size(door, one) for one in tenants)
    print("kills", kills, "handed on again", repeated)  # noqa: T201 - shown when the test fails
    assert kills > 10
    for tenant in tenants:
        _require_each_once_in_order(conninfo(SUPERUSER), tenant, "direct")
        _require_each_once(conninfo(SUPERUSER), tenant, "consumer")
        _require_at_least_once_without_a_gap(door, tenant, folder)


def _size(door: Database, tenant: Tenant) -> int:
    org_id = OrgId(tenant.org_id)
    with door.installation() as outside:
        return logs.head(outside.within(org_id), org_id).size


def _is_done(door: Database, superuser: str, tenant: Tenant) -> bool:
    """Tell whether everybody has passed all that there is, and the last effect is there."""
    org_id = OrgId(tenant.org_id)
    with door.installation() as outside:
        standing = subscribers.list_all(outside.within(org_id), org_id)
    if [one.name for one in standing] != list(NAMES) or any(one.behind for one in standing):
        return False
    with psycopg.connect(superuser, autocommit=True) as admin:
        counted = admin.execute(
            "select count(*) from told.effect where doer = 'consumer' and org_id = %s", [tenant.org_id]
        ).fetchone()
    return counted is not None and counted[0] >= _size(door, tenant)


def _effects(superuser: str, tenant: Tenant, doer: str) -> list[int]:
    with psycopg.connect(superuser, autocommit=True) as admin:
        found = admin.execute(
            "select log_index from told.effect where doer = %s and org_id = %s order by n",
            [doer, tenant.org_id],
        ).fetchall()
    return [index for (index,) in found]


def _require_each_once_in_order(superuser: str, tenant: Tenant, doer: str) -> None:
    done = _effects(superuser, tenant, doer)
    assert done == list(range(len(done)))
    assert len(done) > MOVEMENTS // ORGS


def _require_each_once(superuser: str, tenant: Tenant, doer: str) -> None:
    done = _effects(superuser, tenant, doer)
    assert sorted(done) == list(range(len(done)))
    assert len(done) > MOVEMENTS // ORGS


def _require_at_least_once_without_a_gap(door: Database, tenant: Tenant, folder: Path) -> None:
    """Hold what was handed on to going on from where it was, or from further back, and never ahead of it."""
    highest = -1
    handed_on, _ = messages(folder / tenant.code)
    for message_id, index in handed_on:
        assert message_id == f"{tenant.code}:{index}"
        assert index <= highest + 1
        highest = max(highest, index)
    assert highest + 1 == _size(door, tenant)
    assert len({index for _, index in handed_on}) == highest + 1
