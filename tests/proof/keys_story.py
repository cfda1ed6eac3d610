"""What becomes of an organisation's keys: made, counted, rotated, wrapped by others, erased and destroyed."""

import os
from datetime import UTC, datetime, timedelta

from proof.rehearsals import rehearsed
from support.keyrings import keyring_within
from velaurum.db.connection import Tx
from velaurum.identity import factor_secrets, sealed_logins
from velaurum.identity.seals import Seals
from velaurum.keys import blind_indexes, data_keys, wrapping_keys
from velaurum.keys.providers import WrappingKey
from velaurum.tenancy.context import OrgContext, OrgId

SUBJECT = "5b1e0000-0000-4000-8000-000000000001"
OTHER_SUBJECT = "5b1e0000-0000-4000-8000-000000000002"
ERASED = "5b1e0000-0000-4000-8000-000000000003"
KEYS = {
    (SUBJECT, 1): "4e900000-0000-4000-8000-000000000011",
    (SUBJECT, 2): "4e900000-0000-4000-8000-000000000012",
    (OTHER_SUBJECT, 1): "4e900000-0000-4000-8000-000000000021",
    (OTHER_SUBJECT, 2): "4e900000-0000-4000-8000-000000000022",
    (ERASED, 1): "4e900000-0000-4000-8000-000000000031",
}
NEW_KEY = "4e900000-0000-4000-8000-000000000041"
PROVIDER, NAME = "theirs", "story"
_WRAPPED, _SEAL = bytes(60), bytes(28)


def run(outside: Tx, org: OrgContext) -> None:
    """Let keys come and go; the organisation has one already, and rows under it."""
    tx, org_id = outside.within(org.org_id), org.org_id
    for version in ("1", "2"):
        active = wrapping_keys.active(tx, org_id)
        assert active is not None
        assert wrapping_keys.use(tx, org_id, WrappingKey(PROVIDER, NAME, version), before=active.id)
    active = wrapping_keys.active(tx, org_id)
    assert active is not None
    with rehearsed(outside):
        wrapping_keys.use(tx, org_id, WrappingKey(PROVIDER, NAME, "3"), before=active.id)
    for (subject, version), key_id in KEYS.items():
        assert _mint(tx, org_id, key_id, subject, KEYS.get((subject, version - 1)), active.id)
    with rehearsed(outside):
        _mint(tx, org_id, NEW_KEY, SUBJECT, KEYS[SUBJECT, 2], active.id)
    data_keys.erase_subject(tx, org_id, ERASED)
    with rehearsed(outside):
        data_keys.erase_subject(tx, org_id, SUBJECT)
    data_keys.reserve(tx, org_id, KEYS[SUBJECT, 2], 7)
    _rotate(outside, tx, org_id, active.id)
    _look(tx, org_id, active.id)


def _rotate(outside: Tx, tx: Tx, org_id: OrgId, active_id: str) -> None:
    (of_org,) = data_keys.hold(tx, org_id, [None])
    data_keys.hold(tx, org_id, [SUBJECT, None])
    column = factor_secrets.sealed_column(Seals(os.urandom(32), os.urandom(32)))
    (row, *_) = column.rows(tx, org_id, [of_org.id], data_keys.FIRST, 10)
    with rehearsed(outside):
        assert column.replace(tx, org_id, row, row.sealed + b"0")
    soon = datetime.now(UTC) + timedelta(minutes=1)
    living = [one.id for one in data_keys.older(tx, org_id, soon, after=data_keys.FIRST, limit=1000)]
    (row,) = blind_indexes.sealed_column().rows(tx, org_id, living, data_keys.FIRST, 10)
    with rehearsed(outside):
        assert blind_indexes.sealed_column().replace(tx, org_id, row, row.sealed)
    with rehearsed(outside):
        assert data_keys.destroy(tx, org_id, KEYS[SUBJECT, 1])
    with rehearsed(outside):
        assert of_org.wrapping_key_id is not None
        assert wrapping_keys.rewrap(
            tx,
            org_id,
            of_org.id,
            before=of_org.wrapping_key_id,
            wrapped=_WRAPPED,
            wrapping_key_id=active_id,
        )
    with rehearsed(outside):
        (unused,) = wrapping_keys.unused(tx, org_id)
        assert wrapping_keys.end(tx, org_id, unused.id)


def rotate_texts(outside: Tx, org: OrgContext) -> None:
    """Seal what is sealed for people anew, and undo it."""
    tx, org_id = outside.within(org.org_id), org.org_id
    soon = datetime.now(UTC) + timedelta(minutes=1)
    living = [one.id for one in data_keys.older(tx, org_id, soon, after=data_keys.FIRST, limit=1000)]
    for one in sealed_logins.sealed_columns(keyring_within(tx)):
        (row, *_) = one.rows(tx, org_id, living, data_keys.FIRST, 10)
        with rehearsed(outside):
            assert one.replace(tx, org_id, row, row.sealed)


def _look(tx: Tx, org_id: OrgId, active_id: str) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=1)
    (of_org,) = data_keys.hold(tx, org_id, [None])
    data_keys.named(tx, org_id, [of_org.id, *KEYS.values()])
    data_keys.living_of_org(tx, org_id)
    data_keys.rotation_began(tx, org_id)
    data_keys.older(tx, org_id, soon, after=data_keys.FIRST, limit=10)
    assert set(data_keys.outgoing(tx, org_id, limit=10)) == {KEYS[SUBJECT, 1], KEYS[OTHER_SUBJECT, 1]}
    assert data_keys.sealed_rows(tx, org_id, of_org.id) > 0
    data_keys.wrapped_otherwise(tx, org_id, active_id, limit=10)
    data_keys.list_of_org(tx, org_id)
    data_keys.count_of_subjects(tx, org_id)
    data_keys.shared(tx, org_id)
    data_keys.one_of_each(tx, org_id)
    wrapping_keys.list_all(tx, org_id)
    wrapping_keys.is_older(tx, org_id, active_id, soon)
    wrapping_keys.rotation_began(tx, org_id)


def _mint(
    tx: Tx, org_id: OrgId, key_id: str, subject_id: str, before: str | None, wrapping_key_id: str
) -> bool:
    return data_keys.mint(
        tx,
        org_id,
        key_id,
        subject_id=subject_id,
        before=before,
        wrapped=_WRAPPED,
        share_seal=_SEAL,
        wrapping_key_id=wrapping_key_id,
        count=1,
    )
