"""Rows that are to be sealed anew, made ready: whoever waits for their keys waits for no provider (V-08)."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from velaurum.db.connection import Tx
from velaurum.errors import Refusal
from velaurum.keys import blind_indexes, data_keys, envelopes
from velaurum.keys.data_keys import DataKey
from velaurum.keys.doors import Door
from velaurum.keys.envelopes import EnvelopeError
from velaurum.keys.keyring import Keyring
from velaurum.keys.refusing import ShareLostError
from velaurum.keys.sealed_columns import Row
from velaurum.tenancy.context import OrgId

# So long at most, as keys that were opened are closed again after minutes.
LONGEST_S = 60.0


def ready(
    door: Door, keyring: Keyring, org_id: OrgId, rows: Sequence[Row], told: Callable[[Row], None]
) -> tuple[list[Row], Row]:
    """Open what rows are under, and what they will be sealed under, with no transaction open meanwhile.

    Returns those that are ready, and the last that was looked at: a slow provider leaves some for the next time. `told`
    gets each that does not open. Refuses `key-unavailable`.
    """
    keyring.ready_to_seal(org_id, [None])
    with suppress(EnvelopeError):  # its own row says so
        blind_indexes.open_key(door, org_id, keyring)
    with door.installation() as outside:
        under = _under(outside.within(org_id), org_id, rows)
    closed = _closed(door, keyring, org_id, {row.subject_id for row in rows})
    found: list[Row] = []
    until = time.monotonic() + LONGEST_S
    for row in rows:
        try:
            if (key := under.get(row.row_id)) is not None:
                keyring.ready(org_id, key)
            if row.subject_id in closed:
                _ready_to_seal(keyring, org_id, row.subject_id)
        except (EnvelopeError, ShareLostError):
            told(row)
        else:
            found.append(row)
        if time.monotonic() > until:
            break
    return found, row


def _under(tx: Tx, org_id: OrgId, rows: Sequence[Row]) -> dict[str, DataKey]:
    ids = {row.row_id: envelopes.key_id(row.sealed) for row in rows if envelopes.is_envelope(row.sealed)}
    keys = {key.id: key for key in data_keys.named(tx, org_id, set(ids.values()))}
    return {row_id: keys[key_id] for row_id, key_id in ids.items() if key_id in keys}


def _closed(door: Door, keyring: Keyring, org_id: OrgId, subject_ids: set[str | None]) -> set[str | None]:
    """Return whose keys have to be made or opened before anything can be sealed with them."""
    try:
        with door.installation() as outside:
            active = data_keys.hold(outside.within(org_id), org_id, subject_ids)
    except Refusal as refusal:
        if refusal.code != "conflict":
            raise
        return subject_ids  # somebody among them was erased, so that each is asked for alone
    return subject_ids - {key.subject_id for key in active if keyring.is_open(org_id, key)}


def _ready_to_seal(keyring: Keyring, org_id: OrgId, subject_id: str | None) -> None:
    try:
        keyring.ready_to_seal(org_id, [subject_id])
    except Refusal as refusal:
        if refusal.code != "conflict":  # erased: there is nothing to seal anew
            raise
