"""Many entries at once: the same reading as records, a column at a time, for logs of millions.

The pattern below is the only spelling of a movement. What matches it and passes the checks of its columns is what
records.read() would have returned; whatever does not is left to records.read(), which says why.
"""

import json
import re
from binascii import unhexlify
from collections.abc import Sequence
from operator import add, lt
from typing import Any

from velaurum.exports import records
from velaurum.exports.records import Change, Version
from velaurum.exports.summaries import Balance, Reversal, Summary
from velaurum.proofs.wire import ProofError

_UUID = rb"(.{36})"  # its form is checked a whole column at a time
_INSTANT = rb"(.{27})"
_QUANTITY = rb"((?:0|[1-9][0-9]{0,37})\.[0-9]{9})"
_COUNT = rb"(0|[1-9][0-9]{0,15})"
_TEXT = rb'(?:[^"\\\x00-\x1f]++|\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f])))++'
_LAST = rb"[AEIMQUYcgkosw048]"  # of base64 of 32 bytes: two bits are spare, and zero

_MOVEMENT = re.compile(
    rb'^\{"actor":\{"id":"' + _UUID + rb'","kind":"([a-z_]+)","via":"' + _UUID + rb'"\},"at":"' + _INSTANT
    + rb'","id":"' + _UUID + rb'","idem":"([A-Za-z0-9_-]{42}' + _LAST + rb')","org":"' + _UUID
    + rb'"(?:,"pii":\{"note":"[A-Za-z0-9+/]{42}' + _LAST + rb'="\})?,"req":"' + _UUID
    + rb'","row":\{(?:"approval_id":"' + _UUID + rb'",)?"item_id":"' + _UUID + rb'","kind":"([a-z_]+)","log_index":'
    + _COUNT + rb',"occurred_at":"' + _INSTANT + rb'","quantity":"' + _QUANTITY + rb'"(?:,"reason":"' + _TEXT
    + rb'")?(?:,"reference":"' + _TEXT + rb'")?(?:,"reverses_id":"' + _UUID + rb'")?,"source_id":"' + _UUID
    + rb'"(?:,"source_on_hand":"' + _QUANTITY + rb'","source_seq":' + _COUNT + rb')?,"target_id":"' + _UUID
    + rb'"(?:,"target_on_hand":"' + _QUANTITY + rb'","target_seq":' + _COUNT + rb')?,"unit":"(' + _TEXT
    + rb')"\},"sv":1,"type":"stock\.movement","v":1\}\n',
    re.DOTALL | re.MULTILINE,
)  # fmt: skip
_HEX = bytes.maketrans(b"123456789abcdef", b"0" * 15)
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_UUID_FORM = b"00000000-0000-0000-0000-000000000000"
_INSTANT_FORM = b"0000-00-00T00:00:00.000000Z"

Row = tuple[bytes, ...]


class Columns:
    """Puts together what a stretch of entries comes to, and notices when something in it does not fit."""

    def __init__(self, first_index: int) -> None:
        self.summary = Summary(first_index)
        self._key_hashes: list[bytes] = []
        self._ids: list[bytes] = []
        self._balances: dict[bytes, Balance] = self.summary.closed
        self._opened: dict[bytes, Balance] = self.summary.opened

    def add(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> bool:
        """Take the next entries. False when one does not fit, or might not: then the summary is good for nothing."""
        joined = b"\n".join([*entries, b""])
        if joined.count(b"\n") != len(entries) or not _is_utf8(joined):
            return False
        rows: list[Row] = _MOVEMENT.findall(joined)
        changes: dict[int, Change] = {}
        if len(rows) != len(entries):
            try:
                changes, rows = _sorted_out(entries)
            except ProofError:
                return False
        return self._take(rows, changes, len(entries), leaves)

    def close(self) -> Summary:
        """Return the summary of all that was taken."""
        self.summary.key_hashes = b"".join(self._key_hashes)
        self.summary.ids = unhexlify(b"".join(self._ids).translate(None, b"-"))
        return self.summary

    def _take(self, rows: list[Row], changes: dict[int, Change], count: int, leaves: Sequence[bytes]) -> bool:
        summary = self.summary
        first = summary.first_index + summary.count
        columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * _MOVEMENT.groups
        actors, _, vias, ats, ids, key_hashes, orgs, requests, approvals, items, kinds, indexes = columns[:12]
        occurred, quantities, reversed_ids, sources, _, _, targets = columns[12:19]
        uuids = b"".join((*actors, *vias, *ids, *requests, *items, *sources, *targets))
        maybe = b"".join((*approvals, *reversed_ids, *orgs[:1]))
        if (
            uuids.translate(_HEX) != _UUID_FORM * (7 * len(rows))
            or maybe.translate(_HEX) != _UUID_FORM * (len(maybe) // len(_UUID_FORM))
            or b"".join((*ats, *occurred)).translate(_DIGITS) != _INSTANT_FORM * (2 * len(rows))
            or len(set(key_hashes)) != len(rows)
            or any((kind == b"reversal") != bool(one) for kind, one in zip(kinds, reversed_ids, strict=True))
        ):
            return False
        places = [int(one) for one in indexes]
        if changes:
            ids, ats, orgs, places = _merged(changes, count, ids, ats, orgs, places)
        if not (
            places == list(range(first, first + count))
            and len(set(orgs)) == 1
            and summary.org in ("", orgs[0].decode())
            and summary.last_at.encode() < ats[0]
            and all(map(lt, ats, ats[1:]))
        ):
            return False
        self._key_hashes += key_hashes
        self._ids += ids
        summary.org, summary.last_at = orgs[0].decode(), ats[-1].decode()
        summary.first_at = summary.first_at or ats[0].decode()
        summary.count += count
        if any(reversed_ids):
            summary.reversals += [_reversal(row) for row in rows if row[14]]
        return self._balance(items, quantities, columns[15:21]) and self._change(changes, first, leaves)

    def _balance(self, items: Sequence[bytes], quantities: Sequence[bytes], sides: list[Any]) -> bool:
        sources, source_balances, source_seqs, targets, target_balances, target_seqs = sides
        moved = _units(quantities)
        if moved and min(moved) <= 0:
            return False
        balances, opened = self._balances, self._opened
        from_keys, to_keys = map(add, items, sources), map(add, items, targets)
        for quantity, from_key, from_hand, from_seq, to_key, to_hand, to_seq in zip(
            moved, from_keys, source_balances, source_seqs, to_keys, target_balances, target_seqs, strict=True
        ):
            if from_seq:
                seq, on_hand = int(from_seq), int(from_hand.replace(b".", b""))
                before = balances.get(from_key)
                if before is None:
                    opened[from_key] = (seq - 1, on_hand + quantity)
                elif before != (seq - 1, on_hand + quantity):
                    return False
                balances[from_key] = (seq, on_hand)
            if to_seq:
                seq, on_hand = int(to_seq), int(to_hand.replace(b".", b""))
                before = balances.get(to_key)
                if before is None:
                    opened[to_key] = (seq - 1, on_hand - quantity)
                elif before != (seq - 1, on_hand - quantity):
                    return False
                balances[to_key] = (seq, on_hand)
        return True

    def _change(self, changes: dict[int, Change], first: int, leaves: Sequence[bytes]) -> bool:
        summary = self.summary
        for n, change in changes.items():
            if change.subject is None:
                continue
            before = summary.versions.get(change.subject)
            if before is None:
                summary.succeeds[change.subject] = change.prev
            elif before != change.prev:
                return False
            summary.versions[change.subject] = Version(first + n, leaves[n])
        return True


def _sorted_out(entries: Sequence[bytes]) -> tuple[dict[int, Change], list[Row]]:
    """Part movements from changes. ProofError for what is neither in its one spelling."""
    changes: dict[int, Change] = {}
    rows: list[Row] = []
    for n, entry in enumerate(entries):
        found = _MOVEMENT.fullmatch(entry + b"\n")
        if found is not None:
            rows.append(found.groups(b""))
            continue
        record = records.read(entry)
        if not isinstance(record, Change):
            raise ProofError("It is a movement that the pattern does not know.")
        changes[n] = record
    return changes, rows


def _merged(changes: dict[int, Change], count: int, *columns: Sequence[Any]) -> list[list[Any]]:
    """Put the columns of movements and changes into the order of the log: ids, instants, organisations, places."""
    rows = iter(zip(*columns, strict=True))
    merged = [
        (one.id.encode(), one.at.encode(), one.org.encode(), one.log_index)
        if (one := changes.get(n))
        else next(rows)
        for n in range(count)
    ]
    return [list(column) for column in zip(*merged, strict=True)]


def mirror_of(entry: bytes) -> tuple[str, ...] | None:
    """Return what a reversal of the movement has to say; None where nothing may reverse it, or it is no movement."""
    found = _MOVEMENT.fullmatch(entry + b"\n")
    row: Row = found.groups(b"") if found else ()
    if not row or row[10] == b"reversal":
        return None
    return _said(row, source=row[18], target=row[15])


def _reversal(row: Row) -> Reversal:
    return Reversal(int(row[11]), row[14].decode(), _said(row, source=row[15], target=row[18]))


def _said(row: Row, *, source: bytes, target: bytes) -> tuple[str, ...]:
    moved = row[13].replace(b".", b"").lstrip(b"0")
    said = (one.decode() for one in (row[9], source, target, moved))
    return (*said, json.loads(b'"%b"' % row[21]))


def _units(quantities: Sequence[bytes]) -> list[int]:
    """Turn a column of quantities into units of 10**-9."""
    return [int(one) for one in b",".join(quantities).replace(b".", b"").split(b",")] if quantities else []


def _is_utf8(raw: bytes) -> bool:
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
