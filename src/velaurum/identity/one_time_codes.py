"""Codes of a second factor: by time (RFC 6238), and those that stand in for them, once each."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

import pyotp

PERIOD_S = 30
DIGITS = 6
DRIFT_STEPS = 1
ISSUER = "Velaurum"
RECOVERY_CODES = 10
_GROUPS, _GROUP_LENGTH = 6, 4
# Crockford's: no I, L, O and U, so that no two are read as one.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")


@dataclass(frozen=True, slots=True, repr=False)
class RecoveryCodes:
    """A set of recovery codes. The texts are the only copy; the hashes are stored."""

    texts: list[str]
    hashes: list[bytes]


def new_secret() -> str:
    """Return a secret of 160 random bits, in base 32."""
    return pyotp.random_base32()


def uri(secret: str, org_code: str, login: str) -> str:
    """Return what an authenticator app reads, as a QR code or typed."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD_S).provisioning_uri(
        name=login, issuer_name=f"{ISSUER} {org_code}"
    )


def step_of(secret: str, code: str, now_s: int) -> int | None:
    """Return the step of which this is the code: the present one, the one before or after; None for any other.

    `now_s` are seconds since 1970. That a step is used once, the database decides.
    """
    codes = pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD_S)
    now, found = now_s // PERIOD_S, None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(codes.generate_otp(step).encode(), code.encode()):
            found = step
    return found


def is_by_time(code: str) -> bool:
    """Tell whether a text is shaped like a code by time."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def new_recovery_codes() -> RecoveryCodes:
    """Make a set of recovery codes, 120 random bits each."""
    texts = [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]
    return RecoveryCodes(texts, [recovery_hash(text) for text in texts])


def recovery_hash(text: str) -> bytes:
    """Return the SHA-256 of a recovery code, however it was typed."""
    typed = "".join(character for character in text.upper() if character.isalnum()).translate(_MISREAD)
    return hashlib.sha256(typed.encode()).digest()
