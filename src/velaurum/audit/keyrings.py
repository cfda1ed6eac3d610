"""The keys of the logs: which of them sign, which are on their way in or out, and which are destroyed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from velaurum.proofs import notes
from velaurum.proofs.notes import ED25519, ML_DSA_44, PrivateKey, VerifierKey
from velaurum.proofs.wire import FormatError, ProofError, from_base64, lines, to_base64

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,100}[a-z0-9]", re.ASCII)
KINDS = {"ed25519": ED25519, "ml-dsa-44": ML_DSA_44}
_PREFIX = "PRIVATE+KEY+"
_SEED_BYTES = 32
_PROMISES = "promises"


class State(StrEnum):
    """Where a key is: what it has to pass through, so that wherever a rotation stops it can go on."""

    ANNOUNCED = "announced"  # It is being said in every log, and signs nothing yet.
    JOINING = "joining"  # It signs, and every log is being told so.
    SIGNING = "signing"
    LEAVING = "leaving"  # It signs, and every log is being told that it ends.
    RETIRED = "retired"  # It is destroyed.


_SIGN = (State.JOINING, State.SIGNING, State.LEAVING)


@dataclass(frozen=True, slots=True)
class LogKey:
    """One key of the logs, under the name of the installation. `private` is None once it is destroyed.

    Keys from before it sign until `overlap_until` at least, RFC 3339 in UTC. `of_promises` verifies its promises.
    """

    verifier: VerifierKey
    state: State
    private: PrivateKey | None = field(default=None, repr=False)
    overlap_until: str | None = None
    of_promises: VerifierKey | None = None

    @property
    def id(self) -> str:
        """What an operator calls it by."""
        return self.verifier.key_id.hex()

    @property
    def kind(self) -> str:
        return next(kind for kind, number in KINDS.items() if number == self.verifier.algorithm)

    @property
    def public_key(self) -> str:
        """Kind and public key in base64, which are the same in every log."""
        return str(self.verifier).rsplit("+" + self.id + "+", 1)[1]

    @property
    def signs(self) -> bool:
        return self.state in _SIGN

    @property
    def shown_as(self) -> str:
        """What readers are told of its state: announced, signing or retired."""
        return State.SIGNING if self.signs else self.state

    def verifier_of(self, origin: str) -> VerifierKey:
        """Return the public key under the name of a log."""
        return VerifierKey(origin, self.verifier.algorithm, self.verifier.public)

    def signer(self, origin: str) -> notes.Signer:
        """Return the key under the name of a log, to sign with."""
        if self.private is None:
            raise ValueError("a key that is destroyed signs nothing")
        return notes.Signer(origin, self.private, self.verifier.algorithm)

    def promiser(self) -> notes.Signer | None:
        """Return the key of its promises: another one, so that no promise is ever read as a checkpoint."""
        if not isinstance(self.private, Ed25519PrivateKey):
            return None
        seed = HKDF(SHA256(), _SEED_BYTES, None, _PROMISES.encode()).derive(self.private.private_bytes_raw())
        return notes.Signer(f"{self.verifier.name}/{_PROMISES}", Ed25519PrivateKey.from_private_bytes(seed))


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys of the logs of one installation, which all have its name; the oldest first."""

    keys: tuple[LogKey, ...]

    @property
    def name(self) -> str:
        return self.keys[0].verifier.name

    def in_state(self, *states: State) -> list[LogKey]:
        return [one for one in self.keys if one.state in states]

    @property
    def signing(self) -> list[LogKey]:
        """The keys that sign now, the oldest first; one of them is always of Ed25519."""
        return [one for one in self.keys if one.signs]

    def find(self, key_id: str) -> LogKey | None:
        return next((one for one in self.keys if one.id == key_id), None)

    def with_key(self, key: LogKey) -> "Keyring":
        """Return the keys with one more, or with one of them in another state."""
        others = tuple(key if one.verifier == key.verifier else one for one in self.keys)
        return Keyring(others if key in others else (*others, key))

    def encode(self) -> bytes:
        """Return the file of these keys: a line for each."""
        return "".join(f"{' '.join(_line(one))}\n" for one in self.keys).encode()


def make(name: str, kind: str, state: State = State.SIGNING, overlap_until: str | None = None) -> LogKey:
    """Return a new key."""
    private = MLDSA44PrivateKey.generate() if kind == "ml-dsa-44" else Ed25519PrivateKey.generate()
    return _with_promises(name, KINDS[kind], private, state, overlap_until)


def retired(key: LogKey) -> LogKey:
    """Return what is left of a key that is destroyed."""
    return replace(key, state=State.RETIRED, private=None, overlap_until=None)


def parse(content: bytes) -> Keyring:
    """Read the file of the keys. FormatError when it is not whole."""
    try:
        keys = tuple(_read(line.split(" ")) for line in lines(content.decode(), "file"))
    except (ValueError, ProofError, KeyError) as error:
        raise FormatError("The keys of the logs are not whole.") from error
    names = {one.verifier.name for one in keys}
    ring = Keyring(keys)
    if len(names) != 1 or not any(one.verifier.algorithm == ED25519 for one in ring.signing):
        raise FormatError("The keys of the logs are not whole.")
    return ring


def _line(key: LogKey) -> Iterator[str]:
    if key.state != State.SIGNING:  # A key alone stands as it did before there was more than one.
        yield key.state
    if key.private is None:
        yield str(key.verifier)
        yield from (str(one) for one in (key.of_promises,) if one is not None)
        return
    secret = to_base64(bytes([key.verifier.algorithm]) + key.private.private_bytes_raw())
    yield f"{_PREFIX}{key.verifier.name}+{key.id}+{secret}"
    yield from (one for one in (key.overlap_until,) if one is not None)


def _read(words: list[str]) -> LogKey:
    state = State(words.pop(0)) if not words[0].startswith(_PREFIX) else State.SIGNING
    if state == State.RETIRED:
        verifier, *more = map(VerifierKey.parse, words)
        return LogKey(verifier, state, of_promises=more[0] if more else None)
    name, key_id, encoded = words[0].removeprefix(_PREFIX).split("+", 2)
    raw = from_base64(encoded, "key", 1 + _SEED_BYTES)
    private: PrivateKey = (
        MLDSA44PrivateKey.from_seed_bytes(raw[1:])
        if raw[0] == ML_DSA_44
        else Ed25519PrivateKey.from_private_bytes(raw[1:])
    )
    until = words[1] if len(words) > 1 else None
    if until is not None:
        datetime.fromisoformat(until)
    key = _with_promises(name, raw[0], private, state, until)
    if key.id != key_id or raw[0] not in KINDS.values():
        raise FormatError("A key of the logs is not whole.")
    return key


def _with_promises(
    name: str, algorithm: int, private: PrivateKey, state: State, overlap_until: str | None
) -> LogKey:
    verifier = notes.Signer(name, private, algorithm).verifier
    key = LogKey(verifier, state, private, overlap_until)
    promiser = key.promiser()
    return key if promiser is None else replace(key, of_promises=promiser.verifier)
