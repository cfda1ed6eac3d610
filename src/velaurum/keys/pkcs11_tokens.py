"""Wrapping keys in a token (PKCS#11): they are made there, never leave it, and bind what they wrap.

The library allows one operation at a time in a session; whoever waits too long for their turn is told that the key is
not there now.
"""

import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, PKCS11Error
from pkcs11.exceptions import (
    EncryptedDataInvalid,
    EncryptedDataLenRange,
    FunctionFailed,
    GeneralError,
    MechanismInvalid,
    NoSuchKey,
)
from pkcs11.mechanisms import GCMParams

from velaurum.keys import pkcs11_modules
from velaurum.keys.pkcs11_modules import Module
from velaurum.keys.providers import SECRET_BYTES, KeyRefusedError, KeyUnavailableError, WrappingKey

WAIT_S = 2.0
# A token that lacks a key may have been pulled out and put back; so often it is looked at anew for that.
LOOK_AGAIN_S = 5.0
KEY_BITS = 256
NONCE_BYTES = 12
TAG_BYTES = 16
# SoftHSM does not show a token for a moment while another process logs in to it.
_PAUSES_S = (0.05, 0.2)
_OURS = re.compile(rb"[1-9][0-9]{0,8}-[0-9a-f]{8}")
_NO_KEY = "the token does not have the key"
_PROBE = bytes(SECRET_BYTES)
# What tokens say when an authenticated ciphertext is not theirs; the last two also when they have a fault of their own.
_DOES_NOT_OPEN = (EncryptedDataInvalid, EncryptedDataLenRange)
_MAY_NOT_OPEN = (*_DOES_NOT_OPEN, GeneralError, FunctionFailed)

_Answer = TypeVar("_Answer")


class Pkcs11Tokens:
    """The keys of one token. A key's name is its label there, its version the id."""

    kind: ClassVar[str] = "pkcs11"

    def __init__(
        self,
        module: Path,
        label: str,
        pin: Callable[[], str],
        *,
        wait_s: float = WAIT_S,
        look_again_s: float = LOOK_AGAIN_S,
    ) -> None:
        """Connect with the first use. `pin` reads the PIN whenever it is needed."""
        self._path = str(module.resolve())
        self._label = label
        self._pin = pin
        self._wait_s = wait_s
        self._look_again_s = look_again_s

    def create(self, name: str) -> WrappingKey:
        """Have the token make a key that it will not give away, the newest of this name."""

        def made(session: pkcs11.Session) -> WrappingKey:
            number = max((_number(one) for one in _versions(session, name)), default=0) + 1
            # Two processes may make the same number at once; no two make the same version.
            version = f"{number}-{secrets.token_hex(4)}"
            session.generate_key(
                KeyType.AES,
                KEY_BITS,
                id=version.encode(),
                label=name,
                store=True,
                # To wrap keys of the token and to decrypt would together be a way to read them.
                capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
                template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True},
            )
            return WrappingKey(self.kind, name, version)

        return self._ask(made)

    def newest(self, name: str) -> WrappingKey:
        """Return the newest key of this name. KeyUnavailableError when the token has none."""

        def found(session: pkcs11.Session) -> WrappingKey:
            versions = _versions(session, name)
            if not versions:
                raise NoSuchKey
            return WrappingKey(self.kind, name, max(versions, key=lambda one: (_number(one), one)))

        return self._ask(found)

    def wrap(self, key: WrappingKey, secret: bytes, bound: bytes) -> bytes:
        """Wrap a secret of 32 bytes; nonce, ciphertext and tag. What the token itself cannot open is never returned."""

        def wrapped(session: pkcs11.Session) -> bytes:
            found = _usable(session, key)
            sealed = _sealed(found, secret, bound)
            if _opened(found, sealed, bound) != secret:
                raise KeyUnavailableError(
                    "the token does not open what it wrapped: it may choose nonces of its own"
                )
            return sealed

        return self._ask(wrapped)

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        """Return the secret. KeyRefusedError for other bytes, another key, or what belongs elsewhere."""
        if len(wrapped) != NONCE_BYTES + SECRET_BYTES + TAG_BYTES:
            raise KeyRefusedError("it is no secret of a data key")

        def opened(session: pkcs11.Session) -> bytes:
            found = _usable(session, key)
            try:
                return _opened(found, wrapped, bound)
            except _MAY_NOT_OPEN as error:
                # A token that is well opens its own: then it is not the token.
                if (
                    isinstance(error, _DOES_NOT_OPEN)
                    or _opened(found, _sealed(found, _PROBE, b""), b"") == _PROBE
                ):
                    raise KeyRefusedError("it was wrapped by another key, or for something else") from None
                raise

        return self._ask(opened)

    def destroy(self, key: WrappingKey) -> None:
        """Destroy a version for good; one that is not there stays so."""

        def destroyed(session: pkcs11.Session) -> None:
            for one in _keys(session, key.name, key.version):
                one.destroy()

        self._ask(destroyed)

    def secret(self, label: str) -> bytes:
        """Return what the one private data object of a label has. KeyUnavailableError where there is not just one."""

        def found(session: pkcs11.Session) -> bytes:
            objects = list(session.get_objects({Attribute.CLASS: ObjectClass.DATA, Attribute.LABEL: label}))
            if len(objects) != 1:
                raise KeyUnavailableError(f"the token has {len(objects)} data objects of this label, not one")
            if not objects[0][Attribute.PRIVATE]:
                raise KeyUnavailableError("the object can be read without a PIN: make it a private one")
            return bytes(objects[0][Attribute.VALUE])

        return self._ask(found)

    def _ask(self, work: Callable[[pkcs11.Session], _Answer]) -> _Answer:
        """Do something in a session, and again in a new one when the token lost the old one."""
        with self._turn() as module:
            for pause_s in _PAUSES_S:
                try:
                    return work(module.session(self._label, self._pin))
                except NoSuchKey:
                    if not module.is_older(self._look_again_s):
                        raise KeyUnavailableError(_NO_KEY) from None
                except MechanismInvalid:
                    raise KeyUnavailableError("the token has no AES-GCM: take one that has") from None
                except PKCS11Error:
                    pass
                module.forget()
                time.sleep(pause_s)
            try:
                return work(module.session(self._label, self._pin))
            except NoSuchKey:
                raise KeyUnavailableError(_NO_KEY) from None
            except PKCS11Error as error:
                module.forget()
                raise KeyUnavailableError(
                    f"the token {self._label} does not work ({type(error).__name__})"
                ) from None

    @contextmanager
    def _turn(self) -> Iterator[Module]:
        module = pkcs11_modules.of(self._path)
        if not module.turn.acquire(timeout=self._wait_s):
            raise KeyUnavailableError(f"the token {self._label} is busy, or silent")
        try:
            yield module
        finally:
            module.turn.release()


def _keys(session: pkcs11.Session, name: str, version: str | None = None) -> list[Any]:
    """Return what the token has; of what kind the library makes them, it decides by their attributes."""
    wanted = {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: KeyType.AES,
        Attribute.LABEL: name,
        **({} if version is None else {Attribute.ID: _id(version)}),
    }
    return list(session.get_objects(wanted))


def _versions(session: pkcs11.Session, name: str) -> list[str]:
    return [_version(bytes(one[Attribute.ID])) for one in _keys(session, name)]


def _version(key_id: bytes) -> str:
    """Return the id of a key as text: ours as it is, the bytes that somebody else gave it in hexadecimal."""
    return key_id.decode() if _OURS.fullmatch(key_id) else f"0x{key_id.hex()}"


def _id(version: str) -> bytes:
    if not version.startswith("0x"):
        return version.encode()
    try:
        return bytes.fromhex(version.removeprefix("0x"))
    except ValueError:
        raise NoSuchKey from None


def _number(version: str) -> int:
    return int.from_bytes(_id(version)) if version.startswith("0x") else int(version.partition("-")[0])


def _usable(session: pkcs11.Session, key: WrappingKey) -> Any:
    found = _keys(session, key.name, key.version)
    if len(found) != 1:
        raise NoSuchKey
    if found[0][Attribute.EXTRACTABLE] or not found[0][Attribute.SENSITIVE]:
        raise KeyUnavailableError(f"the key {key.name} may leave its token: make one that may not")
    return found[0]


def _sealed(key: Any, secret: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    parameters = GCMParams(nonce, bound, TAG_BYTES * 8)
    return nonce + bytes(key.encrypt(secret, mechanism=Mechanism.AES_GCM, mechanism_param=parameters))


def _opened(key: Any, sealed: bytes, bound: bytes) -> bytes:
    parameters = GCMParams(sealed[:NONCE_BYTES], bound, TAG_BYTES * 8)
    return bytes(key.decrypt(sealed[NONCE_BYTES:], mechanism=Mechanism.AES_GCM, mechanism_param=parameters))
