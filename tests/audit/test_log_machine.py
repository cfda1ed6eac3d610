"""One log and all that can happen to it: what is committed has one leaf; no checkpoint is taken back (V-22)."""

import random
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import integers, sampled_from

from support.followed_logs import INTEGRATOR, Place, count, leaves, require_prefixes
from support.ledger_sql import APP, SUPERUSER, create_org, receipt
from velaurum.audit.signers import Signer
from velaurum.db import embedded, operator
from velaurum.db.connection import Database
from velaurum.ops import reopening
from velaurum.tenancy.context import OrgId

Clone = Callable[[], AbstractContextManager[str]]
CloneOf = Callable[[str], AbstractContextManager[str]]
HELD = "VL025"
free = precondition(lambda machine: machine.held is None)


class Log(RuleBasedStateMachine):
    """One organisation's log, with the writers, integrators and restores that meet it."""

    cluster: ClassVar[embedded.Cluster]
    clone: ClassVar[Clone]
    clone_of: ClassVar[CloneOf]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="velaurum-machine-", dir="/tmp"))
        self.stack.callback(shutil.rmtree, folder)
        self.place = Place(self._conninfo, folder)
        self.held: psycopg.Connection[tuple[object, ...]] | None = None
        self.kept: tuple[str, int] | None = None
        self.signed: dict[tuple[int, int], bytes] = {}
        self.name = self.stack.enter_context(type(self).clone())
        self.connection = psycopg.connect(self._conninfo(APP), autocommit=True)

    def _conninfo(self, role: str) -> str:
        return self.cluster.conninfo(user=role, dbname=self.name)

    def _connect_again(self) -> None:
        self.connection = psycopg.connect(self._conninfo(APP), autocommit=True)
        self.org = replace(self.org, connection=self.connection)

    @initialize()
    def born(self) -> None:
        self.org = create_org(self.connection, items=["BOLT"], locations=["A"])
        self.posted = 0

    @free
    @rule(rows=integers(1, 300))
    def post(self, rows: int) -> None:
        self.org.post([receipt("BOLT", "A", "1")] * rows)
        self.posted += rows

    @free
    @rule()
    def abort(self) -> None:
        with suppress(ZeroDivisionError), self.connection.transaction():
            self.org.post([receipt("BOLT", "A", "1")] * 3)
            raise ZeroDivisionError

    @free
    @rule()
    def roll_back_to_a_savepoint(self) -> None:
        with self.connection.transaction():
            with suppress(ZeroDivisionError), self.connection.transaction():
                self.org.post([receipt("BOLT", "A", "1")] * 2)
                raise ZeroDivisionError
            self.org.post([receipt("BOLT", "A", "1")])
        self.posted += 1

    @free
    @rule()
    def begin_long(self) -> None:
        self.held = psycopg.connect(self._conninfo(APP))
        replace(self.org, connection=self.held).post([receipt("BOLT", "A", "1")])

    @precondition(lambda machine: machine.held is not None)
    @rule(ends=sampled_from(["commit", "rollback", "crash"]))
    def end_long(self, ends: str) -> None:
        assert self.held is not None
        if ends == "commit":
            self.held.commit()
            self.posted += 1
        elif ends == "crash":
            with self.place.connected(SUPERUSER) as admin:
                admin.execute("select pg_terminate_backend(%s)", [self.held.info.backend_pid])
        self.held.close()
        self.held = None

    @free
    @rule()
    def create_an_item(self) -> None:
        self.org.item(f"NUT-{random.getrandbits(60)}")

    @rule()
    def integrate(self) -> None:
        with self.place.integrator() as integrator:
            integrator.advance(OrgId(self.org.org_id))

    @rule()
    def lead_twice(self) -> None:
        """Follow with two integrators at once, as after a failover that was none; neither takes it for a loss."""
        with self.place.integrator() as one, self.place.integrator() as other, ThreadPoolExecutor(2) as both:
            for following in [both.submit(one.follow), both.submit(other.follow)]:
                following.result()

    @rule()
    def integrate_and_lose_the_note(self) -> None:
        """End between the signature and the commit that keeps it."""
        with self.place.integrator() as integrator:
            integrator.signer = _Dying(integrator.signer)  # type: ignore[assignment]
            with suppress(ConnectionAbortedError):
                integrator.advance(OrgId(self.org.org_id))

    @free
    @rule()
    def back_up(self) -> None:
        self.connection.close()
        self.kept = self.stack.enter_context(type(self).clone_of(self.name)), self.posted
        self._connect_again()

    @precondition(lambda machine: machine.held is None and machine.kept is not None)
    @rule()
    def restore(self) -> None:
        """Put the backup in the place of the database; what it lacks is said in the log, when the operator looked."""
        assert self.kept is not None
        self.connection.close()
        self.name = self.stack.enter_context(type(self).clone_of(self.kept[0]))
        self.posted = self.kept[1]
        self._connect_again()
        with closing(Database(self._conninfo(INTEGRATOR), max_connections=1)) as integrator:
            lost = reopening.hold_what_was_lost(integrator, self.place.signer)
        if lost:
            with pytest.raises(psycopg.Error) as refused:
                self.org.post([receipt("BOLT", "A", "1")])
            assert refused.value.sqlstate == HELD
            self._take_up()

    def _take_up(self) -> None:
        org_id, signer = OrgId(self.org.org_id), self.place.signer
        with (
            closing(Database(self._conninfo(APP), max_connections=1)) as door,
            door.installation() as outside,
        ):
            loss = reopening.loss(outside.within(org_id), signer, org_id)
        with closing(operator.door(self._conninfo(SUPERUSER))) as opener:
            reopening.reopen(opener, signer, org_id, loss, "restored")

    @invariant()
    def every_committed_change_has_one_leaf(self) -> None:
        found = leaves(self.place, self.org.org_id)
        assert [index for index, _ in found] == list(range(len(found)))
        assert self.posted == count(self.place, self.org.org_id)

    @invariant()
    def every_checkpoint_is_a_prefix_and_none_is_taken_back(self) -> None:
        for one in require_prefixes(self.place, self.org.org_id):
            assert self.signed.setdefault((one.incarnation, one.size), one.root) == one.root

    def teardown(self) -> None:
        for connection in (self.held, self.connection):
            if connection is not None:
                connection.close()
        self.stack.close()


def test_whatever_happens_committed_changes_have_one_leaf_each(
    cluster: embedded.Cluster, clone: Clone, clone_of: CloneOf
) -> None:
    kind = type(
        "ThisLog",
        (Log,),
        {"cluster": cluster, "clone": staticmethod(clone), "clone_of": staticmethod(clone_of)},
    )
    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class _Dying:
    """A signer whose process ends after the signature is durable."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.name = signer.name

    def sign(self, *asked: object) -> str:
        self._signer.sign(*asked)  # type: ignore[arg-type]
        raise ConnectionAbortedError
