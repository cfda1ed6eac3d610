"""Signatures of Standard Webhooks 1.0.0: HMAC-SHA256 (`v1`) and ed25519 (`v1a`), over id, time and body."""

import hmac
import time
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from velaurum.webhooks.signing_keys import SigningKeys

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE_S = 300
_SYMMETRIC, _ASYMMETRIC = "v1", "v1a"


class SignatureError(Exception):
    """What came is not what was signed; the message says which check failed."""


def headers(message_id: str, timestamp: int, body: bytes, keys: Sequence[SigningKeys]) -> Mapping[str, str]:
    """Return the three headers of a message; of each generation both signatures, the newest first."""
    signed = _signed(message_id, str(timestamp), body)
    lines = []
    for one in keys:
        lines.append(f"{_SYMMETRIC},{_text(hmac.digest(one.hmac, signed, 'sha256'))}")
        lines.append(f"{_ASYMMETRIC},{_text(one.ed25519.sign(signed))}")
    return {ID: message_id, TIMESTAMP: str(timestamp), SIGNATURE: " ".join(lines)}


def verify(given: Mapping[str, str], body: bytes, key: str) -> None:
    """Verify a message as its receiver does, with a `whsec_` secret or a `whpk_` public key; SignatureError."""
    try:
        message_id, timestamp, lines = given[ID], given[TIMESTAMP], given[SIGNATURE].split(" ")
    except KeyError as error:
        raise SignatureError(f"There is no header {error}.") from None
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_S:
        raise SignatureError("The timestamp is more than five minutes from now.")
    signed = _signed(message_id, timestamp, body)
    if not any(_is_by(key, line, signed) for line in lines):
        raise SignatureError("No signature is of this key, over this id, time and body.")


def _signed(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def _text(signature: bytes) -> str:
    return b64encode(signature).decode()


def _is_by(key: str, line: str, signed: bytes) -> bool:
    kind, _, text = line.partition(",")
    prefix, _, encoded = key.partition("_")
    try:
        signature, raw = b64decode(text, validate=True), b64decode(encoded, validate=True)
        if (prefix, kind) == ("whsec", _SYMMETRIC):
            return hmac.compare_digest(signature, hmac.digest(raw, signed, "sha256"))
        if (prefix, kind) == ("whpk", _ASYMMETRIC):
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed)
            return True
    except (Base64Error, ValueError, InvalidSignature):
        return False
    return False
