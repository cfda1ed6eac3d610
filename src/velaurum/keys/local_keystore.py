"""The provider `local`: a file for each version of a key, in the data directory of one machine."""

import os
import re
from pathlib import Path
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from velaurum import secret_files
from velaurum.keys.lengths import prefixed
from velaurum.keys.providers import SECRET_BYTES, KeyRefusedError, KeyUnavailableError, WrappingKey

FOLDER = "wrapping-keys"
KEY_BYTES = 32
_NONCE_BYTES = 12
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


class LocalKeystore:
    """Keys as files that this user alone reads. Nothing is remembered: each use reads the file as it is then."""

    kind: ClassVar[str] = "local"

    def __init__(self, data_dir: Path) -> None:
        """Keep keys in this data directory. Nothing is made before it is needed."""
        self._folder = data_dir / secret_files.FOLDER / FOLDER

    def create(self, name: str) -> WrappingKey:
        """Make the next version of a key."""
        version = str(max(self._versions(name), default=0) + 1)
        key = WrappingKey(self.kind, name, version)
        try:
            secret_files.ensure(self._path(key), lambda: os.urandom(KEY_BYTES))
        except OSError as error:
            raise _unavailable(key) from error
        return key

    def newest(self, name: str) -> WrappingKey:
        """Return the newest version whose file is there."""
        versions = self._versions(name)
        if not versions:
            raise KeyUnavailableError(f"the local keystore has no key {name}")
        return WrappingKey(self.kind, name, str(max(versions)))

    def wrap(self, key: WrappingKey, secret: bytes, bound: bytes) -> bytes:
        """Return the nonce, and the secret sealed with AES-256-GCM."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher(key).encrypt(nonce, secret, _bound(key, bound))

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        """Return what wrap() sealed."""
        cipher = self._cipher(key)
        try:
            secret = cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], _bound(key, bound))
        except (InvalidTag, ValueError) as error:
            raise KeyRefusedError("it was wrapped by another key, or for something else") from error
        if len(secret) != SECRET_BYTES:
            raise KeyRefusedError("it is no secret of a data key")
        return secret

    def destroy(self, key: WrappingKey) -> None:
        """Remove the file of a version, durably. What a disk or a backup still has of it is not reached."""
        try:
            self._path(key).unlink(missing_ok=True)
            secret_files.keep(self._folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unavailable(key) from error

    def _cipher(self, key: WrappingKey) -> AESGCM:
        try:
            held = self._path(key).read_bytes()
        except OSError as error:
            raise _unavailable(key) from error
        if len(held) != KEY_BYTES:
            raise KeyUnavailableError("the file of the key does not hold a key")
        return AESGCM(held)

    def _versions(self, name: str) -> list[int]:
        try:
            files = list(self._folder.glob(f"{_named(name)}.*"))
        except OSError as error:
            raise KeyUnavailableError("the local keystore cannot be read") from error
        endings = (file.suffix[1:] for file in files)
        return [int(ending) for ending in endings if _VERSION.fullmatch(ending)]

    def _path(self, key: WrappingKey) -> Path:
        if key.provider != self.kind or not _VERSION.fullmatch(key.version):
            raise KeyUnavailableError("the local keystore has no such key")
        return self._folder / f"{_named(key.name)}.{key.version}"


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise KeyUnavailableError("the local keystore has no such key")
    return name


def _bound(key: WrappingKey, bound: bytes) -> bytes:
    return prefixed(b"velaurum local keystore", key.name.encode(), key.version.encode(), bound)


def _unavailable(key: WrappingKey) -> KeyUnavailableError:
    return KeyUnavailableError(f"the file of the key {key.name}, version {key.version}, cannot be used")
