"""Envelopes: a sealed field, which opens with its key, at its place, whole, and not otherwise (V-08)."""

import os
import uuid
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from velaurum.keys.lengths import prefixed

MAGIC = b"VE"
VERSION = b"\x01"
AES_256_GCM = b"\x01"
HEAD = MAGIC + VERSION + AES_256_GCM
_KEY_ID = slice(len(HEAD), len(HEAD) + 16)
_NONCE = slice(_KEY_ID.stop, _KEY_ID.stop + 12)
SHORTEST = _NONCE.stop + 16


class EnvelopeError(Exception):
    """It does not open here: other bytes, or sealed for another place. The message quotes none of it."""


class ErasedError(EnvelopeError):
    """The data subject was erased: nobody opens this any more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed field stands: organisation, table and column by their names, and the id of the row."""

    org_id: str
    table: str
    column: str
    row_id: str


def seal(cipher: AESGCM, key_id: str, place: Place, plain: bytes) -> bytes:
    """Return an envelope: head, key id (16 bytes), nonce (12), ciphertext, tag (16)."""
    nonce = os.urandom(12)
    named = HEAD + uuid.UUID(key_id).bytes
    return named + nonce + cipher.encrypt(nonce, plain, _authenticated(named, place))


def key_id(sealed: bytes) -> str:
    """Return the id of the data key that an envelope names. EnvelopeError for what is no envelope of this form."""
    if not is_envelope(sealed):
        raise EnvelopeError("the form is not known")
    return str(uuid.UUID(bytes=sealed[_KEY_ID]))


def is_envelope(sealed: bytes) -> bool:
    """Tell whether bytes have the form of an envelope, whatever is in it."""
    return sealed.startswith(HEAD) and len(sealed) >= SHORTEST


def unseal(cipher: AESGCM, place: Place, sealed: bytes) -> bytes:
    """Return what was sealed for this place. EnvelopeError when it does not open."""
    if not is_envelope(sealed):
        raise EnvelopeError("the form is not known")
    try:
        return cipher.decrypt(
            sealed[_NONCE], sealed[_NONCE.stop :], _authenticated(sealed[: _KEY_ID.stop], place)
        )
    except InvalidTag:
        raise EnvelopeError("it was sealed by another key, for another place, or is not whole") from None


def _authenticated(named: bytes, place: Place) -> bytes:
    where = (place.org_id, place.table, place.column, place.row_id)
    return prefixed(named, *(part.encode() for part in where))
