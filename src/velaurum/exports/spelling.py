"""The one spelling of a movement: a pattern, and what its fields must be beyond it."""

import json
import re
from binascii import unhexlify
from collections.abc import Iterable, Sequence
from itertools import chain

from velaurum.exports.summaries import Details, Reversal, Said, detail_of, said_of

_UUID = rb"(.{36})"  # its form is checked a whole column at a time
_INSTANT = rb"(.{27})"
_QUANTITY = rb"((?:0|[1-9][0-9]{0,37})\.[0-9]{9})"
_STATUS = rb"(quarantine|blocked|damaged)"
_COUNT = rb"(0|[1-9][0-9]{0,14})"  # below 2**53; of longer ones records.read() judges
_TEXT = rb'(?:[^"\\\x00-\x1f]++|\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f])))++'
_LAST = rb"[AEIMQUYcgkosw048]"  # of base64 of 32 bytes: two bits are spare, and zero

# What may stand between two members begins with another letter than what comes after it: so one byte decides. Around
# the source it is the second one. Only what keeps a balance has a status.
MOVEMENT = re.compile(
    rb'^\{"actor":\{"id":"' + _UUID + rb'","kind":"[a-z_]+","via":"' + _UUID + rb'"\},"at":"' + _INSTANT
    + rb'","id":"' + _UUID + rb'","idem":"([A-Za-z0-9_-]{42}' + _LAST + rb')","org":"' + _UUID
    + rb'","(?:pii":\{"note":"[A-Za-z0-9+/]{42}' + _LAST + rb'="\},"|)req":"' + _UUID
    + rb'","row":\{"(?:approval_id":"' + _UUID + rb'","|)item_id":"' + _UUID + rb'","kind":"([a-z_-]+)","log_index":'
    + _COUNT + rb',"(?:lot_id":"' + _UUID + rb'","|)occurred_at":"' + _INSTANT + rb'","quantity":"' + _QUANTITY
    + rb'","(?:reason":"' + _TEXT + rb'","|)(?:reference":"' + _TEXT + rb'","|)(?:reverses_id":"' + _UUID
    + rb'","|)(?:serial_id":"' + _UUID + rb'","|)source_id":"' + _UUID
    + rb'","(?:source_on_hand":"' + _QUANTITY + rb'","source_seq":' + _COUNT
    + rb',"(?:source_status":"' + _STATUS + rb'","|)|)(?:stated_quantity":"' + _QUANTITY
    + rb'","stated_unit":"(' + _TEXT + rb')","|)target_id":"' + _UUID
    + rb'","(?:target_on_hand":"' + _QUANTITY + rb'","target_seq":' + _COUNT
    + rb',"(?:target_status":"' + _STATUS + rb'","|)|)unit":"(' + _TEXT
    + rb')"\},"sv":1,"type":"stock\.movement","v":1\}\n',
    re.DOTALL | re.MULTILINE,
)  # fmt: skip
_HEX = bytes.maketrans(b"123456789abcdef", b"0" * 15)
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
UUID_FORM = b"00000000-0000-0000-0000-000000000000"
INSTANT_FORM = b"0000-00-00T00:00:00.000000Z"
TAIL = b'"type":"stock.movement","v":1}'

Row = tuple[bytes, ...]
"""What the pattern finds: actor, via, at, id, idem, org, req, approval_id, item_id, kind, log_index, lot_id,
occurred_at, quantity, reverses_id, serial_id, source_id, source_on_hand, source_seq, source_status, stated_quantity,
stated_unit, target_id, target_on_hand, target_seq, target_status, unit."""


def are_formed(columns: Sequence[Sequence[bytes]]) -> bool:
    """Say of movements that the pattern found, field by field, whether they are what they look like."""
    actors, vias, ats, ids, _, orgs, requests, approvals, items, kinds, _, _, occurred, quantities = columns[
        :14
    ]
    reversed_ids, _, sources, _, _, _, stated, stated_units, targets, *_ = columns[14:]
    return (
        are_uuids(b"".join(chain(actors, vias, ids, orgs, requests, items, sources, targets)))
        and are_uuids(b"".join(chain(approvals, reversed_ids)))
        and are_instants(b"".join(chain(ats, occurred)))
        and [kind == b"reversal" for kind in kinds] == list(map(bool, reversed_ids))
        and b"0.000000000" not in quantities
        and (not any(stated_units) or _are_stated(stated, stated_units, columns[26]))
        and (not (have_details(columns) or b"status-change" in kinds) or _are_detailed(columns))
    )


def have_details(columns: Sequence[Sequence[bytes]]) -> bool:
    """Say whether any of the movements says a lot, a serial or a status."""
    return any(any(columns[n]) for n in (11, 15, 19, 25))


def _are_detailed(columns: Sequence[Sequence[bytes]]) -> bool:
    """Say of each movement with a lot, a serial or a status whether it may say that, and of changes of a status."""
    return are_uuids(b"".join(chain(columns[11], columns[15]))) and all(
        map(_is_detailed, zip(*columns, strict=True))
    )


def _is_detailed(row: Row) -> bool:
    kind, lot, quantity, serial, is_one_place = row[9], row[11], row[13], row[15], row[16] == row[22]
    if not (lot or serial or row[19] or row[25]) and kind != b"status-change":
        return True
    if serial and (lot or quantity != b"1.000000000"):
        return False
    is_changed = row[19] != row[25] and bool(row[18] and row[24])
    if is_changed != is_one_place:
        return False
    return kind in (b"status-change", b"reversal") if is_changed else kind != b"status-change"


def take_details(row: Row, details: Details) -> tuple[bool, bool] | None:
    """Take what a movement says of stock keys that have a detail. None when it does not follow.

    Otherwise say of both sides whether they were taken.
    """
    [moved] = units_of([row[13]])
    item, lot, serial = (bytes_of([row[n]]) for n in (8, 11, 15))
    taken = []
    for moved_here, (place, on_hand, seq, status) in ((-moved, row[16:20]), (moved, row[22:26])):
        detail = detail_of(lot, serial, status)
        is_taken = bool(detail and seq)
        if is_taken:
            key = item + bytes_of([place]) + detail
            if not details.move(key, int(seq), units_of([on_hand])[0], moved_here):
                return None
        taken.append(is_taken)
    if serial and not details.pass_on(serial, leaves=bool(row[18]), comes=bool(row[24])):
        return None
    return taken[0], taken[1]


def _are_stated(
    quantities: Sequence[bytes], stated_units: Sequence[bytes], item_units: Sequence[bytes]
) -> bool:
    """Say whether what is stated is above zero, and in other units than those of the items."""
    return b"0.000000000" not in quantities and not any(
        stated and stated == unit for stated, unit in zip(stated_units, item_units, strict=True)
    )


def are_uuids(joined: bytes) -> bool:
    return joined.translate(_HEX) == UUID_FORM * (len(joined) // len(UUID_FORM))


def are_instants(joined: bytes) -> bool:
    return joined.translate(_DIGITS) == INSTANT_FORM * (len(joined) // len(INSTANT_FORM))


def bytes_of(uuids: Iterable[bytes]) -> bytes:
    return unhexlify(b"".join(uuids).translate(None, b"-"))


def units_of(quantities: Sequence[bytes]) -> list[int]:
    """Turn a column of quantities into units of 10**-9."""
    return [int(one) for one in b",".join(quantities).replace(b".", b"").split(b",")] if quantities else []


def is_utf8(raw: bytes | bytearray) -> bool:
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def mirror_of(entry: bytes) -> Said | None:
    """Return what a reversal of the movement has to say; None where nothing may reverse it, or it is no movement."""
    found = MOVEMENT.fullmatch(entry + b"\n")
    row: Row = found.groups(b"") if found else ()
    if not row or row[9] == b"reversal":
        return None
    return _said(row, source=(row[22], row[25]), target=(row[16], row[19]))


def reversal_of(row: Row) -> Reversal:
    said = _said(row, source=(row[16], row[19]), target=(row[22], row[25]))
    return Reversal(int(row[10]), bytes_of([row[14]]), said)


def _said(row: Row, *, source: tuple[bytes, bytes], target: tuple[bytes, bytes]) -> Said:
    """Return what a reversal says of a place with a status, and another one."""
    [moved] = units_of([row[13]])
    item, lot, serial, from_place, to_place = (
        bytes_of([one]) for one in (row[8], row[11], row[15], source[0], target[0])
    )
    stated = (units_of([row[20]])[0], _text(row[21])) if row[20] else None
    details = detail_of(lot, serial, source[1]), detail_of(lot, serial, target[1])
    return said_of(item, from_place, to_place, moved, _text(row[26]), stated, details)


def _text(spelt: bytes) -> bytes:
    return str(json.loads(b'"%b"' % spelt)).encode() if b"\\" in spelt else spelt
