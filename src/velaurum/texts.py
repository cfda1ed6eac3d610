"""Texts and numbers that people type: one rule each, the same at every door."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

from velaurum.errors import FieldError, UsageError

QUANTITY = re.compile(r"-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,9})?", re.ASCII)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
# RFC 3339 with hours to 23 and seconds to 59: a leap second has no place of its own in the database.
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])",
    re.ASCII,
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
DURATION = re.compile(r"([0-9]{1,6})([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
CODE_LENGTH = 64
EARLIEST_YEAR = 1900

# Controls, surrogates, private use and unassigned code points, and the invisible formatting characters
# that make two texts look alike (bidirectional overrides, zero-width joiners and spaces).
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# What Unicode counts among letters, marks and symbols and yet shows nothing of: fillers, variation selectors.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)


def is_uuid(text: str) -> bool:
    return UUID.fullmatch(text) is not None


def duration(text: str) -> timedelta | None:
    """Read a number and its unit, like 90d, 12h or 30m; None when it is something else."""
    said = DURATION.fullmatch(text)
    return timedelta(**{_UNITS[said[2]]: int(said[1])}) if said else None


def age(setting: str, text: str, least: timedelta) -> timedelta | None:
    """Read for how long a setting lets something be kept, None for ever; UsageError for what cannot be meant."""
    if text == "0":
        return None
    found = duration(text)
    if found is None or found < least:
        raise UsageError(
            f"{setting} is {text!r}; write a number of days, like 90d, at least {least.days}d, or 0 for ever."
        )
    return found


def code_problem(code: str) -> str | None:
    """Say why `code` cannot be a code: 1 to 64 visible characters in NFC, not shaped like an id."""
    if not 1 <= len(code) <= CODE_LENGTH:
        return "A code is 1 to 64 characters."
    if code != code.strip():
        return "A code does not begin or end with a space."
    if is_uuid(code):
        return "A code is not shaped like an id."
    if _BLANK.search(code):
        return "A code has no character that cannot be seen."
    return text_problem(code, CODE_LENGTH)


def code_key(code: str) -> str:
    """Return what two codes share when they look alike: NFKC and case folding, until nothing changes."""
    if code.isascii():
        return code.lower()
    folded = unicodedata.normalize("NFKC", code).casefold()
    return unicodedata.normalize("NFKC", folded).casefold()


def text_problem(text: str, longest: int, *, lines: bool = False) -> str | None:
    """Say why `text` cannot be stored: 1 to `longest` visible characters in NFC.

    Tabs and line ends count as visible with `lines`.
    """
    if not 1 <= len(text) <= longest:
        return f"This text is 1 to {longest} characters."
    if text.isascii() and text.isprintable():
        return None
    if any(
        unicodedata.category(character) in _UNSEEN
        for character in text
        if not (lines and character in "\n\t")
    ):
        return "This text has a control character or one that cannot be seen."
    if not unicodedata.is_normalized("NFC", text):
        return "This text is not in Unicode normalization form C."
    return None


def quantity_problem(text: str) -> str | None:
    """Say why `text` is not a quantity that can move: a plain decimal above zero."""
    if not QUANTITY.fullmatch(text):
        return (
            "A quantity is a decimal string like 24 or 0.5: 19 digits before the point at most, 9 after it."
        )
    if text.startswith("-") or not text.strip("0."):
        return "A quantity is more than zero; source and target give the direction."
    return None


def instant(text: str) -> datetime | None:
    """Read an RFC 3339 instant with an offset, cut to microseconds; None when it is not one."""
    if not INSTANT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= EARLIEST_YEAR else None


def is_day(text: str) -> bool:
    """Tell whether `text` is a day of the calendar, like 2026-11-30, from the year 1900 on."""
    if not DAY.fullmatch(text):
        return False
    try:
        return date.fromisoformat(text).year >= EARLIEST_YEAR
    except ValueError:
        return False


def field(pointer: str, detail: str | None) -> list[FieldError]:
    """Return the one error of a field, or none when there is nothing to say."""
    return [] if detail is None else [FieldError(pointer, "invalid-field", detail)]


def by_id_or_code(reference: str) -> dict[str, str | None]:
    """Tell an id from a code, which is never shaped like one. What can be neither finds nothing."""
    if is_uuid(reference):
        return {"id": reference, "code": None}
    return {"id": None, "code": reference if code_problem(reference) is None else None}
