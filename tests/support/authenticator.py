"""An authenticator in software: it keeps keys, and writes what browsers send, or whatever a test wants instead.

Everything that a real one decides is a member, so that each test changes exactly one thing.
"""

import base64
import hashlib
import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
PRESENT_AND_VERIFIED = USER_PRESENT | USER_VERIFIED
Algorithm = Literal["ES256", "EdDSA"]
Json = dict[str, Any]
Attest = Callable[[bytes], Json]


def text_of(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def octets_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _new_key(algorithm: Algorithm) -> Any:
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else Ed25519PrivateKey.generate()


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the page and the authenticator say of where they are and who is there."""

    origin: str
    rp_id: str
    flags: int = PRESENT_AND_VERIFIED
    cross_origin: bool = False
    type: str | None = None

    def client_data(self, purpose: str, challenge: str) -> bytes:
        said = {"type": self.type or purpose, "challenge": challenge, "origin": self.origin}
        return json.dumps({**said, "crossOrigin": self.cross_origin}).encode()

    def authenticator_data(self, sign_count: int, more: bytes = b"", flags: int = 0) -> bytes:
        hashed = hashlib.sha256(self.rp_id.encode()).digest()
        return hashed + bytes([self.flags | flags]) + sign_count.to_bytes(4) + more


@dataclass(slots=True)
class Authenticator:
    """One passkey: its key and, once it was made, whose it is. A `sign_count` of 0 is never counted up."""

    algorithm: Algorithm = "ES256"
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    sign_count: int = 0
    user_handle: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    transports: list[str] = field(default_factory=lambda: ["internal", "hybrid"])
    key: Any = None

    def __post_init__(self) -> None:
        self.key = self.key or _new_key(self.algorithm)

    def copy(self) -> "Authenticator":
        """Copy the key out, as nobody should be able to."""
        return replace(self)

    @property
    def cose_key(self) -> bytes:
        if self.algorithm == "EdDSA":
            return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()})
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    def create(self, options: Json, ceremony: Ceremony, *, attest: Attest | None = None) -> Json:
        """Answer creation options as a browser writes it; `attest` makes an attestation of what is to be signed."""
        self.user_handle = octets_of(options["user"]["id"])
        client_data = ceremony.client_data("webauthn.create", options["challenge"])
        size = len(self.credential_id).to_bytes(2)
        attested = bytes(16) + size + self.credential_id + self.cose_key
        data = ceremony.authenticator_data(self.sign_count, attested, ATTESTED)
        attestation = attest(data + hashlib.sha256(client_data).digest()) if attest else {}
        made = {"fmt": "none", "attStmt": {}, **attestation, "authData": data}
        return self._credential(
            {
                "clientDataJSON": text_of(client_data),
                "attestationObject": text_of(cbor2.dumps(made)),
                "transports": self.transports,
                "authenticatorData": text_of(data),
            }
        )

    def get(self, options: Json, ceremony: Ceremony) -> Json:
        """Answer request options as a browser writes it."""
        self.sign_count += self.sign_count > 0
        client_data = ceremony.client_data("webauthn.get", options["challenge"])
        data = ceremony.authenticator_data(self.sign_count)
        return self._credential(
            {
                "clientDataJSON": text_of(client_data),
                "authenticatorData": text_of(data),
                "signature": text_of(self.sign(data + hashlib.sha256(client_data).digest())),
                "userHandle": text_of(self.user_handle),
            }
        )

    def sign(self, octets: bytes) -> bytes:
        if self.algorithm == "EdDSA":
            signature: bytes = self.key.sign(octets)
        else:
            signature = self.key.sign(octets, ec.ECDSA(SHA256()))
        return signature

    def _credential(self, response: Json) -> Json:
        name = text_of(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }


def handle_of(principal_id: str) -> bytes:
    return uuid.UUID(principal_id).bytes
