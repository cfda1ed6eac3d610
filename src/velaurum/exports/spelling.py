"""The one spelling of a movement, as a pattern: what records.read() accepts, but for what single columns must be."""

import json
import re

from velaurum.exports.summaries import Reversal

_UUID = rb"(.{36})"  # its form is checked a whole column at a time
_INSTANT = rb"(.{27})"
_QUANTITY = rb"((?:0|[1-9][0-9]{0,37})\.[0-9]{9})"
_COUNT = rb"(0|[1-9][0-9]{0,15})"
_TEXT = rb'(?:[^"\\\x00-\x1f]++|\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f])))++'
_LAST = rb"[AEIMQUYcgkosw048]"  # of base64 of 32 bytes: two bits are spare, and zero

# What may stand between two members begins with another letter than what comes after it: so one byte decides.
MOVEMENT = re.compile(
    rb'^\{"actor":\{"id":"' + _UUID + rb'","kind":"[a-z_]+","via":"' + _UUID + rb'"\},"at":"' + _INSTANT
    + rb'","id":"' + _UUID + rb'","idem":"([A-Za-z0-9_-]{42}' + _LAST + rb')","org":"' + _UUID
    + rb'","(?:pii":\{"note":"[A-Za-z0-9+/]{42}' + _LAST + rb'="\},"|)req":"' + _UUID
    + rb'","row":\{"(?:approval_id":"' + _UUID + rb'","|)item_id":"' + _UUID + rb'","kind":"([a-z_]+)","log_index":'
    + _COUNT + rb',"occurred_at":"' + _INSTANT + rb'","quantity":"' + _QUANTITY + rb'","(?:reason":"' + _TEXT
    + rb'","|)(?:reference":"' + _TEXT + rb'","|)(?:reverses_id":"' + _UUID + rb'","|)source_id":"' + _UUID
    + rb'","(?:source_on_hand":"' + _QUANTITY + rb'","source_seq":' + _COUNT + rb',"|)target_id":"' + _UUID
    + rb'","(?:target_on_hand":"' + _QUANTITY + rb'","target_seq":' + _COUNT + rb',"|)unit":"(' + _TEXT
    + rb')"\},"sv":1,"type":"stock\.movement","v":1\}\n',
    re.DOTALL | re.MULTILINE,
)  # fmt: skip
TAIL = b'"type":"stock.movement","v":1}'

Row = tuple[bytes, ...]
"""What the pattern finds: actor, via, at, id, idem, org, req, approval_id, item_id, kind, log_index, occurred_at,
quantity, reverses_id, source_id, source_on_hand, source_seq, target_id, target_on_hand, target_seq, unit."""


def mirror_of(entry: bytes) -> tuple[str, ...] | None:
    """Return what a reversal of the movement has to say; None where nothing may reverse it, or it is no movement."""
    found = MOVEMENT.fullmatch(entry + b"\n")
    row: Row = found.groups(b"") if found else ()
    if not row or row[9] == b"reversal":
        return None
    return _said(row, source=row[17], target=row[14])


def reversal_of(row: Row) -> Reversal:
    return Reversal(int(row[10]), row[13].decode(), _said(row, source=row[14], target=row[17]))


def _said(row: Row, *, source: bytes, target: bytes) -> tuple[str, ...]:
    moved = row[12].replace(b".", b"").lstrip(b"0")
    said = (one.decode() for one in (row[8], source, target, moved))
    return (*said, json.loads(b'"%b"' % row[20]))
