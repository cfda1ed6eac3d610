"""A provider that is slow is waited for with nothing held: whoever else writes, or erases, goes on (V-08, V-09)."""

import time
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

import psycopg
import pytest

from keys.conftest import Bench
from support import factors
from support.factors import Person
from support.keyrings import KeptInMemory
from support.ledger_sql import SUPERUSER, Connect
from velaurum.db.connection import Database, Tx
from velaurum.errors import Refusal
from velaurum.identity import factor_secrets, seals, second_factors, sign_in_failures
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.keys import data_keys
from velaurum.keys.data_key_rotation import DataKeyRotation
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.providers import WrappingKey
from velaurum.keys.sealed_columns import Row, SealedColumn
from velaurum.keys.wrapping_key_rotation import WrappingKeyRotation
from velaurum.tenancy.context import OrgId

HELD = (
    "select count(*) from pg_stat_activity as a"
    " where a.datname = current_database() and a.xact_start is not null and a.pid <> pg_backend_pid()"
)


class Looked(KeptInMemory):
    """A provider at which somebody looks, while it is asked, at what everybody else has to wait for."""

    kind: ClassVar[str] = "looked-at"

    def __init__(self) -> None:
        super().__init__()
        self.look: Callable[[], object] | None = None
        self.seen: list[object] = []

    def wrap(self, key: WrappingKey, secret: bytes, bound: bytes) -> bytes:
        self._is_asked()
        return super().wrap(key, secret, bound)

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        self._is_asked()
        return super().unwrap(key, wrapped, bound)

    def _is_asked(self) -> None:
        if self.look is not None:
            self.seen.append(self.look())


@pytest.fixture
def provider() -> Looked:
    return Looked()


@pytest.fixture
def keyring(bench: Bench, provider: Looked) -> Callable[[], Keyring]:
    """Return what opens a keyring as another process would: every key is closed."""
    return lambda: bench.keyring(providers=[provider], default=provider.kind)


@pytest.fixture
def admin(module_as_role: Connect) -> psycopg.Connection[Any]:
    return module_as_role(SUPERUSER)


@pytest.fixture
def look(admin: psycopg.Connection[Any], org_id: OrgId) -> Callable[[], object]:
    """Return what counts transactions that are open, and takes every key of the organisation as an erasure does."""

    def look() -> object:
        try:
            with admin.transaction():
                admin.execute("select from keys.data_key where org_id = %s for update nowait", [org_id])
        except psycopg.errors.LockNotAvailable:
            return "held"
        (opened,) = admin.execute(HELD).fetchone() or (-1,)
        return opened

    return look


def _column(rows: list[Row]) -> SealedColumn:
    def under(_tx: object, _org: OrgId, key_ids: list[str], after: str, limit: int) -> list[Row]:
        stale = [one for one in rows if str(uuid.UUID(bytes=one.sealed[4:20])) in key_ids]
        return sorted((one for one in stale if one.row_id > after), key=lambda one: one.row_id)[:limit]

    def replace(_tx: Tx, _org: OrgId, row: Row, sealed: bytes) -> bool:
        rows[rows.index(row)] = Row(row.row_id, row.subject_id, sealed)
        return True

    return SealedColumn("identity.second_factor", "sealed", under, replace)


@pytest.fixture
def rows(bench: Bench, keyring: Callable[[], Keyring], org_id: OrgId) -> list[Row]:
    """Return rows of people, each under a key of their own."""
    writer, made = keyring(), []
    for _ in range(5):
        row_id, whose = str(uuid.uuid4()), str(uuid.uuid4())
        place = Place(org_id, "identity.second_factor", "sealed", row_id)
        made.append(Row(row_id, whose, bench.seal(writer, place, b"secret", whose)))
    return made


def test_keys_are_followed_and_rows_sealed_anew_with_nothing_held_while_a_provider_is_asked(
    bench: Bench,
    keyring: Callable[[], Keyring],
    provider: Looked,
    org_id: OrgId,
    rows: list[Row],
    look: Callable[[], object],
) -> None:
    before = [row.sealed for row in rows]
    _replaced(bench, keyring(), org_id)
    provider.look = look

    done = DataKeyRotation(bench.door, keyring(), [_column(rows)], rest_s=0).run(org_id)

    assert (done.rows, done.unreadable) == (len(rows), [])
    assert all(row.sealed != was for row, was in zip(rows, before, strict=True))
    assert len(provider.seen) >= 2 * len(rows)
    assert set(provider.seen) == {0}


def _replaced(bench: Bench, keyring: Keyring, org_id: OrgId) -> None:
    """Let each key be followed by another one, as a rotation does that is stopped then."""
    with bench.within(org_id) as tx:
        subjects = [one.subject_id for one in data_keys.shared(tx, org_id)]
        held = data_keys.hold(tx, org_id, subjects)
    for key in held:
        keyring.mint(org_id, key.subject_id, key)


def test_a_key_that_follows_a_split_one_is_made_with_nothing_held(
    bench: Bench,
    keyring: Callable[[], Keyring],
    provider: Looked,
    org_id: OrgId,
    rows: list[Row],
    look: Callable[[], object],
) -> None:
    with bench.within(org_id) as tx:
        (key,) = data_keys.hold(tx, org_id, [rows[0].subject_id])
    provider.look = look

    assert keyring().mint(org_id, rows[0].subject_id, key)

    assert provider.seen == [0, 0]  # opened with the share of before, and wrapped


def test_keys_are_wrapped_anew_with_nothing_held(
    bench: Bench,
    keyring: Callable[[], Keyring],
    provider: Looked,
    org_id: OrgId,
    rows: list[Row],
    look: Callable[[], object],
) -> None:
    provider.look = look

    done = WrappingKeyRotation(bench.door, keyring(), rest_s=0).run(org_id)

    assert done.data_keys == len(rows)
    assert set(provider.seen) == {0}


@pytest.fixture
def person(bench: Bench, keyring: Callable[[], Keyring], org_id: OrgId) -> Person:
    return factors.enrolled(bench.door, org_id, FactorSecrets(keyring(), seals.load(bench.data_dir)))


def test_the_code_of_a_second_factor_is_looked_at_with_nobody_asked(
    bench: Bench, keyring: Callable[[], Keyring], provider: Looked, org_id: OrgId, person: Person
) -> None:
    secrets = FactorSecrets(keyring(), seals.load(bench.data_dir))
    provider.look = lambda: "asked"

    with pytest.raises(Refusal) as closed:
        _require(bench.door, org_id, person, secrets)
    asked = list(provider.seen)
    factor_secrets.open_keys(bench.door, org_id, secrets.keyring)

    assert (closed.value.code, asked) == ("key-unavailable", [])
    assert provider.seen == ["asked"]
    assert _require(bench.door, org_id, person, secrets) is None
    assert provider.seen == ["asked"]


def test_what_the_key_of_a_second_factor_is_opened_for_holds_nothing(
    bench: Bench,
    keyring: Callable[[], Keyring],
    provider: Looked,
    org_id: OrgId,
    person: Person,
    look: Callable[[], object],
) -> None:
    secrets = FactorSecrets(keyring(), seals.load(bench.data_dir))
    provider.look = look

    secrets.ready(bench.door, org_id)

    assert provider.seen == [0]
    with bench.door.installation() as outside:
        assert second_factors.enrol(outside, person.org, secrets.at_hand, "another").startswith("otpauth:")
    assert provider.seen == [0]


def _require(door: Database, org_id: OrgId, person: Person, secrets: FactorSecrets) -> Refusal | None:
    with door.installation() as outside:
        tx = outside.within(org_id)
        sign_in_failures.attempt(tx, org_id, {"login": uuid.uuid4().bytes * 2})
        return second_factors.require(
            tx,
            org_id,
            person.org.actor_id,
            person.app.at(int(time.time()), counter_offset=1),
            secrets.at_hand,
        )
