"""Replaying a log: every entry follows from those before it, or the first one that does not is named."""

import sys
from collections.abc import Callable, Iterable
from itertools import compress, count
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from velaurum.exports import fast
from velaurum.exports.known import Known
from velaurum.exports.once import IN_MEMORY, Once
from velaurum.exports.records import Change, Movement, Side, Version
from velaurum.exports.reversals import Reversals
from velaurum.exports.summaries import (
    ID_BYTES,
    KEY_HASH_CHARS,
    NOTHING,
    ONE,
    STOCK_KEY_BYTES,
    Balance,
    Listed,
    Reversal,
    Summary,
    detail_of_side,
    id_of,
    said_by,
)
from velaurum.exports.versions import Versions
from velaurum.proofs.wire import ProofError

if TYPE_CHECKING:
    from velaurum.exports.tables import Tables

_BLOCK = 1 << 16
_HALF = ID_BYTES // 2


class Replay:
    """What is known of a log so far. It grows with stock keys and records, not with entries.

    Whether a key was used before, or a movement reversed before, is told of all entries once they were read.
    """

    def __init__(self) -> None:
        self.size = 0
        self.org: str | None = None
        self.first_at: str | None = None
        self.last_at: str | None = None
        self.keys = Once(KEY_HASH_CHARS)
        self.reversals = Reversals()
        self._versions = Versions()
        self._tables = _tables()
        self._known = Known()
        self._details: dict[bytes, Balance] = {}  # of stock keys that have one, and of serials
        # A movement may be reversed at any time: where each stands is kept on disk.
        self._ids = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by close()

    def close(self) -> None:
        """Let go of what is kept on disk."""
        for kept in (self._ids, self.keys, self.reversals):
            kept.close()

    def follow(self, record: Movement | Change, leaf: bytes) -> None:
        """Take the next entry. ProofError when it does not follow; nothing is remembered of it then."""
        _require(record.log_index == self.size, f"It says that its place is {record.log_index}.")
        _require(self.org in (None, record.org), "It is of another organisation.")
        _require(self.last_at is None or self.last_at < record.at, "Its instant is not after the one before.")
        if isinstance(record, Movement):
            self._movement(record)
        else:
            self._change(record, leaf)
        self._ids.write(id_of(record.id))
        self.size += 1
        self.org, self.last_at = record.org, record.at
        self.first_at = self.first_at or record.at

    def take(self, stretch: Summary) -> bool:
        """Take a whole stretch, if all of it follows; otherwise remember nothing of it and return False."""
        fits = (
            stretch.first_index == self.size
            and self.org in (None, stretch.org)
            and (self.last_at is None or self.last_at < stretch.first_at)
            and all(self._versions.get(key) == before for key, before in stretch.succeeds.items())
            and all(self._details.get(key, NOTHING) == one for key, one in stretch.details.before.items())
        )
        if not fits or not self._goes_on(stretch.balances):
            return False
        self._ids.write(stretch.ids)
        self._details.update(stretch.details.after)
        self._versions.update(stretch.versions)
        self.keys.add(stretch.key_hashes)
        self.reversals.add(stretch.reversals)
        self.size += stretch.count
        self.org, self.last_at = stretch.org, stretch.last_at
        self.first_at = self.first_at or stretch.first_at
        return True

    def places_of(self, ids: Iterable[bytes]) -> dict[bytes, int]:
        """Return where the first entries with these ids stand."""
        wanted = set(ids)
        might_be, places = _searching(wanted), dict[bytes, int]()
        self._ids.seek(0)
        for start in count(0, _BLOCK):
            raw = self._ids.read(_BLOCK * ID_BYTES)
            if not raw or not wanted:
                return places
            for n in might_be(raw):
                one = raw[n * ID_BYTES : (n + 1) * ID_BYTES]
                if one in wanted:
                    wanted.remove(one)
                    places[one] = start + n
        return places

    def places_of_kind(self, kind: str) -> list[int]:
        """Return where the newest versions of records of a kind stand, by the type of their entries."""
        return self._versions.places_of_kind(kind)

    def _goes_on(self, said: Listed) -> bool:
        """Take balances. What tables do not take is for what knows it all to judge."""
        if self._tables is not None and self._tables.take(said):
            return True
        return self._all_known().take(said.listed())

    def _all_known(self) -> Known:
        if self._tables is not None:
            self._known, self._tables = self._tables.known(), None
        return self._known

    def _movement(self, movement: Movement) -> None:
        known = self._all_known()
        after: dict[bytes, Balance] = {}
        for side, delta in ((movement.source, -movement.quantity), (movement.target, movement.quantity)):
            key = id_of(movement.item) + id_of(side.location) + detail_of_side(movement, side)
            self._side(key, side, delta, after)
        if movement.serial is not None:
            self._serial(id_of(movement.serial), movement, after)
        for key, balance in after.items():
            (known.balances if len(key) == STOCK_KEY_BYTES else self._details)[key] = balance
        self.keys.add(movement.idem.encode())
        if movement.reverses is not None:
            self.reversals.add([Reversal(movement.log_index, id_of(movement.reverses), said_by(movement))])

    def _side(self, key: bytes, side: Side, delta: int, after: dict[bytes, Balance]) -> None:
        if side.seq is None or side.on_hand is None:
            return
        kept = self._known.balances if len(key) == STOCK_KEY_BYTES else self._details
        before = after.get(key) or kept.get(key, NOTHING)
        _require(side.seq == before[0] + 1, f"Its number on {side.location} is not {before[0] + 1}.")
        _require(side.on_hand == before[1] + delta, f"Its balance on {side.location} is not the sum.")
        after[key] = (side.seq, side.on_hand)

    def _serial(self, serial: bytes, movement: Movement, after: dict[bytes, Balance]) -> None:
        """Let a serial leave where it is, and be in one place."""
        is_there, leaves = self._details.get(serial, NOTHING) != NOTHING, movement.source.seq is not None
        _require(is_there or not leaves, "Its serial is nowhere on hand.")
        _require(leaves or not is_there, "Its serial is on hand already.")
        after[serial] = (0, ONE * (movement.target.seq is not None))

    def _change(self, change: Change, leaf: bytes) -> None:
        if change.subject is None:
            return
        before = self._versions.get(change.subject)
        _require(change.prev == before, "It does not name the version of its record before it.")
        self._versions.update({change.subject: Version(change.log_index, leaf)})


def _searching(wanted: Iterable[bytes]) -> Callable[[bytes], Iterable[int]]:
    """Return what tells where among ids one of those might be that are wanted."""
    if fast.is_there():
        from velaurum.exports import tables  # noqa: PLC0415 - an optional extra

        return tables.searching(wanted)
    # The first half of an id is a number to look up.
    begin = {int.from_bytes(one[:_HALF], sys.byteorder) for one in wanted}
    return lambda ids: compress(count(), map(begin.__contains__, memoryview(ids).cast("Q")[::2]))


def _tables() -> "Tables | None":
    if not fast.is_there():
        return None
    from velaurum.exports.tables import Tables  # noqa: PLC0415 - an optional extra

    return Tables()


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise ProofError(otherwise)
