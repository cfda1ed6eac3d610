"""The meta-log: it commits to every log's checkpoints, tells nothing of them, and is signed as they are (V-22)."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from support.ledger_sql import APP, INTEGRATOR, SUPERUSER, ConninfoOf, Org, create_org, receipt
from velaurum.audit import anchors, metalog, signers
from velaurum.audit.anchors import Anchor
from velaurum.audit.incarnations import Loss
from velaurum.audit.signers import Signer
from velaurum.db import operator
from velaurum.db.connection import Database
from velaurum.errors import OperationError, Refusal
from velaurum.ops import anchoring
from velaurum.ops.anchoring import Anchorer
from velaurum.ops.integrating import Integrator
from velaurum.proofs import checkpoints, merkle, notes
from velaurum.proofs import metalog as formats
from velaurum.tenancy.context import OrgId

AT_ONCE = timedelta(0)
TABLES = ("audit.anchor", "platform.meta_leaf", "platform.meta_checkpoint")


@dataclass(slots=True)
class Place:
    """A database with two organisations, and a signer beside it."""

    conninfo: ConninfoOf
    data_dir: Path
    orgs: list[Org]
    door: Database
    app: Database

    @property
    def signer(self) -> Signer:
        return signers.load(self.data_dir, "log.example")

    @property
    def anchorer(self) -> Anchorer:
        return Anchorer(self.door, self.signer, AT_ONCE)

    def post(self, *which: int) -> None:
        """Post in some organisations, and have their logs signed."""
        for n in which:
            self.orgs[n].post([receipt("BOLT", "A", "1")])
            Integrator(self.door, self.signer).advance(OrgId(self.orgs[n].org_id))

    def anchor_of(self, n: int, meta_size: int = 1_000_000) -> Anchor:
        org_id = OrgId(self.orgs[n].org_id)
        with self.app.installation() as outside:
            found = anchors.newest(outside.within(org_id), org_id, meta_size)
        assert found is not None
        return found

    def entries(self) -> list[bytes]:
        with self.app.installation() as tx:
            return metalog.entries(tx, 0, metalog.size(tx))

    def take_up(self, lost: Loss, reason: str) -> None:
        with closing(operator.door(self.conninfo(SUPERUSER))) as opener:
            anchoring.reopen(self.app, opener, self.signer, lost, reason)

    def by_force(self, *statements: str) -> None:
        with psycopg.connect(self.conninfo(SUPERUSER), autocommit=True) as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute("set event_triggers = off")
            for statement in statements:
                connection.execute(statement.encode())


@pytest.fixture
def place(conninfo: ConninfoOf, tmp_path: Path) -> Iterator[Place]:
    with (
        psycopg.connect(conninfo(APP), autocommit=True) as connection,
        closing(Database(conninfo(INTEGRATOR), max_connections=2)) as door,
        closing(Database(conninfo(APP), max_connections=2)) as app,
    ):
        orgs = [create_org(connection, items=["BOLT"], locations=["A"]) for _ in range(2)]
        yield Place(conninfo, tmp_path, orgs, door, app)


def test_a_leaf_commits_to_the_newest_checkpoint_of_each_log(place: Place) -> None:
    place.post(0, 1)

    assert place.anchorer.follow() == 2

    found = [place.anchor_of(n) for n in (0, 1)]
    assert {one.leaf_index for one in found} == {0, 1}
    assert len({one.salt for one in found}) == 2
    for one in found:
        text = notes.parse(one.note.encode()).text
        assert place.entries()[one.leaf_index] == formats.entry(one.salt, text)


def test_a_leaf_tells_nothing_of_whose_it_is(place: Place) -> None:
    place.post(0)
    place.anchorer.follow()

    (entry,) = place.entries()

    said = place.anchor_of(0)
    assert len(entry) == 49
    for known in (place.orgs[0].org_id.encode(), said.note.encode()[:40], said.salt):
        assert known not in entry


def test_what_is_idle_gets_no_leaf(place: Place) -> None:
    place.post(0)
    assert place.anchorer.follow() == 1

    assert place.anchorer.follow() == 0

    place.post(0)
    assert place.anchorer.follow() == 1
    assert len(place.entries()) == 2


def test_leaves_of_one_log_are_a_minute_apart(place: Place) -> None:
    place.post(0)
    place.anchorer.follow()
    place.post(0)
    place.post(1)

    assert Anchorer(place.door, place.signer).follow() == 1

    assert place.anchor_of(1).leaf_index == 1
    assert place.anchor_of(0).leaf_index == 0


def test_the_signed_root_is_that_of_the_leaves(place: Place) -> None:
    for _ in range(3):
        place.post(0, 1)
        place.anchorer.follow()

    with place.app.installation() as tx:
        published = metalog.newest(tx)
    assert published is not None
    key = place.signer.verifier("log.example/meta/0")
    said, _ = checkpoints.open_signed(published.note.encode(), [key])
    assert said.origin == "log.example/meta/0"
    assert (said.size, said.root) == (6, merkle.root([merkle.leaf_hash(one) for one in place.entries()]))


def test_full_tiles_are_made_of_the_leaves_on_every_level(place: Place) -> None:
    count = 65_536 + 300
    place.by_force(
        "insert into platform.meta_leaf (leaf_index, entry, leaf_hash)"
        " select n, int8send(n), sha256('\\x00'::bytea || int8send(n))"
        " from generate_series(0, 65536 + 299) as n"
    )

    with place.door.installation() as tx:
        assert metalog.integrate(tx) == count
        assert metalog.root(tx, count) == merkle.root(
            [merkle.leaf_hash(n.to_bytes(8, "big")) for n in range(count)]
        )
        assert metalog.integrate(tx) == count
    with psycopg.connect(place.conninfo(SUPERUSER)) as connection:
        levels = connection.execute(
            "select level, count(*) from platform.meta_tile group by level order by level"
        )
        assert levels.fetchall() == [(0, 257), (1, 1)]


def test_two_at_once_leave_no_gap_and_anchor_nothing_twice(place: Place) -> None:
    for _ in range(4):
        place.post(0, 1)
        threads = [threading.Thread(target=place.anchorer.follow) for _ in range(2)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        place.anchorer.follow()

    with place.app.installation() as tx:
        published = metalog.newest(tx)
    assert len(place.entries()) == 8
    assert published is not None
    assert published.size == 8


def test_a_held_log_gets_no_leaf(place: Place) -> None:
    place.post(1)
    place.post(0, 0)
    place.by_force(
        "update tenancy.org set held_since = clock_timestamp(), held_reason = 'test'"
        " where org_id = (select org_id from ledger.head order by size desc, org_id limit 1)"
    )

    assert place.anchorer.follow() == 1

    assert place.anchor_of(1).leaf_index == 0


def _lose_the_tail(place: Place) -> None:
    """Leave the database as it was before the newest of three leaves."""
    for _ in range(3):
        place.post(0)
        place.anchorer.follow()
    place.by_force(
        *(f"alter table {table} disable trigger user" for table in TABLES),
        "delete from audit.anchor where leaf_index >= 2",
        "delete from platform.meta_leaf where leaf_index >= 2",
        "delete from platform.meta_checkpoint where size > 2",
    )
    place.post(1)


def test_a_meta_log_that_lost_its_tail_takes_no_leaf_until_it_is_taken_up_again(place: Place) -> None:
    _lose_the_tail(place)
    assert place.anchorer.follow() == 0
    with place.app.installation() as tx:
        lost = anchoring.loss(tx, place.signer)
    assert (lost.number, lost.size, lost.common_size, lost.lost_size) == (1, 2, 2, 3)

    place.take_up(lost, "restored")

    assert place.anchorer.follow() == 2
    with place.app.installation() as tx:
        published = metalog.newest(tx)
    assert published is not None
    assert published.incarnation == 1
    key = place.signer.verifier("log.example/meta/1")
    assert checkpoints.open_signed(published.note.encode(), [key])[0].size == 4


def test_one_that_has_other_leaves_takes_none(place: Place) -> None:
    _lose_the_tail(place)
    place.by_force(
        "insert into platform.meta_leaf (leaf_index, entry, leaf_hash)"
        " select 2, '\\x07'::bytea, sha256('\\x0007'::bytea)"
    )

    assert place.anchorer.follow() == 0

    assert "are not the 3 that were signed" in str(anchoring.difference(place.door, place.signer))


def test_an_incarnation_that_was_not_opened_here_is_not_signed(place: Place) -> None:
    place.post(0)
    place.anchorer.follow()
    place.by_force(
        "insert into platform.meta_incarnation (number, size, common_size, lost_size, lost_root, reason)"
        " values (1, 1, 1, 1, repeat('A', 43) || '=', 'by force')"
    )
    place.post(0)

    assert place.anchorer.follow() == 0

    assert place.signer.newest_meta() is not None
    assert "was opened by nobody here" in str(anchoring.difference(place.door, place.signer))


def test_one_that_takes_leaves_is_not_taken_up_again(place: Place) -> None:
    with place.app.installation() as tx, pytest.raises(OperationError, match="Nothing was ever signed"):
        anchoring.loss(tx, place.signer)
    place.post(0)
    place.anchorer.follow()
    with place.app.installation() as tx:
        lost = anchoring.loss(tx, place.signer)

    with pytest.raises(Refusal) as refused:
        place.take_up(lost, "why not")

    assert refused.value.code == "conflict"
