"""What signing in needs to keep from the database: a key of the data directory, and what is derived from it.

A secret that has to be read again is sealed: AES-256-GCM, bound to where it stands, so that it opens nowhere else.
"""

import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from velaurum import secret_files

FILE = "sign-in-key"
KEY_BYTES = 32
_NONCE_BYTES = 12
_FORM = b"\x01"


class SealError(Exception):
    """What was sealed does not open: another key, another place, or other bytes. The message quotes none of it."""


@dataclass(frozen=True, slots=True, repr=False)
class Seals:
    """The keys of one installation. They have no repr, so that no log or traceback can show them."""

    _sealing: bytes
    _blinding: bytes

    def seal(self, secret: bytes, *place: str) -> bytes:
        """Return a secret for a column; it opens at this place alone."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORM + nonce + AESGCM(self._sealing).encrypt(nonce, secret, _bound(*place))

    def open(self, sealed: bytes, *place: str) -> bytes:
        """Return what was sealed for this place, or raise SealError."""
        nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _FORM:
            raise SealError("the form is not known")
        try:
            return AESGCM(self._sealing).decrypt(nonce, rest, _bound(*place))
        except (InvalidTag, ValueError) as error:
            raise SealError("it was sealed by another key, or for another place") from error

    def blind(self, *what: str) -> bytes:
        """Return what stands for something that is not stored: 32 bytes that only this installation can make of it."""
        return hmac.digest(self._blinding, _bound(*what), "sha256")


def load(data_dir: Path) -> Seals:
    """Return the keys of a data directory, made on first use and readable by this user alone."""
    secret = secret_files.ensure(data_dir / secret_files.FOLDER / FILE, lambda: os.urandom(KEY_BYTES))
    return Seals(
        *(HKDF(SHA256(), KEY_BYTES, None, purpose).derive(secret) for purpose in (b"seal", b"blind"))
    )


def _bound(*parts: str) -> bytes:
    # Lengths go along, so that no two places are written alike.
    return b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
