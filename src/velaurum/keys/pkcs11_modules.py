"""A token's library in this process, with the sessions that it opened (PKCS#11).

A process has one session with a token, and nothing of it outlives a fork. A PIN that was refused is not tried again.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256

import pkcs11
from pkcs11 import PKCS11Error
from pkcs11.exceptions import PinIncorrect, PinInvalid, PinLenRange, PinLocked, UserAlreadyLoggedIn

from velaurum.keys.providers import KeyUnavailableError

_SIGN_OF_LIFE_BITS = 64
_BAD_PIN = (PinIncorrect, PinInvalid, PinLenRange, PinLocked)


@dataclass(slots=True, eq=False)
class Module:
    """The vendor's library in this process, and its sessions by the token's label."""

    path: str
    turn: threading.Lock = field(default_factory=threading.Lock)
    sessions: dict[str, pkcs11.Session] = field(default_factory=dict)
    refused_pins: dict[str, bytes] = field(default_factory=dict)
    began_at: float | None = None

    def session(self, label: str, pin: Callable[[], str]) -> pkcs11.Session:
        if self.began_at is None:
            self._begin()
        if label not in self.sessions:
            self.sessions[label] = self._opened(label, pin())
        # A search that begins in a lost session fails once more when it is collected, where nobody can catch it.
        self.sessions[label].generate_random(_SIGN_OF_LIFE_BITS)
        return self.sessions[label]

    def forget(self) -> None:
        """Begin anew with the next use: a token that was pulled out leaves handles that mean nothing."""
        self.sessions.clear()
        self.began_at = None

    def is_older(self, than_s: float) -> bool:
        return self.began_at is None or time.monotonic() - self.began_at >= than_s

    def _begin(self) -> None:
        library = pkcs11.lib(self.path)
        with suppress(PKCS11Error):
            library.finalize()
        library.initialize()
        self.began_at = time.monotonic()

    def _opened(self, label: str, pin: str) -> pkcs11.Session:
        digest = sha256(pin.encode()).digest()
        if self.refused_pins.get(label) == digest:
            # A token counts wrong PINs and locks itself: nobody but who writes another one is worth a try.
            raise KeyUnavailableError(
                "the token refused this PIN before: write the right one, it is read again"
            )
        token = pkcs11.lib(self.path).get_token(token_label=label)
        try:
            return token.open(rw=True, user_pin=pin)
        except UserAlreadyLoggedIn:
            return token.open(rw=True)
        except _BAD_PIN as error:
            self.refused_pins[label] = digest
            self.forget()
            raise KeyUnavailableError(
                f"the token does not take the PIN ({type(error).__name__}): write the right one, it is read again"
            ) from None


_modules: dict[str, Module] = {}


def of(path: str) -> Module:
    """Return what this process has of a library."""
    return _modules.setdefault(path, Module(path))


def forget_all() -> None:
    """Begin anew with every library."""
    _modules.clear()


os.register_at_fork(after_in_child=forget_all)
