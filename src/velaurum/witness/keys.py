"""The key of a witness: made on first start, readable by its user alone, in the form that Go's note tools write."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from velaurum import secret_files
from velaurum.errors import OperationError, UsageError
from velaurum.proofs.notes import COSIGNATURE, Signer, is_name
from velaurum.proofs.wire import FormatError, from_base64, to_base64

FILE = "witness-key"
_PREFIX = "PRIVATE+KEY+"


def load(folder: Path, name: str | None) -> Signer:
    """Return the witness's signer. Its name is fixed when the key is made; without one it is made of the key."""
    if name is not None and not is_name(name):
        raise UsageError(
            f"{name!r} cannot be the name of a key: it is empty, or has a space or a plus sign in it."
        )
    path = folder / FILE
    text = secret_files.ensure(path, lambda: _made(name))
    try:
        signer = _read(text.decode())
    except (ValueError, FormatError) as error:
        raise OperationError(f"{path} is damaged; restore it. A new key would be another witness.") from error
    if name not in (None, signer.name):
        raise UsageError(
            f"This witness is {signer.name}; leave --name out, or begin anew in another directory."
        )
    return signer


def _made(name: str | None) -> bytes:
    key = Ed25519PrivateKey.generate()
    chosen = name or f"witness-{key.public_key().public_bytes_raw().hex()[:16]}"
    signer = Signer(chosen, key, COSIGNATURE)
    secret = to_base64(bytes([COSIGNATURE]) + key.private_bytes_raw())
    return f"{_PREFIX}{chosen}+{signer.verifier.key_id.hex()}+{secret}\n".encode()


def _read(text: str) -> Signer:
    name, key_id, secret = text.removeprefix(_PREFIX).removesuffix("\n").split("+", 2)
    raw = from_base64(secret, "key", 33)
    signer = Signer(name, Ed25519PrivateKey.from_private_bytes(raw[1:]), raw[0])
    if signer.verifier.key_id.hex() != key_id or raw[0] != COSIGNATURE or not text.startswith(_PREFIX):
        raise FormatError("The key is not the one that its id names.")
    return signer
