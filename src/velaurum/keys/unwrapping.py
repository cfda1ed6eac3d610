"""Unwrapping of data keys by their providers: one that was wrapped anew since it was read is read again."""

from velaurum.db.connection import Tx
from velaurum.errors import Refusal
from velaurum.keys import data_keys
from velaurum.keys.asked_providers import AskedProviders
from velaurum.keys.data_keys import DataKey
from velaurum.keys.doors import Door
from velaurum.keys.envelopes import EnvelopeError
from velaurum.tenancy.context import OrgId


def within(tx: Tx, org_id: OrgId, providers: AskedProviders, key: DataKey) -> bytes:
    """Return what a data key's provider unwraps of it. Refuses `key-unavailable`; EnvelopeError where it ended."""
    try:
        return _asked(providers, org_id, key)
    except Refusal as refusal:
        again = _wrapped_anew(tx, org_id, key, refusal)
    return _asked(providers, org_id, again)


def beside(door: Door, org_id: OrgId, providers: AskedProviders, key: DataKey) -> bytes:
    """Return the same, with no transaction of this door open while the provider is asked."""
    try:
        return _asked(providers, org_id, key)
    except Refusal as refusal:
        with door.installation() as outside:
            again = _wrapped_anew(outside.within(org_id), org_id, key, refusal)
    return _asked(providers, org_id, again)


def _asked(providers: AskedProviders, org_id: OrgId, key: DataKey) -> bytes:
    bound = data_keys.bound(org_id, key.id, key.subject_id)
    return providers.unwrap(key.wrapping, key.wrapped or b"", bound)


def _wrapped_anew(tx: Tx, org_id: OrgId, key: DataKey, refusal: Refusal) -> DataKey:
    # It may have been wrapped by another key since it was read, and the one before destroyed.
    (again,) = data_keys.named(tx, org_id, [key.id])
    if again.wrapped is None:
        raise EnvelopeError("the key of it ended") from None
    if again.wrapping_key_id == key.wrapping_key_id:
        raise refusal
    return again
