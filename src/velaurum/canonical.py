"""Canonical bytes: the one encoding of all that is hashed or signed (JSON of RFC 8785, in a narrow profile)."""

import hashlib
import json
from typing import Any

LEAF_PREFIX = b"\x00"
_LARGEST_INTEGER = 2**53


def encode(value: Any) -> bytes:
    """Encode `value` as one line of canonical JSON.

    The profile: string keys in ASCII, strings, booleans, null, integers below 2**53, lists and objects.
    Decimals and instants are strings already. TypeError or ValueError for anything else: what two
    languages could print in two ways is never hashed.
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Any) -> bytes:
    """SHA-256 of the canonical bytes, 32 bytes."""
    return hashlib.sha256(encode(value)).digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a log entry as a Merkle leaf (RFC 6962, section 2.1), 32 bytes."""
    return hashlib.sha256(LEAF_PREFIX + entry).digest()


def _check(value: Any) -> None:
    match value:
        case None | bool() | str():
            pass
        case int():
            if not -_LARGEST_INTEGER < value < _LARGEST_INTEGER:
                raise ValueError("an integer outside 2**53 has no canonical form; write it as a string")
        case list() | tuple():
            for element in value:
                _check(element)
        case dict():
            for key, element in value.items():
                if not (isinstance(key, str) and key.isascii()):
                    raise TypeError("the keys of a canonical object are ASCII strings")
                _check(element)
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")
