"""Many entries at once, as arrays: the same reading as columns, for machines that have numpy.

Text is compared with its one spelling and numbers are read for thousands of entries by each operation. Entries that
are not read so, because they are changes, have long or escaped text, or numbers of many digits, are read by the
pattern of movements or as changes, and take their places between the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from string import ascii_letters, digits
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from velaurum.exports import chains, changes, records, spelling
from velaurum.exports.chains import Integers, Keys
from velaurum.exports.lines import ALL, COMMITMENT, INSTANT, KEY_HASH, UUID, Form, Lines
from velaurum.exports.spelling import MOVEMENT, Row
from velaurum.exports.summaries import Reversal, Said, Summary
from velaurum.proofs.wire import ProofError

_LARGEST = 4 * 10**18

_ACTOR = Form(b'{"actor":{"id":"', UUID, b'","kind":"')
_VIA = Form(
    b'","via":"', UUID, b'"},"at":"', INSTANT, b'","id":"', UUID, b'","idem":"', KEY_HASH, b'","org":"', UUID, b'","'
)  # fmt: skip
_PII = Form(b'pii":{"note":"', COMMITMENT, b'"},"')
_REQUEST = Form(b'req":"', UUID, b'","row":{"')
_APPROVAL = Form(b'approval_id":"', UUID, b'","')
_ITEM = Form(b'item_id":"', UUID, b'","kind":"')
_INDEX = Form(b'","log_index":')
_OCCURRED = Form(b',"occurred_at":"', INSTANT, b'","quantity":"')
_AND = Form(b'","')
_REASON, _REFERENCE = Form(b'reason":"'), Form(b'reference":"')
_REVERSES = Form(b'reverses_id":"', UUID, b'","')
_SIDES = (
    (Form(b'source_id":"', UUID, b'","'), b"s", Form(b'source_on_hand":"'), Form(b'","source_seq":')),
    (Form(b'target_id":"', UUID, b'","'), b"t", Form(b'target_on_hand":"'), Form(b'","target_seq":')),
)
_AFTER_SEQ = Form(b',"')
_UNIT = Form(b'unit":"')
_END = Form(b'"},"sv":1,"type":"stock.movement","v":1}')
_ALNUM = (ascii_letters + digits).encode()
_BASE64URL = bytes.maketrans(_ALNUM + b"-_", b"A" * 64)
_BASE64 = bytes.maketrans(_ALNUM + b"+/", b"A" * 64)
_REVERSAL = np.frombuffer(b'reversal"', np.uint8)


class Arrays:
    """A reading (`stretches.Reading`) that needs numpy."""

    AT_ONCE: ClassVar = 4096  # few enough for a processor to keep them at hand

    def __init__(self, first_index: int) -> None:
        self._first = first_index
        self._parts: list[_Part] = []

    def add(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> bool:
        """Take the next entries. False when one does not fit, or might not."""
        part = _read(entries, leaves)
        if part is not None:
            self._parts.append(part)
        return part is not None

    def summary(self) -> Summary | None:
        """Return what all entries come to. None when they do not follow from each other, or might not."""
        parts, first = self._parts, self._first
        ats = np.concatenate([part.ats for part in parts])
        orgs = np.concatenate([part.orgs for part in parts])
        indexes = np.concatenate([part.indexes for part in parts])
        balances = chains.chained(*map(np.concatenate, zip(*(part.sides for part in parts), strict=True)))
        if (
            balances is None
            or not (indexes == np.arange(first, first + len(indexes))).all()
            or not (orgs == orgs[0]).all()
            or not spelling.are_uuids(orgs[0])
            or not (ats[1:] > ats[:-1]).all()
        ):
            return None
        summary = Summary(
            first_index=first,
            count=len(indexes),
            org=orgs[0].decode(),
            first_at=ats[0].decode(),
            last_at=ats[-1].decode(),
            key_hashes=b"".join(part.key_hashes for part in parts),
            ids=b"".join(part.ids for part in parts),
            balances=balances,
            reversals=[one for part in parts for one in part.reversals],
            mirrors={place: said for part in parts for place, said in part.mirrors.items()},
        )
        return summary if summary.change(change for part in parts for change in part.changes) else None


@dataclass(frozen=True, slots=True)
class _Part:
    """What is kept of some thousand entries. `sides`, where there is a balance: stock key, number, balance, moved."""

    ats: NDArray[np.bytes_]
    orgs: NDArray[np.bytes_]
    indexes: Integers
    ids: bytes
    key_hashes: bytes
    sides: tuple[Keys, Integers, Integers, Integers]
    reversals: list[Reversal]
    changes: list[tuple[records.Change, bytes]]
    mirrors: dict[int, Said | None] = field(default_factory=dict)


def _read(entries: Sequence[bytes], leaves: Sequence[bytes]) -> _Part | None:
    lines = Lines(entries)
    found = _Movements(lines)
    if not (spelling.is_utf8(lines.text) and found.are_formed(lines)):
        return None
    table = _Table(lines, found)
    for n in np.flatnonzero(lines.odd).tolist():
        if not table.put(n, entries[n], leaves[n]):
            return None
    for n in found.reversing[~lines.odd[found.reversing]].tolist():
        if (seen := MOVEMENT.fullmatch(entries[n] + b"\n")) is None:
            return None
        table.reversals.append(spelling.reversal_of(seen.groups(b"")))
    part = table.part()
    for n in _named(part.ids, part.reversals):
        part.mirrors[int(part.indexes[n])] = spelling.mirror_of(entries[n])
    return part


class _Movements:
    """Where the fields of movements are, and the numbers in them; of odd lines it is whatever was there."""

    def __init__(self, lines: Lines) -> None:
        [actor] = lines.passed(_ACTOR)
        lines.word()
        via, self.at, self.id, self.key_hash, self.org = lines.passed(_VIA)
        self.committed = lines.having(0, b"p")
        [self.commitment] = lines.passed(_PII, self.committed)
        [request] = lines.passed(_REQUEST)
        self.approved = lines.having(0, b"a")
        [self.approval] = lines.passed(_APPROVAL, self.approved)
        [self.item] = lines.passed(_ITEM)
        kind = lines.word()
        lines.passed(_INDEX)
        self.index = lines.number()
        [self.occurred] = lines.passed(_OCCURRED)
        self.quantity = lines.quantity()
        lines.passed(_AND)
        for form, letter in ((_REASON, b"a"), (_REFERENCE, b"f")):
            rows = lines.having(2, letter)
            lines.passed(form, rows)
            lines.prose(rows)
            lines.passed(_AND, rows)
        self.reversing = lines.having(2, b"v")
        [self.reversed] = lines.passed(_REVERSES, self.reversing)
        self.source, self.target = (_Side(lines, *forms) for forms in _SIDES)
        lines.passed(_UNIT)
        lines.prose(ALL)
        lines.passed(_END)
        is_reversal = (lines.window(kind, len(_REVERSAL)) == _REVERSAL).all(axis=1)
        is_reversal[self.reversing] ^= True
        lines.odd |= (lines.at != lines.ends) | (self.quantity == 0) | is_reversal
        self._others = actor, via, request

    def are_formed(self, lines: Lines) -> bool:
        """Look at all fields whose form the cursors did not see."""
        uuids = lines.fields(UUID, *self._others, self.id, self.item, self.source.at, self.target.at)
        uuids += lines.fields(UUID, self.approval, rows=self.approved)
        uuids += lines.fields(UUID, self.reversed, rows=self.reversing)
        return (
            spelling.are_uuids(uuids)
            and spelling.are_instants(lines.fields(INSTANT, self.at, self.occurred))
            and _are_hashes(lines.fields(KEY_HASH, self.key_hash), KEY_HASH)
            and _are_hashes(lines.fields(COMMITMENT, self.commitment, rows=self.committed), COMMITMENT)
        )


class _Side:
    """The sources or targets of movements. `seq` and `on_hand` are those of `rows`, which keep a balance."""

    def __init__(self, lines: Lines, place: Form, letter: bytes, on_hand: Form, seq: Form) -> None:
        [self.at] = lines.passed(place)
        self.rows = lines.having(0, letter)
        lines.passed(on_hand, self.rows)
        self.on_hand = lines.quantity(self.rows)
        lines.passed(seq, self.rows)
        self.seq = lines.number(self.rows)
        lines.passed(_AFTER_SEQ, self.rows)


class _Table:
    """Columns of some thousand entries; odd ones are put into their places one by one."""

    def __init__(self, lines: Lines, found: _Movements) -> None:
        count = lines.count
        self._ats, self._orgs, self._key_hashes, self._ids, self._items, *sides = (
            np.frombuffer(lines.fields(width, at), f"S{width}").copy()
            for width, at in (
                (INSTANT, found.at), (UUID, found.org), (KEY_HASH, found.key_hash), (UUID, found.id),
                (UUID, found.item), (UUID, found.source.at), (UUID, found.target.at),
            )
        )  # fmt: skip
        self._indexes = found.index
        self.reversals: list[Reversal] = []
        self._changes: list[tuple[records.Change, bytes]] = []
        self._is_movement = np.ones(count, np.bool_)
        self._places = np.stack(sides, axis=1)
        self._has_balance = np.zeros((count, 2), np.bool_)
        self._seqs, self._on_hand = np.zeros((count, 2), np.int64), np.zeros((count, 2), np.int64)
        self._moved = np.stack([-found.quantity, found.quantity], axis=1)
        for n, side in enumerate((found.source, found.target)):
            self._has_balance[side.rows, n] = True
            self._seqs[side.rows, n], self._on_hand[side.rows, n] = side.seq, side.on_hand

    def part(self) -> _Part:
        items, places = (
            np.frombuffer(spelling.bytes_of([one.tobytes()]), np.uint64).reshape(-1, 2)
            for one in (self._items, self._places)
        )
        keys = np.concatenate([np.repeat(items, 2, axis=0), places], axis=1)
        has = self._has_balance.ravel()
        return _Part(
            self._ats,
            self._orgs,
            self._indexes,
            spelling.bytes_of([self._ids.tobytes()]),
            self._key_hashes[self._is_movement].tobytes(),
            (keys[has], self._seqs.ravel()[has], self._on_hand.ravel()[has], self._moved.ravel()[has]),
            self.reversals,
            self._changes,
        )

    def put(self, n: int, entry: bytes, leaf: bytes) -> bool:
        self._has_balance[n] = False
        if entry.endswith(spelling.TAIL):
            seen = MOVEMENT.fullmatch(entry + b"\n")
            return seen is not None and self._put_movement(n, seen.groups(b""))
        try:
            change = changes.read(entry)
        except ProofError:
            return False
        self._is_movement[n] = False
        self._ats[n], self._orgs[n], self._ids[n] = change.at, change.org, change.id
        self._indexes[n] = min(change.log_index, _LARGEST)
        self._changes.append((change, leaf))
        return True

    def _put_movement(self, n: int, row: Row) -> bool:
        if not spelling.are_formed([(one,) for one in row]):
            return False
        _, _, self._ats[n], self._ids[n], self._key_hashes[n], self._orgs[n] = row[:6]
        self._items[n], self._places[n] = row[8], (row[14], row[17])
        self._indexes[n] = int(row[10])
        [moved] = spelling.units_of([row[12]])
        on_hand = [spelling.units_of([one] if one else []) for one in (row[15], row[18])]
        if max(moved, *chain.from_iterable(on_hand)) >= _LARGEST:
            return False
        self._moved[n] = -moved, moved
        for side, (balance, seq) in enumerate(zip(on_hand, (row[16], row[19]), strict=True)):
            if balance:
                self._has_balance[n, side] = True
                self._on_hand[n, side], self._seqs[n, side] = balance[0], int(seq)
        if row[13]:
            self.reversals.append(spelling.reversal_of(row))
        return True


def _named(ids: bytes, reversals: Sequence[Reversal]) -> list[int]:
    """Return the rows that might be named by one of the reversals: all that are, and few others."""
    if not reversals:
        return []
    # Ids begin with an instant, and end as it happens.
    ends = np.frombuffer(ids, np.uint64)[1::2]
    joined = spelling.bytes_of([one.reverses.encode() for one in reversals])
    rows: list[int] = np.flatnonzero(np.isin(ends, np.frombuffer(joined, np.uint64)[1::2])).tolist()
    return rows


def _are_hashes(joined: bytes, width: int) -> bool:
    """Say of 32 bytes in base64 or base64url each whether they are in their one spelling."""
    padding = b"=" * (width - KEY_HASH)
    form = b"A" * KEY_HASH + padding
    alphabet = _BASE64 if padding else _BASE64URL
    spare = joined[KEY_HASH - 1 :: width].translate(None, b"AEIMQUYcgkosw048")  # two bits are spare, and zero
    return not spare and joined.translate(alphabet) == form * (len(joined) // width)
