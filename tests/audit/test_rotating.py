"""The keys of the logs are rotated: each log says so, and wherever that stops it is sound and goes on (V-22)."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.ledger_sql import APP, INTEGRATOR, SUPERUSER, ConninfoOf, Org, create_org
from velaurum.audit import signers
from velaurum.audit.keyrings import LogKey, State
from velaurum.audit.signers import Signer
from velaurum.db.connection import Database
from velaurum.errors import OperationError, Refusal
from velaurum.ops.integrating import Integrator
from velaurum.ops.rotating import KEYS_MAX, Rotation
from velaurum.proofs import checkpoints, notes
from velaurum.proofs.wire import ProofError, to_base64
from velaurum.tenancy.context import OrgId

NAME = "log.example"
A_MONTH = timedelta(days=30)
STEPS = range(8)


@dataclass(frozen=True, slots=True)
class Place:
    """A database with two organisations, whose logs one signer signs; `stop` ends a rotation where it is called."""

    conninfo: ConninfoOf
    data_dir: Path
    orgs: list[Org] = field(default_factory=list)

    @property
    def signer(self) -> Signer:
        return signers.load(self.data_dir, NAME)

    def rotate(self, kind: str = "ed25519", *, signer: Any = None, overlap: timedelta = A_MONTH) -> LogKey:
        return self._run(signer, lambda rotation: rotation.add(kind, overlap))

    def retire(self, key: LogKey, *, signer: Any = None, before_time: bool = True) -> LogKey:
        return self._run(signer, lambda rotation: rotation.retire(key.id, before_time=before_time))

    def post_and_sign(self, org: Org) -> None:
        org.receive("BOLT", "A", "1")
        with closing(Database(self.conninfo(INTEGRATOR), max_connections=1)) as door:
            Integrator(door, self.signer).advance(OrgId(org.org_id))

    def checkpoints(self, org: Org) -> list[tuple[int, str]]:
        return self._rows(
            "select size, note from audit.checkpoint where org_id = %s order by incarnation, size", org
        )

    def said(self, org: Org) -> list[tuple[int, str, str]]:
        """Return what the log says of its keys: where, what, and of which."""
        found = self._rows(
            "select log_index, convert_from(entry, 'UTF8') from audit.version"
            " where org_id = %s and subject = 'log-key' order by log_index",
            org,
        )
        rows = [(index, json.loads(entry)) for index, entry in found]
        assert {entry["type"] for _, entry in rows} <= {"change.log-key"}
        return [(index, entry["row"]["state"], entry["row"]["public_key"]) for index, entry in rows]

    def signed_by(self, org: Org, size: int) -> list[str]:
        """Return the keys that signed the first checkpoint which covers so many entries."""
        note = next(note for covered, note in self.checkpoints(org) if covered >= size)
        keys = {one.verifier_of(_origin(org)): one.public_key for one in self.signer.keyring.keys}
        return [keys[key] for key, _ in notes.verify(notes.parse(note.encode()), keys)]

    def _run(self, signer: Any, do: Callable[[Rotation], LogKey]) -> LogKey:
        with closing(Database(self.conninfo(INTEGRATOR), max_connections=1)) as door:
            return do(Rotation(door, signer or self.signer, "by the book"))

    def _rows(self, query: str, org: Org) -> list[Any]:
        with psycopg.connect(self.conninfo(SUPERUSER), autocommit=True) as admin:
            return admin.execute(query, [org.org_id]).fetchall()  # type: ignore[arg-type]


@pytest.fixture
def place(conninfo: ConninfoOf, tmp_path: Path) -> Iterator[Place]:
    with psycopg.connect(conninfo(APP), autocommit=True) as connection:
        place = Place(conninfo, tmp_path)
        for _ in range(2):
            place.orgs.append(create_org(connection, items=["BOLT"], locations=["A"]))
            place.post_and_sign(place.orgs[-1])
        yield place


def test_each_log_says_that_a_key_comes_signs_and_ends_under_the_keys_that_sign_then(place: Place) -> None:
    (old,) = place.signer.keyring.keys

    new = place.rotate()
    for org in place.orgs:
        place.post_and_sign(org)
    retired = place.retire(old)
    for org in place.orgs:
        place.post_and_sign(org)

    assert (new.state, retired.state, retired.private) == (State.SIGNING, State.RETIRED, None)
    for org in place.orgs:
        (announced, signs, ends) = place.said(org)
        assert announced[1:] == ("announced", new.public_key)
        assert signs[1:] == ("signing", new.public_key)
        assert ends[1:] == ("retired", old.public_key)
        assert place.signed_by(org, announced[0] + 1) == [old.public_key]
        assert place.signed_by(org, signs[0] + 1) == [old.public_key, new.public_key]
        assert place.signed_by(org, ends[0]) == [old.public_key, new.public_key]
        assert place.signed_by(org, ends[0] + 1) == [old.public_key, new.public_key]
        assert place.signed_by(org, ends[0] + 2) == [new.public_key]


def test_a_key_of_ml_dsa_is_a_second_line(place: Place) -> None:
    new = place.rotate("ml-dsa-44")

    for org in place.orgs:
        size, note = place.checkpoints(org)[-1]
        said, _ = checkpoints.open_signed(note.encode(), [new.verifier_of(_origin(org))])
        assert said.size == size
        assert len(notes.parse(note.encode()).signatures) == 2


def test_a_retired_key_is_on_disk_no_more(place: Place) -> None:
    (old,) = place.signer.keyring.keys
    assert old.private is not None
    secret = to_base64(b"\x01" + old.private.private_bytes_raw()).encode()

    place.rotate()
    place.retire(old)

    assert not any(secret in path.read_bytes() for path in place.data_dir.rglob("*") if path.is_file())


def test_keys_overlap_for_as_long_as_was_said(place: Place) -> None:
    (old,) = place.signer.keyring.keys
    new = place.rotate()
    assert new.overlap_until is not None
    assert timedelta(days=29) < datetime.fromisoformat(new.overlap_until) - datetime.now(UTC) < A_MONTH

    with pytest.raises(Refusal, match="overlap until"):
        place.retire(old, before_time=False)
    assert [one.state for one in place.signer.keyring.keys] == [State.SIGNING] * 2
    assert (
        place.retire(new, before_time=False).state == State.RETIRED
    )  # the one from before need not wait for itself
    place.rotate(overlap=timedelta(0))
    assert place.retire(old, before_time=False).state == State.RETIRED


def test_the_last_key_and_an_unknown_one_stay(place: Place) -> None:
    (old,) = place.signer.keyring.keys
    place.rotate("ml-dsa-44")

    with pytest.raises(Refusal, match="No other key of Ed25519"):
        place.retire(old)
    with pytest.raises(Refusal, match="no key 00000000"):
        place._run(None, lambda rotation: rotation.retire("00000000"))
    place.rotate()
    place.retire(old)
    with pytest.raises(Refusal, match="retired already"):
        place.retire(old)
    for _ in range(KEYS_MAX - len(place.signer.keyring.signing)):
        place.rotate()
    with pytest.raises(OperationError, match="retire one of them first"):
        place.rotate()


def test_no_key_is_changed_while_a_log_is_held(place: Place) -> None:
    org = place.orgs[1]
    with psycopg.connect(place.conninfo(INTEGRATOR), autocommit=True) as connection:
        connection.execute("select set_config('velaurum.org', %s, false)", [org.org_id])
        connection.execute("select audit.hold(%s, 'scene')", [org.org_id])

    with pytest.raises(OperationError, match=org.org_id):
        place.rotate()

    assert len(place.signer.keyring.keys) == 1
    assert place.said(place.orgs[0]) == []


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_wherever_a_rotation_ends_every_log_is_signed_and_it_goes_on(
    place: Place, step: int, when: str
) -> None:
    """Each step that lasts is one of the signer's: a note that is kept, or keys that are replaced."""
    (old,) = place.signer.keyring.keys

    with suppress(ConnectionAbortedError):
        place.rotate(signer=_Dying(place.signer, step, when))
    _require_sound(place)
    new = place.rotate() if len(place.signer.keyring.signing) == 1 else place.signer.keyring.keys[1]
    if new.state != State.SIGNING:
        new = place.rotate()
    with suppress(ConnectionAbortedError):
        place.retire(old, signer=_Dying(place.signer, step, when))
    _require_sound(place)
    if place.signer.keyring.keys[0].state != State.RETIRED:
        place.retire(old)
    _require_sound(place)

    assert [one.state for one in place.signer.keyring.keys] == [State.RETIRED, State.SIGNING]
    assert place.signer.keyring.keys[1].verifier == new.verifier
    for org in place.orgs:
        assert [one[1:] for one in place.said(org)] == [
            ("announced", new.public_key),
            ("signing", new.public_key),
            ("retired", old.public_key),
        ]
        assert place.signed_by(org, place.said(org)[0][0] + 1) == [old.public_key]


def test_a_key_that_was_announced_can_be_given_up(place: Place) -> None:
    with suppress(ConnectionAbortedError):
        place.rotate(signer=_Dying(place.signer, 2, "after"))
    (announced,) = place.signer.keyring.in_state(State.ANNOUNCED)

    place.retire(announced)

    assert [one.state for one in place.signer.keyring.keys] == [State.SIGNING, State.RETIRED]
    _require_sound(place)


class _Dying:
    """A signer whose process ends before or after a step of its own."""

    def __init__(self, signer: Signer, step: int, when: str) -> None:
        self._signer, self._left, self._when = signer, step, when

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._signer, name)
        if name not in ("keep", "sign"):
            return found

        def do(*asked: Any) -> Any:
            self._left -= 1
            if self._left < 0 and self._when == "before":
                raise ConnectionAbortedError
            done = found(*asked)
            if self._left < 0:
                raise ConnectionAbortedError
            return done

        return do


def _require_sound(place: Place) -> None:
    """Hold each log to being signed on, by keys that it knows, with one root for each size."""
    for org in place.orgs:
        place.post_and_sign(org)
        keys = place.signer.verifiers(_origin(org))
        for size, note in place.checkpoints(org):
            assert checkpoints.open_signed(note.encode(), keys)[0].size == size
        said = place.said(org)
        newest = place.checkpoints(org)[-1][1]
        for number, key in enumerate(place.signer.keyring.keys):
            signs_alone = key.verifier_of(_origin(org))
            if key.signs:
                checkpoints.open_signed(newest.encode(), [signs_alone])
                # Whatever signs beside the first key was announced in this log under it.
                assert number == 0 or ("announced", key.public_key) in [one[1:] for one in said]
            else:
                with pytest.raises(ProofError):
                    checkpoints.open_signed(newest.encode(), [signs_alone])


def _origin(org: Org) -> str:
    return f"{NAME}/org/{org.org_id}/0"
