"""Keys of people are rotated: split where they were not, and left alone where a share was lost (V-08, V-09)."""

import os
import uuid

import pytest

from keys.conftest import Bench
from keys.test_shares import PLAIN, file_of
from support.keyrings import KeptInMemory
from support.ledger_sql import SUPERUSER, Connect
from velaurum.errors import OperationError
from velaurum.keys import data_keys, envelopes
from velaurum.keys.data_key_rotation import DataKeyRotation
from velaurum.keys.envelopes import Place
from velaurum.keys.local_keystore import LocalKeystore
from velaurum.keys.sealed_columns import Row, SealedColumn
from velaurum.keys.wrapping_key_rotation import WrappingKeyRotation
from velaurum.tenancy.context import OrgId


def as_before(connection: Connect, bench: Bench, place: Place, subject: str) -> bytes:
    """Seal something under a key as earlier releases made it: its provider alone opens that."""
    keyring, org_id, key_id = bench.keyring(), OrgId(place.org_id), str(uuid.uuid4())
    secret, wrapping = os.urandom(32), keyring.wrapping(org_id)
    wrapped = keyring.providers.wrap(wrapping.key, secret, data_keys.bound(org_id, key_id, subject))
    connection(SUPERUSER).execute(
        "insert into keys.data_key (org_id, id, subject_id, version, wrapped, wrapping_key_id)"
        " values (%s, %s, %s, 1, %s, %s)",
        [org_id, key_id, subject, wrapped, wrapping.id],
    )
    return envelopes.seal(envelopes.AESGCM(secret), key_id, place, PLAIN)


def test_a_wrapping_key_is_rotated_and_moved_without_any_share(bench: Bench, place: Place) -> None:
    class Theirs(KeptInMemory):
        kind = "theirs"

    theirs, org_id, subject = Theirs(), OrgId(place.org_id), str(uuid.uuid4())
    sealed = bench.seal(bench.keyring(), place, PLAIN, subject)
    file = file_of(bench, place.org_id, subject)
    file.rename(bench.data_dir / "aside")
    keyring = bench.keyring(providers=[LocalKeystore(bench.data_dir), theirs])

    rotated = WrappingKeyRotation(bench.door, keyring, rest_s=0).run(org_id)
    moved = WrappingKeyRotation(bench.door, keyring, rest_s=0).run(org_id, theirs.create("named by them"))

    assert [(one.data_keys, one.wrapping_keys) for one in (rotated, moved)] == [(1, 1), (1, 1)]
    (bench.data_dir / "aside").rename(file)
    assert bench.open(bench.keyring(providers=[theirs]), place, sealed, subject) == PLAIN


def _column(rows: list[Row]) -> SealedColumn:
    """Return a column of rows that this test holds: what is sealed anew stands in `rows`."""

    def under(_tx: object, _org: OrgId, key_ids: list[str], after: str, _limit: int) -> list[Row]:
        return [one for one in rows if one.row_id > after and envelopes.key_id(one.sealed) in key_ids]

    def replace(_tx: object, _org: OrgId, row: Row, sealed: bytes) -> bool:
        rows[rows.index(row)] = Row(row.row_id, row.subject_id, sealed)
        return True

    return SealedColumn("t", "c", under, replace)


def test_a_rotation_splits_what_was_not_and_leaves_who_lost_a_share(
    bench: Bench, org_id: OrgId, module_as_role: Connect
) -> None:
    """One person's lost share keeps nobody else's keys from being rotated, and is not covered up by another one."""
    old, lost = str(uuid.uuid4()), str(uuid.uuid4())
    places = {who: Place(org_id, "t", "c", str(uuid.uuid4())) for who in (old, lost)}
    sealed = {
        old: as_before(module_as_role, bench, places[old], old),
        lost: bench.seal(bench.keyring(), places[lost], PLAIN, lost),
    }
    assert bench.open(bench.keyring(), places[old], sealed[old], old) == PLAIN
    rows = [Row(places[who].row_id, who, sealed[who]) for who in (old, lost)]
    file_of(bench, org_id, lost).rename(bench.data_dir / "aside")

    done = DataKeyRotation(bench.door, bench.keyring(), [_column(rows)], rest_s=0).run(org_id)

    assert (done.rows, done.keys, done.unreadable) == (1, 1, [])
    with bench.within(org_id) as tx:
        found = {one.subject_id: (one.split, one.whole) for one in data_keys.shared(tx, org_id)}
    assert found == {old: (1, 0), lost: (1, 0)}
    assert not file_of(bench, org_id, lost).exists()
    (bench.data_dir / "aside").rename(file_of(bench, org_id, lost))
    for row in rows:
        assert bench.open(bench.keyring(), places[row.subject_id or ""], row.sealed, row.subject_id) == PLAIN


def test_what_stands_in_plain_of_who_lost_a_share_is_named_and_the_others_are_sealed(
    bench: Bench, org_id: OrgId
) -> None:
    stays, lost = sorted(str(uuid.uuid4()) for _ in range(2))
    for who in (stays, lost):
        bench.seal(bench.keyring(), Place(org_id, "t", "c", who), PLAIN, who)
    file_of(bench, org_id, lost).unlink()
    rows = {who: Row(who, who, PLAIN) for who in (stays, lost)}

    def in_plain(_tx: object, _org: OrgId, _key_ids: list[str], after: str, _limit: int) -> list[Row]:
        return [one for one in rows.values() if one.row_id > after and one.sealed == PLAIN]

    def replace(_tx: object, _org: OrgId, row: Row, sealed: bytes) -> bool:
        rows[row.row_id] = Row(row.row_id, row.subject_id, sealed)
        return True

    column = SealedColumn("t", "c", in_plain, replace, lambda *asked: [row.sealed for row in asked[-1]])
    done = DataKeyRotation(bench.door, bench.keyring(), [column], rest_s=0).run(org_id)

    assert (done.rows, done.keys, done.unreadable) == (1, 1, [lost])
    assert rows[lost].sealed == PLAIN
    assert bench.open(bench.keyring(), column.place(org_id, rows[stays]), rows[stays].sealed, stays) == PLAIN


def test_a_rotation_ends_where_rows_are_never_replaced(bench: Bench, org_id: OrgId) -> None:
    who = str(uuid.uuid4())
    place = Place(org_id, "t", "c", who)
    row = Row(who, who, bench.seal(bench.keyring(), place, PLAIN, who))
    column = SealedColumn("t", "c", lambda *asked: [row] if who > asked[3] else [], lambda *_: False)

    with pytest.raises(OperationError, match="cannot be sealed anew"):
        DataKeyRotation(bench.door, bench.keyring(), [column], rest_s=0).run(org_id)


def test_a_share_that_is_lost_in_the_middle_of_a_rotation_keeps_its_rows_and_their_key(
    bench: Bench, org_id: OrgId
) -> None:
    subject, keyring = str(uuid.uuid4()), bench.keyring()
    place = Place(org_id, "t", "c", str(uuid.uuid4()))
    row = Row(place.row_id, subject, bench.seal(keyring, place, PLAIN, subject))
    with bench.within(org_id) as tx:
        (before,) = data_keys.hold(tx, org_id, [subject])
    keyring.mint(org_id, subject, before)
    file_of(bench, org_id, subject).unlink()

    done = DataKeyRotation(bench.door, bench.keyring(), [_column([row])], rest_s=0).run(org_id)

    assert (done.rows, done.unreadable) == (0, [row.row_id] * len(done.unreadable))
    assert done.unreadable
