"""The secrets of webhooks: made from one key of the data directory, whenever they are needed, and kept nowhere.

An organisation, an endpoint and the number of a generation lead to one secret, so that none is like another. Whoever
reads the database, or a dump of it, has the numbers alone.
"""

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from velaurum import secret_files

FILE = "webhook-key"
KEY_BYTES = 32
_ID_BYTES = 8
_GENERATION_BYTES = 8
_SECRET, _PUBLIC_KEY = "whsec_", "whpk_"


@dataclass(frozen=True, slots=True, repr=False)
class SigningKeys:
    """What one generation of one endpoint signs with. It has no repr, so that no log or traceback can show it."""

    hmac: bytes
    ed25519: Ed25519PrivateKey

    @property
    def secret(self) -> str:
        """Return the HMAC secret as receivers are given it, `whsec_` and base64."""
        return _SECRET + b64encode(self.hmac).decode()

    @property
    def public_key(self) -> str:
        """Return what verifies the ed25519 signatures, `whpk_` and base64; it is no secret."""
        raw = self.ed25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return _PUBLIC_KEY + b64encode(raw).decode()


@dataclass(frozen=True, slots=True, repr=False)
class InstallationKey:
    """The key that all of them are made from."""

    _key: bytes

    @property
    def key_id(self) -> str:
        """Return 16 hexadecimal digits that tell this key from others, and nothing of it."""
        return self._derive(b"key id", _ID_BYTES).hex()

    def signing_keys(self, org_id: str, endpoint_id: str, generation: int) -> SigningKeys:
        """Return what a generation of an endpoint signs with."""
        place = UUID(org_id).bytes + UUID(endpoint_id).bytes + generation.to_bytes(_GENERATION_BYTES, "big")
        return SigningKeys(
            self._derive(b"hmac-sha256" + place, KEY_BYTES),
            Ed25519PrivateKey.from_private_bytes(self._derive(b"ed25519" + place, KEY_BYTES)),
        )

    def _derive(self, what: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length, salt=None, info=b"velaurum webhooks 1 " + what).derive(self._key)


def load(data_dir: Path) -> InstallationKey:
    """Return the key of this installation, made on first use."""
    return InstallationKey(secret_files.ensure(_path(data_dir), lambda: token_bytes(KEY_BYTES)))


def keep(data_dir: Path, key: bytes) -> None:
    """Keep the key of this installation, which was made elsewhere."""
    path = _path(data_dir)
    if not path.exists() or path.read_bytes() != key:
        secret_files.replace(path, key)


def find(data_dir: Path) -> InstallationKey | None:
    """Return the key of this installation, None where there is none; nothing is made."""
    try:
        return InstallationKey(_path(data_dir).read_bytes())
    except OSError:
        return None


def _path(data_dir: Path) -> Path:
    return data_dir / secret_files.FOLDER / FILE
