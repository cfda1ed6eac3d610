"""The providers of a process, each asked with patience; whatever they cannot do is refused with `key-unavailable`."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from velaurum.keys.asking import Asking
from velaurum.keys.providers import KeyProvider, KeyRefusedError, KeyUnavailableError, WrappingKey
from velaurum.keys.refusing import key_closed, provider_away, unavailable

Answer = TypeVar("Answer")


class AskedProviders:
    """The providers that can be reached from here, by their kinds. Every verb refuses `key-unavailable`."""

    def __init__(self, providers: Iterable[KeyProvider], asking: Asking) -> None:
        """Know these providers."""
        self._providers = {provider.kind: provider for provider in providers}
        self._asking = asking

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds of the providers that it can ask."""
        return frozenset(self._providers)

    def create(self, provider: str, name: str) -> WrappingKey:
        """Let a provider make a new version of a key."""
        return self._ask(WrappingKey(provider, name, ""), lambda of: of.create(name))

    def newest(self, provider: str, name: str) -> WrappingKey:
        """Return the newest version of a provider's key."""
        return self._ask(WrappingKey(provider, name, ""), lambda of: of.newest(name))

    def wrap(self, key: WrappingKey, secret: bytes, bound: bytes) -> bytes:
        """Return a secret wrapped by a provider's key."""
        return self._ask(key, lambda provider: provider.wrap(key, secret, bound))

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        """Return what a provider's key wrapped."""
        return self._ask(key, lambda provider: provider.unwrap(key, wrapped, bound))

    def destroy(self, key: WrappingKey) -> None:
        """Let a provider destroy a version of a key."""
        self._ask(key, lambda provider: provider.destroy(key))

    def _ask(self, key: WrappingKey, question: Callable[[KeyProvider], Answer]) -> Answer:
        provider = self._providers.get(key.provider)
        if provider is None:
            raise unavailable(f"nothing here speaks to {key.provider}")
        try:
            return self._asking.ask(key, lambda: question(provider))
        except KeyUnavailableError as error:
            raise provider_away() from error
        except KeyRefusedError as error:
            raise key_closed() from error
