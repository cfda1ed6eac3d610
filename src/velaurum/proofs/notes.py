"""Signed notes of C2SP: a text, and under it the signatures of keys that a reader may or may not know."""

import hmac
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from velaurum.proofs import subtrees
from velaurum.proofs.wire import (
    SIZE_LIMIT,
    FormatError,
    ProofError,
    decoded,
    from_base64,
    lines,
    to_base64,
)

ED25519, COSIGNATURE, ML_DSA_44 = 0x01, 0x04, 0x06
NOTE_BYTES_MAX = 1_000_000
SIGNATURES_MAX = 100

_DASH = "\u2014 "
_KEY_ID_BYTES, _TIME_BYTES = 4, 8
_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}
_SIGNATURE_BYTES = {ED25519: 64, COSIGNATURE: _TIME_BYTES + 64, ML_DSA_44: _TIME_BYTES + 2420}
_TIMED = (COSIGNATURE, ML_DSA_44)

PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who is said to have signed, and bytes that only that key's owner could make."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a newline, and its signatures. Nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        return "".join([self.text, "\n", *(one.line for one in self.signatures)]).encode()


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name and the algorithm that its owner signs with."""

    name: str
    algorithm: int
    public: bytes
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise FormatError("The name of a key is empty, or has a space or a plus sign in it.")
        if len(self.public) != _PUBLIC_BYTES.get(self.algorithm):
            raise FormatError(f"The key {self.name} is of an algorithm that is not verified here.")
        hashed = sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public)
        object.__setattr__(self, "key_id", hashed.digest()[:_KEY_ID_BYTES])

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Read `name+key id+key`. FormatError also when the key id is not that of the key."""
        parts = vkey.split("+", 2)
        raw = from_base64(parts[-1], "key")
        if len(parts) != 3 or not raw:  # noqa: PLR2004 - name, key id, key
            raise FormatError("A verifier key has a name, a key id and a key, with plus signs between them.")
        key = cls(parts[0], raw[0], raw[1:])
        if parts[1] != key.key_id.hex():
            raise FormatError(f"The key id of {parts[0]} belongs to another key.")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.algorithm]) + self.public)}"

    def holds(self, text: str, value: bytes) -> bool:
        """Tell whether the value of a signature line is this key's signature of the text."""
        if len(value) != _SIGNATURE_BYTES[self.algorithm]:
            return False
        at_s = cosigned_at(value) if self.algorithm in _TIMED else None
        if at_s is not None and at_s >= SIZE_LIMIT:
            return False
        key = MLDSA44PublicKey if self.algorithm == ML_DSA_44 else Ed25519PublicKey
        try:
            signed = _signed(self.algorithm, self.name, text, at_s)
            key.from_public_bytes(self.public).verify(value[0 if at_s is None else _TIME_BYTES :], signed)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name. `algorithm` is ED25519 or ML_DSA_44 for a log, COSIGNATURE for a witness."""

    name: str
    key: PrivateKey = field(repr=False)
    algorithm: int = ED25519
    verifier: VerifierKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        public = self.key.public_key().public_bytes_raw()
        object.__setattr__(self, "verifier", VerifierKey(self.name, self.algorithm, public))

    def sign(self, text: str, at_s: int | None = None) -> Signature:
        """Sign the text of a note; a cosignature and ML-DSA say at which second since 1970 they were made."""
        if (at_s is None) == self.is_timed:
            raise ValueError("a cosignature or ML-DSA, and nothing else, is signed with a time")
        value = self.key.sign(_signed(self.algorithm, self.name, text, at_s))
        stamp = b"" if at_s is None else struct.pack(">Q", at_s)
        return Signature(self.name, self.verifier.key_id, stamp + value)

    @property
    def is_timed(self) -> bool:
        """Tell whether what this signs says when."""
        return self.algorithm in _TIMED


def parse(raw: bytes) -> Note:
    """Read a note strictly. FormatError when it is none; nothing is verified."""
    if len(raw) > NOTE_BYTES_MAX:
        raise FormatError("The note is too long.")
    note = decoded(raw, "note")
    if any(character < " " and character != "\n" for character in note):
        raise FormatError("The note has a control character in it.")
    body, found, signed = note.rpartition("\n\n")
    if not found or not signed:
        raise FormatError("The note has no signatures.")
    signatures = tuple(map(_signature, lines(signed, "note")))
    if len(signatures) > SIGNATURES_MAX:
        raise FormatError("The note has too many signatures.")
    return Note(body + "\n", signatures)


def parse_signatures(raw: bytes) -> tuple[Signature, ...]:
    """Read signature lines that stand alone, as a witness answers."""
    return tuple(map(_signature, lines(decoded(raw, "answer"), "answer")))


def compose(text: str, signatures: Iterable[Signature]) -> Note:
    """Put a note together. FormatError when it could not be read again as what it was."""
    note = Note(text, tuple(signatures))
    if parse(note.encode()) != note:
        raise FormatError("The text has no place in a note.")
    return note


def verify(note: Note, known: Iterable[VerifierKey]) -> list[tuple[VerifierKey, Signature]]:
    """Return who of the known keys signed, and how. ProofError when none did, or one of them signed otherwise."""
    keys = {(key.name, key.key_id): key for key in known}
    verified = []
    for one in note.signatures:
        key = keys.get((one.name, one.key_id))
        if key is None:
            continue
        if not key.holds(note.text, one.value):
            raise ProofError(f"The signature of {one.name} does not hold.")
        verified.append((key, one))
    if not verified:
        raise ProofError("No key that is known signed this.")
    return verified


def is_name(text: str) -> bool:
    """Tell whether a key may have this name."""
    return bool(text) and "+" not in text and not any(one.isspace() or one < " " for one in text)


def cosigned_message(text: str, at_s: int) -> bytes:
    """Return what a witness signs: that it saw this checkpoint at that second."""
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()


def cosigned_at(value: bytes) -> int:
    """Return the second since 1970 that stands at the beginning of a cosignature."""
    return int.from_bytes(value[:_TIME_BYTES])


def same_key(one: VerifierKey, other: VerifierKey) -> bool:
    """Tell whether two verifier keys are one key, whatever their names."""
    return hmac.compare_digest(one.public, other.public)


def _signed(algorithm: int, name: str, text: str, at_s: int | None) -> bytes:
    if at_s is None:
        return text.encode()
    return subtrees.message(name, text, at_s) if algorithm == ML_DSA_44 else cosigned_message(text, at_s)


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not is_name(name):
        raise FormatError("A signature line of the note is not one.")
    raw = from_base64(encoded, "signature")
    if len(raw) <= _KEY_ID_BYTES:
        raise FormatError("A signature of the note is empty.")
    return Signature(name, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:])
