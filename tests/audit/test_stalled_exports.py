"""An export of a log that could not be signed while stamps were made: told, and held to what is certain (V-20, V-22).

The authority's clock runs ahead by hours, since ours cannot be set: what is recorded now is old to it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from support.keyrings import keyring_within
from support.ledger_sql import APP, INTEGRATOR, ConninfoOf, Org, create_org, receipt
from support.timestamp_authority import Authority, serving
from velaurum.audit import logs, signers
from velaurum.db.connection import Database
from velaurum.exchange import log_files
from velaurum.exports import verification
from velaurum.exports.verification import Verdict
from velaurum.ops import stamping
from velaurum.ops.anchoring import Anchorer
from velaurum.ops.integrating import Integrator
from velaurum.ops.stamping import Stamper
from velaurum.outbound.networks import Networks
from velaurum.proofs import policies, timestamps
from velaurum.tenancy.context import OrgId

AT_ONCE = timedelta(0)
STALL = timedelta(hours=2)


class Place:
    """A database with two organisations, whose logs are signed one by one, and an authority."""

    def __init__(
        self, conninfo: ConninfoOf, folder: Path, authority: Authority, connection: psycopg.Connection
    ) -> None:
        self.org, self.other = (create_org(connection, items=["BOLT"], locations=["A"]) for _ in range(2))
        self.door = Database(conninfo(INTEGRATOR), max_connections=1)
        self.reader = Database(conninfo(APP), max_connections=1)
        self.signer = signers.load(folder, "log.example")
        self.folder, self.authority = folder, authority
        (folder / "ca.pem").write_bytes(authority.pem)
        read = stamping.read(authority.url, folder / "ca.pem")
        assert read is not None
        self.stamper = Stamper(read, self.door, Networks(allows_loopback=True), AT_ONCE)

    def post(self, org: Org, *, is_signed: bool = True) -> None:
        org.post([receipt("BOLT", "A", "1")])
        if is_signed:
            self.sign(org)

    def sign(self, org: Org) -> None:
        Integrator(self.door, self.signer).advance(OrgId(org.org_id))
        Anchorer(self.door, self.signer, AT_ONCE).follow()

    def stamp(self, ahead: timedelta = AT_ONCE) -> None:
        self.authority.offset = ahead
        assert self.stamper.follow()

    def verified(self, *, accepts_late: bool = False) -> Verdict:
        out = self.folder / f"export-{accepts_late}"
        org_id = OrgId(self.org.org_id)
        with self.reader.installation() as outside:
            tx = outside.within(org_id)
            signed = logs.newest(tx, org_id)
            assert signed is not None
            log_files.write(tx, org_id, signed, self.signer, keyring_within(tx), out, lambda _size: None)
        policy = policies.parse((out / log_files.POLICY_PATH).read_bytes())
        trusted = timestamps.roots(self.authority.pem)
        return verification.verify(out, policy, trusted=trusted, accepts_late=accepts_late, workers=1)


@pytest.fixture
def place(conninfo: ConninfoOf, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        authority = stack.enter_context(serving(Authority()))
        connection = stack.enter_context(psycopg.connect(conninfo(APP), autocommit=True))
        made = Place(conninfo, tmp_path, authority, connection)
        stack.enter_context(closing(made.door))
        stack.enter_context(closing(made.reader))
        yield made


@pytest.fixture
def size(place: Place) -> int:
    """Let a log be stalled for two hours, in which a stamp was made, and be signed again; its size before that."""
    place.post(place.org)
    with place.door.installation() as outside:
        tx = outside.within(place.org.org_id)
        size = logs.head(tx, OrgId(place.org.org_id)).size
    place.stamp()
    place.post(place.org, is_signed=False)
    place.post(place.other)
    place.stamp(STALL)
    place.sign(place.org)
    place.stamp(STALL + timedelta(seconds=1))
    return size


def test_a_log_that_was_stalled_for_hours_is_accepted_by_whoever_knows_of_it(place: Place, size: int) -> None:
    verdict = place.verified(accepts_late=True)

    assert verdict.fault is None
    (late,) = verdict.late
    assert (late.index, late.before_index) == (size, size + 1)
    assert late.stamped.at - late.recorded_at > STALL - timedelta(minutes=1)


def test_a_log_that_was_stalled_for_hours_is_refused_by_whoever_does_not(place: Place, size: int) -> None:
    verdict = place.verified()

    assert verdict.fault is not None
    assert (verdict.fault.code, verdict.fault.index) == ("signed-late", size)


def test_an_entry_that_is_dated_back_behind_the_stall_is_refused(place: Place, size: int) -> None:
    """Attack: after the stall an entry says to be from before the stamp that was made in it."""
    place.post(place.org)
    place.stamp(STALL + timedelta(seconds=2))

    verdict = place.verified()

    assert verdict.fault is not None
    assert (verdict.fault.code, verdict.fault.index) == ("instant-before-timestamp", size + 1)
