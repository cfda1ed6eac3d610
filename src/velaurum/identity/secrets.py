"""Credentials as text: a prefix + organisation and own id + secret + checksum, in base 62.

`vlm_` is a token that a program sends, `vls_` a session that a browser keeps, `vli_` a sign-in that a browser began,
`vlp_` an invitation for a person, `vlc_` a claim to a new installation, `vlj_` what an outside system calls back with;
none works as another. Prefix and checksum let a scanner recognise a leaked one offline. Nothing here is ever logged.
"""

import hashlib
import secrets
import string
import uuid
import zlib
from dataclasses import dataclass

PREFIX = "vlm_"
SESSION_PREFIX = "vls_"
SIGN_IN_PREFIX = "vli_"
INVITATION_PREFIX = "vlp_"
CLAIM_PREFIX = "vlc_"
CALLBACK_PREFIX = "vlj_"
PLATFORM = uuid.UUID(int=0)  # stands where a token of the installation has no organisation
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_IDS_LENGTH = 43
_SECRET_LENGTH = 43
_CHECKSUM_LENGTH = 6
_LENGTH = len(PREFIX) + _IDS_LENGTH + _SECRET_LENGTH + _CHECKSUM_LENGTH


@dataclass(frozen=True, slots=True, repr=False)
class BearerToken:
    """A token or session taken apart. It has no repr, so that no log or traceback can show the secret."""

    org_id: str
    token_id: str
    secret: bytes
    prefix: str = PREFIX

    @property
    def is_platform(self) -> bool:
        return self.org_id == str(PLATFORM)

    @property
    def secret_hash(self) -> bytes:
        """SHA-256 of the secret; 256 random bits need no slow hash."""
        return hashlib.sha256(self.secret).digest()

    @property
    def text(self) -> str:
        ids = uuid.UUID(self.org_id).bytes + uuid.UUID(self.token_id).bytes
        body = self.prefix + _to_base62(ids, _IDS_LENGTH) + _to_base62(self.secret, _SECRET_LENGTH)
        return body + _checksum(body)


def mint(org_id: str, token_id: str, prefix: str = PREFIX) -> BearerToken:
    """Make a new token, or what another prefix stands for, with 256 random bits."""
    return BearerToken(org_id, token_id, secrets.token_bytes(32), prefix)


def parse(text: str, prefixes: tuple[str, ...] = (PREFIX, SESSION_PREFIX)) -> BearerToken | None:
    """Take a token or session apart, or what the caller expects instead; None when it is none of them."""
    body, checksum = text[:-_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    prefix = text[: len(PREFIX)]
    if len(text) != _LENGTH or prefix not in prefixes or checksum != _checksum(body):
        return None
    ids = _from_base62(body[len(PREFIX) :][:_IDS_LENGTH])
    secret = _from_base62(body[len(PREFIX) + _IDS_LENGTH :])
    if ids is None or secret is None:
        return None
    return BearerToken(str(uuid.UUID(bytes=ids[:16])), str(uuid.UUID(bytes=ids[16:])), secret, prefix)


def _checksum(body: str) -> str:
    return _to_base62(zlib.crc32(body.encode("utf-8", "surrogatepass")).to_bytes(4), _CHECKSUM_LENGTH)


def _to_base62(value: bytes, length: int) -> str:
    number = int.from_bytes(value)
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _from_base62(text: str) -> bytes | None:
    number = 0
    for character in text:
        digit = _ALPHABET.find(character)
        if digit < 0:
            return None
        number = number * len(_ALPHABET) + digit
    return number.to_bytes(32) if number < 2**256 else None
