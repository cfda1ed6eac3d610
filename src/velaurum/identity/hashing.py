"""Hashes of passwords: Argon2id, at one cost for everybody, also where there is nobody."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

# The second of the two that RFC 9106 (section 4) recommends: 64 MiB, three passes, four lanes.
PARAMETERS = RFC_9106_LOW_MEMORY
MEMORY_MIB = PARAMETERS.memory_cost // 1024
_HASHER = PasswordHasher.from_parameters(PARAMETERS)
_FORM = b"$argon2id$"
# Where nobody has a password: as dear to verify as anybody's, and no password is known to make it.
NOBODYS = (
    f"$argon2id$v={PARAMETERS.version}"
    f"$m={PARAMETERS.memory_cost},t={PARAMETERS.time_cost},p={PARAMETERS.parallelism}"
    "$dmVsYXVydW0tbm9ib2R5cw$bm9ib2R5cy1wYXNzd29yZC1zdGFuZHMtZm9yLWZhaWw"
).encode()


def normal(password: str) -> str:
    """Return the password as it is hashed: in Unicode normalization form C, however it was typed."""
    return unicodedata.normalize("NFC", password)


def hashed(password: str) -> bytes:
    """Return what is stored of a password: the PHC string, with its own salt and parameters."""
    return _HASHER.hash(normal(password)).encode()


def is_right(phc: bytes | None, password: str) -> bool:
    """Tell whether a password makes this hash.

    For None, and for the bytes that an import leaves, the same work is done, and it never does.
    """
    is_hash = phc is not None and phc.startswith(_FORM)
    try:
        _HASHER.verify((phc if phc is not None and is_hash else NOBODYS).decode(), normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return is_hash


def is_dated(phc: bytes) -> bool:
    """Tell whether a hash was made with other parameters than those of now."""
    return _HASHER.check_needs_rehash(phc.decode())
