"""Keyrings of keys that are at hand, open already or in the keystore of this machine: nobody waits for a provider."""

from copy import copy

from velaurum.keys.asked_providers import AskedProviders
from velaurum.keys.asking import Asking
from velaurum.keys.keyring import Keyring
from velaurum.keys.local_keystore import LocalKeystore
from velaurum.keys.providers import WrappingKey
from velaurum.keys.refusing import unavailable


class _Unasked(AskedProviders):
    """Providers that nobody asks, because others wait for whoever would; but for the keystore, which is a file."""

    def __init__(self, beside: AskedProviders) -> None:
        super().__init__([], Asking())
        self._beside = beside

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        if key.provider == LocalKeystore.kind:
            return self._beside.unwrap(key, wrapped, bound)
        raise unavailable("it is not open, and its provider is not asked at this point")


def at_hand(keyring: Keyring) -> Keyring:
    """Return a keyring with the same open keys, also those that are opened later, which asks the keystore alone."""
    same = copy(keyring)
    same.providers = _Unasked(keyring.providers)
    return same
