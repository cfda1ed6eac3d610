"""Keys are rotated under load, by a process that is killed and begun again: nothing fails, nothing is lost (V-09)."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from keys.conftest import Bench
from support.factors import Person, enrolled, load, read, write
from support.keyrings import KeptInMemory
from support.ledger_sql import SUPERUSER, Connect
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.identity import seals
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.keys import data_keys, envelopes
from velaurum.keys.data_key_rotation import DataKeyRotation
from velaurum.keys.envelopes import Place
from velaurum.keys.keyring import Keyring
from velaurum.keys.local_keystore import LocalKeystore
from velaurum.keys.providers import WrappingKey
from velaurum.keys.wrapping_key_rotation import WrappingKeyRotation
from velaurum.ops import key_rotations
from velaurum.tenancy.context import OrgContext, OrgId

_WAITS = (
    "select true from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    " and query like '%keys.data_keys.destroy%'"
)
TESTS = Path(__file__).parents[1]
PEOPLE = 40


def _factors(bench: Bench, keyring: Keyring) -> FactorSecrets:
    return FactorSecrets(keyring, seals.load(bench.data_dir))


def _rotation(bench: Bench, keyring: Keyring, **options: Any) -> DataKeyRotation:
    return DataKeyRotation(
        bench.door, keyring, key_rotations.columns(bench.data_dir, keyring), rest_s=0, **options
    )


@contextmanager
def _rotating(bench: Bench, org_id: OrgId, what: str, rest_s: float) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "support.rotating", bench.conninfo, str(bench.data_dir), org_id, what]
    with subprocess.Popen(
        [*command, "3", str(rest_s)], cwd=TESTS, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _killed_after(process: "subprocess.Popen[str]", lines: int) -> None:
    assert process.stdout is not None
    for _ in range(lines):
        assert process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def _ended(process: "subprocess.Popen[str]") -> list[int]:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    *_, last = out.splitlines()
    return [int(word) for word in last.removeprefix("done ").split()]


def _people(bench: Bench, org_id: OrgId, keyring: Keyring, count: int = PEOPLE) -> list[Person]:
    return [enrolled(bench.door, org_id, _factors(bench, keyring)) for _ in range(count)]


def _versions(superuser: Any, org_id: OrgId) -> list[tuple[Any, ...]]:
    return list(
        superuser.execute(
            "select k.version, k.state, k.wrapped is null, keys.sealed_rows(k.org_id, k.id) from keys.data_key as k"
            " where k.org_id = %s and k.subject_id is null order by k.version",
            [org_id],
        )
    )


def test_data_keys_rotate_under_load_by_a_process_that_is_killed_and_begun_again(
    bench: Bench, org_id: OrgId, module_as_role: Connect
) -> None:
    keyrings = [bench.keyring() for _ in range(2)]
    people = _people(bench, org_id, keyrings[0])
    superuser, turn = module_as_role(SUPERUSER), cycle(keyrings)
    door = Database(bench.conninfo, max_connections=12)
    bench.stack.callback(door.close)

    with load(door, people, lambda: _factors(bench, next(turn)), writers=10, readers=10) as seen:
        for lines in (1, 4):
            with _rotating(bench, org_id, "data", 1.0) as process:
                _killed_after(process, lines)
            assert [one[:2] for one in _versions(superuser, org_id)] == [(1, "opens-only"), (2, "active")]
        with _rotating(bench, org_id, "data", 1.0) as process:
            _, destroyed, unreadable = _ended(process)

    assert seen.faults == []
    assert (seen.reads > 100, seen.writes > 100) == (True, True)
    # The organisation's, and that of each person, under which their name is.
    assert (destroyed, unreadable) == (1 + PEOPLE, 0)
    (first, second) = _versions(superuser, org_id)
    assert first == (1, "destroyed", True, 0)
    assert (second[:3], second[3] >= PEOPLE) == ((2, "active", False), True)
    fresh = _factors(bench, bench.keyring())
    for person in people:
        read(bench.door, person, fresh)


def test_wrapping_keys_rotate_under_load_by_a_process_that_is_killed_and_begun_again(
    bench: Bench, org_id: OrgId, module_as_role: Connect
) -> None:
    keyring = bench.keyring()
    people = _people(bench, org_id, keyring, 5)
    place = Place(org_id, "t", "c", str(uuid.uuid4()))
    of_subjects = {str(uuid.uuid4()): b"" for _ in range(30)}
    for subject in of_subjects:
        of_subjects[subject] = bench.seal(keyring, place, subject.encode(), subject)
    door = Database(bench.conninfo, max_connections=8)
    bench.stack.callback(door.close)
    files = bench.data_dir / "secrets" / "wrapping-keys"

    # Each keyring is new, so that each key is opened by its provider and by no memory.
    with load(door, people, lambda: _factors(bench, bench.keyring()), writers=4, readers=4) as seen:
        with _rotating(bench, org_id, "wrapping", 1.0) as process:
            _killed_after(process, 1)
        assert sorted(one.name for one in files.iterdir()) == [f"{org_id}.1", f"{org_id}.2"]
        with _rotating(bench, org_id, "wrapping", 1.0) as process:
            _, destroyed, _ = _ended(process)

    assert (seen.faults, destroyed) == ([], 1)
    assert [one.name for one in files.iterdir()] == [f"{org_id}.2"]
    states = module_as_role(SUPERUSER).execute(
        "select w.key_version, w.state, count(k.id) from keys.wrapping_key as w left join keys.data_key as k"
        " on k.org_id = w.org_id and k.wrapping_key_id = w.id where w.org_id = %s group by 1, 2 order by 1",
        [org_id],
    )
    assert states.fetchall() == [("1", "destroyed", 0), ("2", "active", 36)]
    fresh = bench.keyring()
    for subject, sealed in of_subjects.items():
        assert bench.open(fresh, place, sealed, subject) == subject.encode()


def test_no_row_is_written_under_a_key_that_was_destroyed(bench: Bench, org_id: OrgId) -> None:
    keyring = bench.keyring()
    (person,) = _people(bench, org_id, keyring, 1)
    with bench.within(org_id) as tx:
        (before,) = data_keys.hold(tx, org_id, [None])
    _rotation(bench, keyring).run(org_id)

    class Stale(FactorSecrets):
        def seal(self, tx: Any, org: OrgContext, factor_id: str, secret: str) -> bytes:
            sealed = super().seal(tx, org, factor_id, secret)
            return sealed[:4] + uuid.UUID(before.id).bytes + sealed[20:]

    with pytest.raises(Refusal) as refused:
        write(bench.door, person, Stale(keyring, seals.load(bench.data_dir)))
    assert (refused.value.code, refused.value.retry_after_s) == ("key-unavailable", 1)


def test_a_key_waits_for_whoever_seals_with_it_and_is_destroyed_after_them(
    bench: Bench, org_id: OrgId, module_as_role: Connect
) -> None:
    keyring, superuser = bench.keyring(), module_as_role(SUPERUSER)
    (person,) = _people(bench, org_id, keyring, 1)
    with ExitStack() as stack:
        with bench.door.installation() as outside:
            # Who enrols holds its person as well, whose name the rotation would wait for before it gets here.
            keyring.seal(outside.within(org_id), org_id, Place(org_id, "t", "c", "1"), b"x")
            process = stack.enter_context(_rotating(bench, org_id, "data", 0))
            until = time.monotonic() + 30
            while not superuser.execute(_WAITS).fetchone():
                assert time.monotonic() < until
            assert _versions(superuser, org_id)[0][:2] == (1, "opens-only")
        rows, destroyed, unreadable = _ended(process)

    assert (rows, destroyed, unreadable) == (3, 2, 0)
    read(bench.door, person, _factors(bench, bench.keyring()))
    assert _versions(superuser, org_id) == [(1, "destroyed", True, 0), (2, "active", False, 1)]


def test_secrets_of_before_are_opened_until_rotation_seals_them_anew(
    bench: Bench, org_id: OrgId, module_as_role: Connect
) -> None:
    keyring = bench.keyring()
    people = _people(bench, org_id, keyring, 3)
    superuser, old = module_as_role(SUPERUSER), seals.load(bench.data_dir)
    superuser.execute("set event_triggers = off")
    superuser.execute("alter table identity.second_factor disable trigger sealed_is_under_a_living_key")
    for factor_id, principal_id in superuser.execute(
        "select id::text, principal_id::text from identity.second_factor where org_id = %s", [org_id]
    ).fetchall():
        secret = next(one.app.secret for one in people if one.org.actor_id == principal_id)
        sealed = old.seal(secret.encode(), "identity.second_factor.sealed", org_id, principal_id, factor_id)
        superuser.execute("update identity.second_factor set sealed = %s where id = %s", [sealed, factor_id])
    superuser.execute("alter table identity.second_factor enable always trigger sealed_is_under_a_living_key")
    for person in people:
        read(bench.door, person, _factors(bench, keyring))

    done = _rotation(bench, keyring).run(org_id)

    # Beside their secrets what they are called, and were.
    assert (done.rows, done.unreadable) == (3 + 2 * len(people), [])
    for person in people:
        read(bench.door, person, FactorSecrets(bench.keyring(), seals.Seals(bytes(32), bytes(32))))


def test_a_row_that_does_not_open_is_named_and_its_key_stays(
    bench: Bench, org_id: OrgId, module_as_role: Connect
) -> None:
    keyring = bench.keyring()
    people = _people(bench, org_id, keyring, 3)
    superuser = module_as_role(SUPERUSER)
    (broken,) = superuser.execute(
        "update identity.second_factor set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)"
        " where org_id = %s and principal_id = %s returning id::text",
        [org_id, people[0].org.actor_id],
    ).fetchone()

    done = _rotation(bench, keyring).run(org_id)

    assert (done.rows, done.keys, done.unreadable) == (2 + 2 * len(people), len(people), [broken])
    assert _versions(superuser, org_id)[0] == (1, "opens-only", False, 1)


def test_the_database_destroys_no_key_that_a_row_is_under(bench: Bench, org_id: OrgId) -> None:
    keyring = bench.keyring()
    _people(bench, org_id, keyring, 1)
    with bench.within(org_id) as tx:
        (key,) = data_keys.hold(tx, org_id, [None])
        assert not data_keys.destroy(tx, org_id, key.id)
    keyring.mint(org_id, None, key)

    with bench.within(org_id) as tx:
        assert not data_keys.destroy(tx, org_id, key.id)
        assert data_keys.sealed_rows(tx, org_id, key.id) == 1


def test_an_erased_subject_stays_erased_through_a_rotation(bench: Bench, org_id: OrgId) -> None:
    keyring, place = bench.keyring(), Place(org_id, "t", "c", "1")
    gone, stays = str(uuid.uuid4()), str(uuid.uuid4())
    sealed = {who: bench.seal(keyring, place, b"x", who) for who in (gone, stays)}
    with bench.within(org_id) as tx:
        data_keys.erase_subject(tx, org_id, gone)

    _rotation(bench, keyring).run(org_id)

    with bench.within(org_id) as tx:
        assert data_keys.count_of_subjects(tx, org_id) == {"active": 1, "destroyed": 1, "erased": 1}
    with pytest.raises(envelopes.EnvelopeError):
        bench.open(keyring, place, sealed[gone], gone)


def test_an_organisation_brings_a_key_of_its_own(bench: Bench, org_id: OrgId) -> None:
    class Theirs(KeptInMemory):
        kind = "theirs"

    theirs, place = Theirs(), Place(org_id, "t", "c", "1")
    key = theirs.create("named by them")
    keyring = bench.keyring(providers=[LocalKeystore(bench.data_dir), theirs])
    sealed = bench.seal(keyring, place, b"x")

    done = WrappingKeyRotation(bench.door, keyring, rest_s=0).run(org_id, key)

    assert (done.data_keys, done.wrapping_keys) == (1, 1)
    assert bench.open(bench.keyring(providers=[theirs]), place, sealed) == b"x"
    theirs.destroy(WrappingKey("theirs", "named by them", "1"))
    with pytest.raises(Refusal, match="cannot be used"):
        bench.open(bench.keyring(providers=[theirs]), place, sealed)
