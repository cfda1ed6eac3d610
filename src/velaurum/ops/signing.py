"""Signed reports: Ed25519 over canonical bytes, with a key that never leaves the data directory."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from velaurum import canonical, secret_files
from velaurum.errors import OperationError

ALGORITHM = "Ed25519"
_FILE = "report-key.pem"


def load_key(data_dir: Path) -> Ed25519PrivateKey:
    """Return the installation's key for reports, made on first use and readable by this user alone."""
    path = data_dir / secret_files.FOLDER / _FILE
    content = secret_files.ensure(path, lambda: _pem(Ed25519PrivateKey.generate()))
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise OperationError(
            f"{path} is damaged; restore it. A new key would not verify the reports of before."
        )
    return key


def key_set(key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return the public key as a JSON Web Key Set (RFC 7517), for whoever verifies."""
    named = _public(key.public_key())
    return {"keys": [{**named, "kid": _thumbprint(named), "alg": ALGORITHM, "use": "sig"}]}


def sign(key: Ed25519PrivateKey, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report with a signature of its canonical bytes beside it."""
    said = dict(report)
    signature = {
        "algorithm": ALGORITHM,
        "key_id": _thumbprint(_public(key.public_key())),
        "value": _text(key.sign(canonical.encode(said))),
    }
    return {"report": said, "signature": signature}


def verify(document: Any, keys: Any) -> bool:
    """Tell whether one of the keys of a set signed the document as it is. False for what is no such document."""
    try:
        signature = document["signature"]
        signed = canonical.encode(document["report"])
        value = _bytes(signature["value"])
        is_ours = document.keys() == {"report", "signature"} and signature["algorithm"] == ALGORITHM
        chosen = [one for one in keys["keys"] if _thumbprint(one) == signature["key_id"]]
        if not is_ours or len(chosen) != 1 or (chosen[0]["kty"], chosen[0]["crv"]) != ("OKP", ALGORITHM):
            return False
        Ed25519PublicKey.from_public_bytes(_bytes(chosen[0]["x"])).verify(value, signed)
    except (InvalidSignature, KeyError, TypeError, ValueError, AttributeError):
        return False
    return True


def _public(key: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": ALGORITHM, "x": _text(key.public_bytes_raw())}


def _thumbprint(key: Mapping[str, Any]) -> str:
    # RFC 7638: the required members alone, in the order of their names.
    return _text(hashlib.sha256(canonical.encode({name: key[name] for name in ("crv", "kty", "x")})).digest())


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
