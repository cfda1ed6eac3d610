"""Changes by the thousand: read as records.read() reads them, and what might be otherwise is left to it."""

import json
from typing import Any

from velaurum import canonical
from velaurum.exports import records
from velaurum.exports.records import Change
from velaurum.proofs.wire import ProofError


def _refuse(_: str) -> Any:
    raise ValueError("an entry has whole numbers and no others")


# Made once: to make them costs as much as to use them.
_READER = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
_WRITER = json.JSONEncoder(check_circular=False, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
# Sixteen digits might be a number without a canonical form.
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_LARGE = b"0" * 16


def read(entry: bytes) -> Change:
    """Return what a change says. ProofError for whatever else the entry is."""
    said = _plain(entry)
    record = records.read(entry) if said is None else records.judged(said)
    if not isinstance(record, Change):
        raise ProofError("It is no change.")
    return record


def _plain(entry: bytes) -> dict[str, Any] | None:
    """Return the members of an entry that surely is canonical; None where only the whole reading can tell."""
    if _LARGE in entry.translate(_DIGITS):
        return None
    try:
        text = entry.decode()
        said = _READER.decode(text)
        if not isinstance(said, dict) or _WRITER.encode(said) != text:
            return None
        if not entry.isascii():
            canonical.encode(said)
    except (ValueError, TypeError, RecursionError):
        return None
    return said
