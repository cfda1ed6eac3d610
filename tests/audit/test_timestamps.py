"""A time-stamp authority stamps the meta-log once an hour while it grows; what does not hold is not kept (V-22)."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from support.ledger_sql import APP, INTEGRATOR, ConninfoOf, create_org, receipt
from support.timestamp_authority import Authority, Fault, serving
from velaurum.audit import signers, timestamps
from velaurum.audit.timestamps import Timestamp
from velaurum.db.connection import Database
from velaurum.errors import UsageError
from velaurum.ops import stamping
from velaurum.ops.anchoring import Anchorer
from velaurum.ops.integrating import Integrator
from velaurum.ops.stamping import Stamper
from velaurum.outbound.fetching import FetchError
from velaurum.outbound.networks import Networks
from velaurum.proofs import timestamps as formats
from velaurum.proofs.wire import ProofError

LOOPBACK = Networks(allows_loopback=True)
AT_ONCE = timedelta(0)


class Place:
    """A database with one organisation, whose meta-log is signed."""

    def __init__(self, conninfo: ConninfoOf, data_dir: Path, stack: ExitStack) -> None:
        connection = stack.enter_context(psycopg.connect(conninfo(APP), autocommit=True))
        self.org = create_org(connection, items=["BOLT"], locations=["A"])
        self.door = stack.enter_context(closing(Database(conninfo(INTEGRATOR), max_connections=1)))
        self.signer = signers.load(data_dir, "log.example")
        self.folder = data_dir

    def grow(self) -> None:
        self.org.post([receipt("BOLT", "A", "1")])
        Integrator(self.door, self.signer).follow()
        Anchorer(self.door, self.signer, AT_ONCE).follow()

    def stamper(self, authority: Authority, trusted: Authority | None = None) -> Stamper:
        path = self.folder / "ca.pem"
        path.write_bytes((trusted or authority).pem)
        read = stamping.read(authority.url, path)
        assert read is not None
        return Stamper(read, self.door, LOOPBACK, AT_ONCE)

    def kept(self) -> list[Timestamp]:
        with self.door.installation() as tx:
            return timestamps.every(tx)


@pytest.fixture
def place(conninfo: ConninfoOf, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(conninfo, tmp_path, stack)


@pytest.fixture
def authority() -> Iterator[Authority]:
    with serving(Authority()) as one:
        yield one


def test_the_newest_checkpoint_is_stamped_and_the_reply_kept_verbatim(
    place: Place, authority: Authority
) -> None:
    place.grow()

    assert place.stamper(authority).follow()

    (kept,) = place.kept()
    with place.door.installation() as tx:
        assert timestamps.due(tx, AT_ONCE) is None
    said = place.signer.newest_meta()
    assert said is not None
    assert (kept.incarnation, kept.size, kept.authority) == (0, said.checkpoint.size, "127.0.0.1")
    at = formats.stamped_at(kept.reply, said.note.encode(), formats.roots(authority.pem))
    assert at == datetime.fromisoformat(kept.stamped_at)
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=1)


def test_what_did_not_grow_is_not_stamped_again(place: Place, authority: Authority) -> None:
    place.grow()
    stamper = place.stamper(authority)
    assert [stamper.follow(), stamper.follow()] == [True, False]
    assert authority.asked == 1

    place.grow()
    authority.offset = timedelta(seconds=2)
    assert stamper.follow()

    assert len(place.kept()) == 2


def test_stamps_are_an_hour_apart(place: Place, authority: Authority) -> None:
    stamper = place.stamper(authority)
    stamper.apart = stamping.APART
    place.grow()
    assert stamper.follow()
    place.grow()

    assert not stamper.follow()

    assert authority.asked == 1


def test_before_the_first_checkpoint_nobody_is_asked(place: Place, authority: Authority) -> None:
    assert not place.stamper(authority).follow()

    assert authority.asked == 0


@pytest.mark.parametrize("fault", ["other data", "other nonce", "rejects", "not for time stamps", "nonsense"])
def test_what_does_not_hold_is_not_kept(place: Place, fault: Fault) -> None:
    place.grow()
    with serving(Authority(fault)) as lying, pytest.raises(ProofError):
        place.stamper(lying).follow()

    assert place.kept() == []


def test_an_authority_that_is_not_trusted_is_not_kept(place: Place, authority: Authority) -> None:
    place.grow()

    with pytest.raises(ProofError):
        place.stamper(authority, trusted=Authority()).follow()

    assert place.kept() == []


def test_one_that_does_not_answer_is_waited_for_a_while(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamping, "DEADLINE_S", 0.5)
    place.grow()
    with serving(Authority("hangs")) as silent, pytest.raises(FetchError):
        place.stamper(silent).follow()

    assert place.kept() == []


@pytest.mark.parametrize(
    ("url", "pem"),
    [
        ("https://tsa.example/", None),
        (None, Authority().pem),
        ("http://tsa.example/", Authority().pem),
        ("https://u@tsa.example/", Authority().pem),
        ("https://tsa.example/", b"no certificate"),
    ],
)
def test_an_authority_that_cannot_be_meant_is_refused(
    tmp_path: Path, url: str | None, pem: bytes | None
) -> None:
    path = tmp_path / "ca.pem"
    if pem is not None:
        path.write_bytes(pem)

    with pytest.raises(UsageError, match="timestamp_"):
        stamping.read(url, path if pem is not None else None)


def test_without_one_nobody_is_asked() -> None:
    assert stamping.read(None, None) is None
