"""Canonical bytes: the one encoding of all that is hashed or signed (JSON of RFC 8785, in a narrow profile)."""

import hashlib
import json
from typing import Any

LEAF_PREFIX = b"\x00"
COMMITMENT_PREFIX = b"velaurum-pii/v1\x00"
_LARGEST_INTEGER = 2**53
_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def encode(value: Any) -> bytes:
    """Encode `value` as one line of canonical JSON.

    The profile: string keys in ASCII, strings, booleans, null, integers below 2**53, lists and objects.
    Decimals and instants are strings already. TypeError or ValueError for anything else: what two
    languages could print in two ways is never hashed.
    """
    _check(value)
    return _encoder.encode(value).encode()


def digest(value: Any) -> bytes:
    """SHA-256 of the canonical bytes, 32 bytes."""
    return hashlib.sha256(encode(value)).digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a log entry as a Merkle leaf (RFC 6962, section 2.1), 32 bytes."""
    return hashlib.sha256(LEAF_PREFIX + entry).digest()


def commitment(salt: bytes, text: str) -> bytes:
    """Return the salted SHA-256 that stands for a text: erase salt and text, and the entry still verifies."""
    return hashlib.sha256(COMMITMENT_PREFIX + salt + encode(text)).digest()


def _check(value: Any) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if not -_LARGEST_INTEGER < value < _LARGEST_INTEGER:
            raise ValueError("an integer outside 2**53 has no canonical form; write it as a string")
    elif isinstance(value, dict):
        for key, element in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise TypeError("the keys of a canonical object are ASCII strings")
            # Most are one of these, and a log has very many.
            kind = type(element)
            if kind is not str and not (kind is int and -_LARGEST_INTEGER < element < _LARGEST_INTEGER):
                _check(element)
    elif isinstance(value, list | tuple):
        for element in value:
            _check(element)
    else:
        raise TypeError(f"{type(value).__name__} has no canonical form")
