"""The port of key providers: what has an organisation's wrapping key, and lets it wrap and unwrap, never out."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

SECRET_BYTES = 32


class KeyUnavailableError(Exception):
    """The provider does not answer, or does not have the key, or does not let it be used. It may come back."""


class KeyRefusedError(Exception):
    """The provider answered, and what was wrapped does not open: another key, other bytes, another `bound`."""


@dataclass(frozen=True, slots=True)
class WrappingKey:
    """One version of a key of a provider, by the names that are stored. It holds nothing that is secret."""

    provider: str
    name: str
    version: str


class KeyProvider(Protocol):
    """What keeps wrapping keys. Wherever it is, whoever runs it: a customer's own is one more of these.

    `bound` says what a secret belongs to, and has to be the same again when it is unwrapped. A provider whose
    algorithm cannot bind (AES-KW, RSA-OAEP) wraps the secret with the SHA-256 of `bound` behind it, and compares.
    Every method raises KeyUnavailableError; no method is asked to keep any time: whoever asks does (`asking.py`).
    """

    kind: ClassVar[str]

    def create(self, name: str) -> WrappingKey:
        """Make a new version of the key of a name, the first one where there is none, and return it."""

    def newest(self, name: str) -> WrappingKey:
        """Return the newest version of a key. KeyUnavailableError where there is none."""

    def wrap(self, key: WrappingKey, secret: bytes, bound: bytes) -> bytes:
        """Return 32 bytes wrapped, in whatever form unwrap() reads."""

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        """Return what was wrapped. KeyRefusedError when it does not open."""

    def destroy(self, key: WrappingKey) -> None:
        """Let nothing open any more that this version wrapped. One that is gone already is no error."""
