"""Many entries at once, as arrays: the same reading as columns, for machines that have numpy.

Text is compared with its one spelling and numbers are read for thousands of entries by each operation. Entries that
are not read so, because they are changes, have long or escaped text, numbers of many digits, or a quantity that was
stated in another unit than the item's, are read by the pattern of movements or as changes, and take their places
between the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from string import ascii_letters, digits
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from velaurum.exports import chains, changes, octets, records, spelling
from velaurum.exports.batches import Batch
from velaurum.exports.chains import Integers, Keys
from velaurum.exports.lines import ALL, COMMITMENT, INSTANT, KEY_HASH, UUID, Form, Lines
from velaurum.exports.spelling import MOVEMENT, Row
from velaurum.exports.summaries import ID_BYTES, Reversal, Summary
from velaurum.exports.tables import searching
from velaurum.proofs.wire import ProofError

_LARGEST = 4 * 10**18

_ACTOR = Form(b'{"actor":{"id":"', UUID, b'","kind":"')
_VIA = Form(b'","via":"', UUID, b'"},"at":"', INSTANT, b'","id":"', UUID)
_IDEM = Form(b'","idem":"', KEY_HASH, b'","org":"', UUID, b'","')
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
_REVERSAL, _BYTE = np.uint64(int.from_bytes(b"reversal", "little")), np.uint64(0xFF)


class Arrays:
    """A reading (`stretches.Reading`) that needs numpy."""

    AT_ONCE: ClassVar = 4096  # few enough for a processor to keep them at hand

    def __init__(self, first_index: int) -> None:
        self._first = first_index
        self._parts: list[_Part] = []

    def add(self, entries: Batch, leaves: Sequence[bytes]) -> bool:
        """Take the next entries. False when one does not fit, or might not."""
        part = _read(entries, leaves)
        if part is not None:
            self._parts.append(part)
        return part is not None

    def summary(self) -> Summary | None:
        """Return what all entries come to. None when they do not follow from each other, or might not."""
        parts, first = self._parts, self._first
        ats = np.concatenate([part.ats for part in parts])
        [org, *others] = {part.org for part in parts}
        indexes = np.concatenate([part.indexes for part in parts])
        balances = chains.chained(*map(np.concatenate, zip(*(part.sides for part in parts), strict=True)))
        if (
            balances is None
            or not (indexes == np.arange(first, first + len(indexes))).all()
            or others
            or not spelling.are_uuids(org)
            or not (ats[1:] > ats[:-1]).all()
        ):
            return None
        summary = Summary(
            first_index=first,
            count=len(indexes),
            org=org.decode(),
            first_at=ats[0].decode(),
            last_at=ats[-1].decode(),
            key_hashes=b"".join(part.key_hashes for part in parts),
            ids=b"".join(part.ids for part in parts),
            balances=balances,
            reversals=[one for part in parts for one in part.reversals],
        )
        return summary if summary.change(change for part in parts for change in part.changes) else None


@dataclass(frozen=True, slots=True)
class _Part:
    """What is kept of some thousand entries. `sides`, where there is a balance: stock key, number, balance, moved."""

    ats: NDArray[np.bytes_]
    org: bytes
    indexes: Integers
    ids: bytes
    key_hashes: bytes
    sides: tuple[Keys, Integers, Integers, Integers]
    reversals: list[Reversal]
    changes: list[tuple[records.Change, bytes]]


def _read(entries: Batch, leaves: Sequence[bytes]) -> _Part | None:
    lines = Lines(entries)
    found = _Movements(lines)
    if not (spelling.is_utf8(lines.text) and found.hashes_are_formed(lines)):
        return None
    table = _Table(lines, found)
    for n in np.flatnonzero(lines.odd).tolist():
        if not table.put(n, entries[n], leaves[n]):
            return None
    for n in found.reversing[~lines.odd[found.reversing]].tolist():
        if (seen := MOVEMENT.fullmatch(entries[n] + b"\n")) is None:
            return None
        table.reversals.append(spelling.reversal_of(seen.groups(b"")))
    if (part := table.part()) is None:
        return None
    part.reversals[:] = _seen(part, entries)
    return part


class _Movements:
    """The fields of movements; of odd lines it is whatever was there."""

    def __init__(self, lines: Lines) -> None:
        [actor] = lines.passed(_ACTOR)
        actor.are_uuids()
        lines.word()
        via, at, movement = lines.passed(_VIA)
        via.are_uuids()
        self.ats, self.ids = at.instants(), movement.uuids()
        key_hashes, org = lines.passed(_IDEM)
        self.key_hashes, self.orgs = key_hashes.bytes(KEY_HASH).copy(), org.are_uuids()
        self.committed = lines.having(0, b"p")
        [self.commitment] = lines.passed(_PII, self.committed)
        [request] = lines.passed(_REQUEST)
        request.uuids()
        approved = lines.having(0, b"a")
        [approval] = lines.passed(_APPROVAL, approved)
        approval.uuids()
        [item] = lines.passed(_ITEM)
        self.items = item.uuids()
        kind = lines.word()
        lines.passed(_INDEX)
        self.index = lines.number()
        [occurred] = lines.passed(_OCCURRED)
        occurred.are_instants()
        self.quantity = lines.quantity()
        lines.passed(_AND)
        for form, letter in ((_REASON, b"a"), (_REFERENCE, b"f")):
            rows = lines.having(2, letter)
            lines.passed(form, rows)
            lines.prose(rows)
            lines.passed(_AND, rows)
        self.reversing = lines.having(2, b"v")
        [reversed_] = lines.passed(_REVERSES, self.reversing)
        reversed_.uuids()
        self.source, self.target = (_Side(lines, *forms) for forms in _SIDES)
        lines.passed(_UNIT)
        lines.prose(ALL)
        lines.passed(_END)
        eight, rest = lines.window(kind, 16).view("<u8").T
        is_reversal = (eight == _REVERSAL) & (rest & _BYTE == ord('"'))
        is_reversal[self.reversing] ^= True
        lines.odd |= (lines.at != lines.ends) | (self.quantity == 0) | is_reversal

    def hashes_are_formed(self, lines: Lines) -> bool:
        """Look at base64 in all lines that are not odd, and blank what stands for it in the others."""
        self.key_hashes[lines.odd] = ord("A")
        commitments = self.commitment.bytes(COMMITMENT)[~lines.odd[self.committed]]
        return _are_hashes(self.key_hashes.tobytes(), KEY_HASH) and _are_hashes(
            commitments.tobytes(), COMMITMENT
        )


class _Side:
    """The sources or targets of movements. `seq` and `on_hand` are those of `rows`, which keep a balance."""

    def __init__(self, lines: Lines, place: Form, letter: bytes, on_hand: Form, seq: Form) -> None:
        [at] = lines.passed(place)
        self.places = at.uuids()
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
        self._ats, self._ids, self._items = found.ats, found.ids, found.items
        self._key_hashes, self._indexes = found.key_hashes.view(f"S{KEY_HASH}")[:, 0], found.index
        self._orgs = octets.some(found.orgs[:, ~lines.odd] if lines.odd.any() else found.orgs)
        self.reversals: list[Reversal] = []
        self._changes: list[tuple[records.Change, bytes]] = []
        self._is_movement = np.ones(count, np.bool_)
        self._places = np.stack([found.source.places, found.target.places], axis=1)
        self._has_balance = np.zeros((count, 2), np.bool_)
        self._seqs, self._on_hand = np.zeros((count, 2), np.int64), np.zeros((count, 2), np.int64)
        self._moved = np.stack([-found.quantity, found.quantity], axis=1)
        for n, side in enumerate((found.source, found.target)):
            self._has_balance[side.rows, n] = True
            self._seqs[side.rows, n], self._on_hand[side.rows, n] = side.seq, side.on_hand

    def part(self) -> _Part | None:
        [org, *others] = self._orgs
        if others:
            return None
        sides = np.flatnonzero(self._has_balance)
        keys = np.empty((len(sides), 2), "V16")
        keys[:, 0] = self._items.view("V16")[:, 0][sides // 2]
        keys[:, 1] = self._places.view("V16").ravel()[sides]
        seqs, on_hand, moved = (one.ravel()[sides] for one in (self._seqs, self._on_hand, self._moved))
        return _Part(
            self._ats,
            org,
            self._indexes,
            self._ids.tobytes(),
            self._key_hashes[self._is_movement].tobytes(),
            (keys.view(np.uint64), seqs, on_hand, moved),
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
        self._ats[n], self._ids[n] = change.at, _binary(change.id.encode())
        self._orgs.add(change.org.encode())
        self._indexes[n] = min(change.log_index, _LARGEST)
        self._changes.append((change, leaf))
        return True

    def _put_movement(self, n: int, row: Row) -> bool:
        if not spelling.are_formed([(one,) for one in row]):
            return False
        self._ats[n], self._ids[n], self._key_hashes[n] = row[2], _binary(row[3]), row[4]
        self._items[n], self._places[n] = _binary(row[8]), (_binary(row[14]), _binary(row[19]))
        self._orgs.add(row[5])
        self._indexes[n] = int(row[10])
        [moved] = spelling.units_of([row[12]])
        on_hand = [spelling.units_of([one] if one else []) for one in (row[15], row[20])]
        if max(moved, *chain.from_iterable(on_hand)) >= _LARGEST:
            return False
        self._moved[n] = -moved, moved
        for side, (balance, seq) in enumerate(zip(on_hand, (row[16], row[21]), strict=True)):
            if balance:
                self._has_balance[n, side] = True
                self._on_hand[n, side], self._seqs[n, side] = balance[0], int(seq)
        if row[13]:
            self.reversals.append(spelling.reversal_of(row))
        return True


def _binary(uuid: bytes) -> octets.Words:
    return np.frombuffer(spelling.bytes_of([uuid]), np.uint64)


def _seen(part: _Part, entries: Batch) -> list[Reversal]:
    """Return the reversals, each with what it reverses if that is here: the first entry that has its id."""
    left = {one.reverses: n for n, one in enumerate(part.reversals)}
    found = list(part.reversals)
    for row in searching(left)(part.ids) if left else ():
        n = left.pop(part.ids[row * ID_BYTES : (row + 1) * ID_BYTES], None)
        if n is not None:
            seen = int(part.indexes[row]), spelling.mirror_of(entries[row])
            found[n] = replace(found[n], seen=seen)
    return found


def _are_hashes(joined: bytes, width: int) -> bool:
    """Say of 32 bytes in base64 or base64url each whether they are in their one spelling."""
    padding = b"=" * (width - KEY_HASH)
    form = b"A" * KEY_HASH + padding
    alphabet = _BASE64 if padding else _BASE64URL
    spare = joined[KEY_HASH - 1 :: width].translate(None, b"AEIMQUYcgkosw048")  # two bits are spare, and zero
    return not spare and joined.translate(alphabet) == form * (len(joined) // width)
