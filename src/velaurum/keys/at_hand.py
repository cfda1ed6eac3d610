"""Keyrings of keys that are open already: what is not is refused at once, and nobody waits for a provider."""

from collections.abc import Callable
from copy import copy
from typing import TypeVar

from velaurum.keys.asked_providers import AskedProviders
from velaurum.keys.asking import Asking
from velaurum.keys.keyring import Keyring
from velaurum.keys.providers import KeyProvider, WrappingKey
from velaurum.keys.refusing import unavailable

Answer = TypeVar("Answer")


class _Unasked(AskedProviders):
    """Providers that nobody asks, because others wait for whoever would."""

    def _ask(self, _key: WrappingKey, _question: Callable[[KeyProvider], Answer]) -> Answer:
        raise unavailable("it is not open, and its provider is not asked at this point")


def at_hand(keyring: Keyring) -> Keyring:
    """Return a keyring with the same open keys, also those that are opened later, which asks no provider."""
    same = copy(keyring)
    same.providers = _Unasked([], Asking())
    return same
