"""Secrets of callbacks: one for each integration job, random, and with a seal by which it is known for good.

The seal is a keyed hash of the whole secret, by a key of the data directory. So what never was the secret of a job is
told from what once was, without a row that would have to keep anything of it: the first is refused before anybody looks
for a job, the second is told that its job has ended. Being let in takes the hash of the row beside it.
"""

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

from velaurum import secret_files
from velaurum.identity import secrets
from velaurum.identity.secrets import CALLBACK_PREFIX, BearerToken

FILE = "callback-key"
KEY_BYTES = 32
NONCE_BYTES = 16
# 128 bits of HMAC-SHA256, in hexadecimal.
SEAL_LENGTH = 32
_PURPOSE = b"velaurum callbacks 1 "
_KEY_ID_PURPOSE = b"velaurum callbacks key id 1"
_KEY_ID_LENGTH = 16


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """What a statement is given of a secret: a nonce, and SHA-256 of the nonce and the secret's own hash."""

    nonce: bytes
    proof: bytes


@dataclass(frozen=True, slots=True, repr=False)
class CallbackSecret:
    """The secret of one job of one organisation. It has no repr, so that no log or traceback can show it."""

    org_id: str
    job_id: str
    secret: bytes

    def prove(self) -> Proof:
        """Return what proves the secret, once and to the holder of its hash alone; another one at each call."""
        nonce = token_bytes(NONCE_BYTES)
        secret_hash = hashlib.sha256(self.secret).digest()
        return Proof(nonce, hashlib.sha256(nonce + secret_hash).digest())


@dataclass(frozen=True, slots=True, repr=False)
class CallbackKey:
    """The key that seals all of them."""

    _key: bytes

    @property
    def key_id(self) -> str:
        """Return 16 hexadecimal digits that tell this key from others, and nothing of it."""
        return hmac.new(self._key, _KEY_ID_PURPOSE, hashlib.sha256).hexdigest()[:_KEY_ID_LENGTH]

    def text(self, secret: CallbackSecret) -> str:
        """Return a secret as it is handed out."""
        body = BearerToken(secret.org_id, secret.job_id, secret.secret, CALLBACK_PREFIX).text
        return body + self._seal(body)

    def read(self, text: str) -> CallbackSecret | None:
        """Return the secret that a text is, None for what was never sealed here; the work is the same for both."""
        body, seal = text[:-SEAL_LENGTH], text[-SEAL_LENGTH:]
        is_sealed = hmac.compare_digest(self._seal(body).encode(), seal.encode("utf-8", "replace"))
        parts = secrets.parse(body, (CALLBACK_PREFIX,))
        if parts is None or not is_sealed:
            return None
        return CallbackSecret(parts.org_id, parts.token_id, parts.secret)

    def _seal(self, body: str) -> str:
        said = _PURPOSE + body.encode("utf-8", "replace")
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()[:SEAL_LENGTH]


def load(data_dir: Path) -> CallbackKey:
    """Return the key of this installation, made on first use."""
    return CallbackKey(secret_files.ensure(_path(data_dir), lambda: token_bytes(KEY_BYTES)))


def find(data_dir: Path) -> CallbackKey | None:
    """Return the key of this installation, None where none can be read; nothing is made."""
    try:
        return CallbackKey(_path(data_dir).read_bytes())
    except OSError:
        return None


def _path(data_dir: Path) -> Path:
    return data_dir / secret_files.FOLDER / FILE
