"""Rotations of keys that somebody asks for: as a job of the organisation, or at the operator's hand (V-09)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec

from velaurum.audit import person_names
from velaurum.db.connection import Database, Tx
from velaurum.identity import factor_secrets, sealed_logins, seals
from velaurum.jobs.kinds import Kind
from velaurum.keys import blind_indexes, data_key_rotation, wrapping_key_rotation
from velaurum.keys.at_hand import at_hand
from velaurum.keys.data_key_rotation import DataKeyRotation, Noting
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_columns import SealedColumn
from velaurum.keys.wrapping_key_rotation import WrappingKeyRotation
from velaurum.ledger import notes
from velaurum.tenancy.context import OrgContext, OrgId


class KeyRotation(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked for: new data keys, or a new version of the wrapping key."""

    what: Literal["data-keys", "wrapping-key"]


def _is_of_the_organisation(_tx: Tx, _org: OrgContext, _payload: KeyRotation) -> None:
    """Refuse nothing: the payload names no record."""


KIND = Kind(
    "key-rotation",
    "heavy",
    "manage-identity",
    KeyRotation,
    _is_of_the_organisation,
    max_attempts=20,
    wait=timedelta(seconds=10),
)


def columns(data_dir: Path, keyring: Keyring) -> Sequence[SealedColumn]:
    """Return every sealed column of the product. One that is missing here is never sealed anew."""
    return (
        factor_secrets.sealed_column(seals.load(data_dir)),
        notes.sealed_column(),
        *person_names.sealed_columns(),
        blind_indexes.sealed_column(),
        # Whoever waits for a login waits for no provider.
        *sealed_logins.sealed_columns(at_hand(keyring)),
    )


def rotate(
    door: Database,
    keyring: Keyring,
    data_dir: Path,
    org_id: OrgId,
    what: KeyRotation,
    *,
    note: Noting,
    before: datetime | None = None,
    rest_s: float | None = None,
    by: OrgContext | None = None,
) -> Mapping[str, Any]:
    """Rotate to the end, or go on with a rotation that was stopped; returns what came of it.

    `rest_s` is how long an old key stays after its last use, where it is not as long as that kind of key rests.
    `by` is whoever asked, None the operator's own hand.

    Refuses `key-unavailable` and `overloaded`; what was done by then stays done.
    """
    if what.what == "wrapping-key":
        rewrapped = WrappingKeyRotation(
            door, keyring, note, rest_s=wrapping_key_rotation.REST_S if rest_s is None else rest_s, by=by
        ).run(org_id, before=before)
        return {
            "data_keys_wrapped": rewrapped.data_keys,
            "wrapping_keys_destroyed": rewrapped.wrapping_keys,
        }
    done = DataKeyRotation(
        door,
        keyring,
        columns(data_dir, keyring),
        note,
        rest_s=data_key_rotation.REST_S if rest_s is None else rest_s,
    ).run(org_id, before)
    return {
        "rows_sealed": done.rows,
        "data_keys_destroyed": done.keys,
        "rows_unreadable": done.unreadable[:100],
    }
