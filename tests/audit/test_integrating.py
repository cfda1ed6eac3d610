"""The integrator beside all that can go wrong: what is committed has one leaf, and no checkpoint is ever wrong."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import integers, sampled_from

from support.ledger_sql import APP, SUPERUSER, ConninfoOf, Org, create_org, receipt
from velaurum.audit import logs, origins, signers
from velaurum.audit.signers import ForkError, Signer
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.ops.integrating import Integrator
from velaurum.proofs import checkpoints, merkle, notes
from velaurum.tenancy.context import OrgId

INTEGRATOR = "velaurum_integrator"
STORM_S, MOST_STORMS = 4.0, 15


@dataclass(frozen=True, slots=True)
class Place:
    """A database, and a signer beside it."""

    conninfo: ConninfoOf
    data_dir: Path

    @contextmanager
    def integrator(self) -> Iterator[Integrator]:
        """Start one as after a restart: nothing is remembered but what is stored."""
        one = Integrator(Database(self.conninfo(INTEGRATOR), max_connections=1), self.signer)
        try:
            yield one
        finally:
            one.database.close()

    @property
    def signer(self) -> Signer:
        return signers.load(self.data_dir, "log.example")

    @contextmanager
    def connected(self, role: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        with psycopg.connect(self.conninfo(role), autocommit=True) as connection:
            yield connection


class Log(RuleBasedStateMachine):
    """One organisation's log, with the writers and integrators that meet it."""

    place: ClassVar[Place]

    def __init__(self) -> None:
        super().__init__()
        self.connection = psycopg.connect(self.place.conninfo(APP), autocommit=True)
        self.held: psycopg.Connection[tuple[object, ...]] | None = None

    @initialize()
    def born(self) -> None:
        self.org = create_org(self.connection, items=["BOLT"], locations=["A"])
        self.posted = 0

    @rule(rows=integers(1, 300))
    def post(self, rows: int) -> None:
        if self.held is None:
            self.org.post([receipt("BOLT", "A", "1")] * rows)
            self.posted += rows

    @rule()
    def abort(self) -> None:
        if self.held is None:
            with suppress(ZeroDivisionError), self.connection.transaction():
                self.org.post([receipt("BOLT", "A", "1")] * 3)
                raise ZeroDivisionError

    @rule()
    def roll_back_to_a_savepoint(self) -> None:
        if self.held is None:
            with self.connection.transaction():
                with suppress(ZeroDivisionError), self.connection.transaction():
                    self.org.post([receipt("BOLT", "A", "1")] * 2)
                    raise ZeroDivisionError
                self.org.post([receipt("BOLT", "A", "1")])
            self.posted += 1

    @rule()
    def begin_long(self) -> None:
        if self.held is None:
            self.held = psycopg.connect(self.place.conninfo(APP))
            Org(self.held, self.org.org_id, "", self.org.actor_id, self.org.credential_id).post(
                [receipt("BOLT", "A", "1")]
            )

    @rule(ends=sampled_from(["commit", "rollback", "crash"]))
    def end_long(self, ends: str) -> None:
        if self.held is None:
            return
        if ends == "commit":
            self.held.commit()
            self.posted += 1
        elif ends == "crash":
            with self.place.connected(SUPERUSER) as admin:
                admin.execute("select pg_terminate_backend(%s)", [self.held.info.backend_pid])
        self.held.close()
        self.held = None

    @rule()
    def create_an_item(self) -> None:
        if self.held is None:
            self.org.item(f"NUT-{random.getrandbits(60)}")

    @rule()
    def integrate(self) -> None:
        with self.place.integrator() as integrator:
            integrator.advance(OrgId(self.org.org_id))

    @rule()
    def integrate_and_lose_the_note(self) -> None:
        """End between the signature and the commit that keeps it."""
        with self.place.integrator() as integrator:
            integrator.signer = _Dying(integrator.signer)  # type: ignore[assignment]
            with suppress(ConnectionAbortedError):
                integrator.advance(OrgId(self.org.org_id))

    @invariant()
    def every_committed_change_has_one_leaf(self) -> None:
        leaves = _leaves(self.place, self.org.org_id)
        assert [index for index, _ in leaves] == list(range(len(leaves)))
        assert self.posted == _count(self.place, self.org.org_id)

    @invariant()
    def every_checkpoint_is_a_prefix(self) -> None:
        _require_prefixes(self.place, self.org.org_id)

    def teardown(self) -> None:
        for connection in (self.held, self.connection):
            if connection is not None:
                connection.close()


@pytest.fixture
def place(module_conninfo: ConninfoOf, tmp_path: Path) -> Place:
    return Place(module_conninfo, tmp_path)


def test_whatever_happens_committed_changes_have_one_leaf_each(place: Place) -> None:
    run_state_machine_as_test(
        type("ThisLog", (Log,), {"place": place}),
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_two_integrators_in_a_storm_build_one_log(place: Place) -> None:
    with place.connected(APP) as connection:
        org = create_org(connection, items=["BOLT"], locations=["A"])
        end = threading.Event()
        threads = [
            *(threading.Thread(target=_write, args=(place, org, end)) for _ in range(3)),
            *(threading.Thread(target=_follow, args=(place, end)) for _ in range(2)),
            threading.Thread(target=_kill, args=(place, end)),
        ]
        for thread in threads:
            thread.start()
        for _ in range(MOST_STORMS):
            time.sleep(STORM_S)
            if _count(place, org.org_id) > 256 and _count(place, org.org_id, "audit.checkpoint") > 2:
                break
        end.set()
        for thread in threads:
            thread.join()
        org.receive("BOLT", "A", "1")  # that one signed while another one did was taken for no loss

    with place.integrator() as last:
        last.advance(OrgId(org.org_id))
        assert org.org_id not in _behind(last)

    leaves = _leaves(place, org.org_id)
    assert [index for index, _ in leaves] == list(range(len(leaves)))
    sizes = _require_prefixes(place, org.org_id)
    assert sizes[-1] == len(leaves) > 256
    assert len(sizes) > 2


def test_a_log_that_came_back_behind_is_not_signed(place: Place) -> None:
    with place.connected(APP) as connection:
        org = create_org(connection, items=["BOLT"], locations=["A"])
        org.receive("BOLT", "A", "1")
    origin = origins.of_org("log.example", OrgId(org.org_id), 0)
    place.signer.sign(origin, 1_000, b"\x07" * 32, lambda _: [])

    with place.integrator() as integrator, pytest.raises(ForkError, match="came back behind"):
        integrator.advance(OrgId(org.org_id))

    assert not _require_prefixes(place, org.org_id)


def test_a_gap_in_the_log_stops_its_tiles(conninfo: ConninfoOf, tmp_path: Path) -> None:
    place = Place(conninfo, tmp_path)
    with place.connected(APP) as connection, place.connected(SUPERUSER) as admin:
        org = create_org(connection, items=["BOLT"], locations=["A"])
        org.post([receipt("BOLT", "A", "1")] * 300)
        admin.execute("set event_triggers = off")
        admin.execute("alter table ledger.movement disable trigger user")
        admin.execute(
            "delete from ledger.movement where org_id = %s and log_index = ("
            " select max(log_index) - 290 from ledger.movement where org_id = %s)",
            [org.org_id, org.org_id],
        )

    with place.integrator() as integrator, pytest.raises(psycopg.Error, match=r"tile_node_hashes_check|gap"):
        integrator.advance(OrgId(org.org_id))

    assert not _require_prefixes(place, org.org_id)


class _Dying:
    """A signer whose process ends after the signature is durable."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.name = signer.name

    def sign(self, *asked: object) -> str:
        self._signer.sign(*asked)  # type: ignore[arg-type]
        raise ConnectionAbortedError


def _write(place: Place, org: Org, end: threading.Event) -> None:
    dice = random.Random(threading.get_ident())  # noqa: S311 - no secret
    with place.connected(APP) as connection:
        mine = Org(connection, org.org_id, org.code, org.actor_id, org.credential_id)
        while not end.is_set():
            with suppress(ZeroDivisionError), connection.transaction():
                mine.post([receipt("BOLT", "A", "1")] * dice.randint(1, 40))
                if dice.random() < 0.3:
                    raise ZeroDivisionError


def _follow(place: Place, end: threading.Event) -> None:
    while not end.is_set():
        with place.integrator() as integrator, suppress(Refusal, psycopg.Error):
            while not end.is_set():
                integrator.follow()


def _kill(place: Place, end: threading.Event) -> None:
    with place.connected(SUPERUSER) as admin:
        while not end.is_set():
            time.sleep(0.1)
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [INTEGRATOR]
            )


def _behind(integrator: Integrator) -> list[OrgId]:
    with integrator.database.installation() as tx:
        return logs.behind(tx)


def _leaves(place: Place, org_id: str) -> list[tuple[int, bytes]]:
    with place.connected(SUPERUSER) as admin:
        return admin.execute(  # type: ignore[return-value]
            "select log_index, leaf_hash from audit.leaf where org_id = %s order by log_index", [org_id]
        ).fetchall()


def _count(place: Place, org_id: str, table: str = "ledger.movement") -> int:
    with place.connected(SUPERUSER) as admin:
        found = admin.execute(f"select count(*) from {table} where org_id = %s".encode(), [org_id]).fetchone()  # noqa: S608
    assert found is not None
    return int(str(found[0]))


def _require_prefixes(place: Place, org_id: str) -> list[int]:
    """Hold every checkpoint that is stored to the leaves that are there; return their sizes."""
    leaves = [leaf for _, leaf in _leaves(place, org_id)]
    key = place.signer.verifier(origins.of_org("log.example", OrgId(org_id), 0))
    with place.connected(SUPERUSER) as admin:
        found = admin.execute(
            "select size, note from audit.checkpoint where org_id = %s order by size", [org_id]
        ).fetchall()
    for size, note in found:
        signed, _ = checkpoints.open_signed(notes.parse(str(note).encode()), [key])
        assert (signed.size, signed.root) == (size, merkle.root(leaves[: signed.size]))
    return [int(str(size)) for size, _ in found]
