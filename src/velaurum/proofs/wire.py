"""How numbers and hashes stand in text: each value has one form, and every other form is refused."""

import base64
import binascii
import re

HASH_BYTES = 32
SIZE_LIMIT = 2**63  # sizes, indexes and times fit a signed 64-bit integer everywhere

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class ProofError(ValueError):
    """What was shown proves nothing; the message is one sentence that says why."""


class FormatError(ProofError):
    """The bytes are not in the format at all."""


def decimal(text: str, what: str) -> int:
    """Read a number from 0 up to 2**63 - 1, without leading zeros."""
    if not _DECIMAL.fullmatch(text) or (value := int(text)) >= SIZE_LIMIT:
        raise FormatError(f"The {what} is not a decimal number without leading zeros.")
    return value


def from_base64(text: str, what: str, size: int | None = None) -> bytes:
    """Read standard base64 with padding (RFC 4648, section 4), of `size` bytes where that is known."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = None
    if raw is None or to_base64(raw) != text or (size is not None and len(raw) != size):
        raise FormatError(f"The {what} is not base64" + (f" of {size} bytes." if size else "."))
    return raw


def to_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def lines(text: str, what: str) -> list[str]:
    """Split text of which every line ends with a newline."""
    if not text.endswith("\n"):
        raise FormatError(f"The {what} does not end with a newline.")
    return text[:-1].split("\n")


def decoded(raw: bytes, what: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise FormatError(f"The {what} is not UTF-8.") from error
