"""Replaying a log: every entry follows from those before it, or the first one that does not is named."""

import sys
from collections.abc import Iterable
from itertools import compress, count, repeat
from tempfile import SpooledTemporaryFile

from velaurum.exports.records import Change, Movement, Side, Version
from velaurum.exports.summaries import (
    ID_BYTES,
    KEY_HASH_CHARS,
    NOTHING,
    STOCK_KEY_BYTES,
    Balance,
    Reversal,
    Summary,
    parted,
    said_by,
)
from velaurum.proofs.wire import ProofError

_IDS_IN_MEMORY = 1 << 26
_BLOCK = 1 << 16
_HALF = ID_BYTES // 2


class Replay:
    """What is known of a log so far. It grows with stock keys, records and idempotency keys, not with entries."""

    def __init__(self) -> None:
        self.size = 0
        self.org: str | None = None
        self.first_at: str | None = None
        self.last_at: str | None = None
        self.reversals: dict[str, Reversal] = {}
        self._balances: dict[bytes, Balance] = {}
        self._versions: dict[tuple[str, str], Version] = {}
        self._key_hashes: set[bytes] = set()
        # A movement may be reversed at any time: where each stands is kept on disk once it is much.
        self._ids = SpooledTemporaryFile(_IDS_IN_MEMORY)  # noqa: SIM115 - closed by close()

    def close(self) -> None:
        """Let go of what is kept on disk."""
        self._ids.close()

    def follow(self, record: Movement | Change, leaf: bytes) -> None:
        """Take the next entry. ProofError when it does not follow; nothing is remembered of it then."""
        _require(record.log_index == self.size, f"It says that its place is {record.log_index}.")
        _require(self.org in (None, record.org), "It is of another organisation.")
        _require(self.last_at is None or self.last_at < record.at, "Its instant is not after the one before.")
        if isinstance(record, Movement):
            self._movement(record)
        else:
            self._change(record, leaf)
        self._ids.write(_bytes_of(record.id))
        self.size += 1
        self.org, self.last_at = record.org, record.at
        self.first_at = self.first_at or record.at

    def take(self, stretch: Summary) -> bool:
        """Take a whole stretch, if all of it follows; otherwise remember nothing of it and return False."""
        said = stretch.balances
        keys = parted(said.keys, STOCK_KEY_BYTES)
        before = list(zip(said.seqs_before, said.on_hand_before, strict=True))
        fits = (
            stretch.first_index == self.size
            and self.org in (None, stretch.org)
            and (self.last_at is None or self.last_at < stretch.first_at)
            and list(map(self._balances.get, keys, repeat(NOTHING))) == before
            and all(self._versions.get(key) == before for key, before in stretch.succeeds.items())
            and not any(one.reverses in self.reversals for one in stretch.reversals)
            and len({one.reverses for one in stretch.reversals}) == len(stretch.reversals)
        )
        if not fits or not self._use(parted(stretch.key_hashes, KEY_HASH_CHARS)):
            return False
        self._ids.write(stretch.ids)
        self._balances.update(zip(keys, zip(said.seqs_after, said.on_hand_after, strict=True), strict=True))
        self._versions.update(stretch.versions)
        self.reversals.update((one.reverses, one) for one in stretch.reversals)
        self.size += stretch.count
        self.org, self.last_at = stretch.org, stretch.last_at
        self.first_at = self.first_at or stretch.first_at
        return True

    def places_of(self, ids: Iterable[str]) -> dict[int, str]:
        """Return where the first entries with these ids stand."""
        wanted = {_bytes_of(one): one for one in ids}
        # Only where the first half of an id is wanted, which is a number to look up, all of it is looked at.
        begin = {int.from_bytes(one[:_HALF], sys.byteorder) for one in wanted}
        places: dict[int, str] = {}
        self._ids.seek(0)
        for start in count(0, _BLOCK):
            raw = self._ids.read(_BLOCK * ID_BYTES)
            if not raw or not wanted:
                return places
            halves = memoryview(raw).cast("Q")[::2]
            for n in compress(count(), map(begin.__contains__, halves)):
                one = raw[n * ID_BYTES : (n + 1) * ID_BYTES]
                if one in wanted:
                    places[start + n] = wanted.pop(one)
        return places

    def _use(self, key_hashes: list[bytes]) -> bool:
        """Remember idempotency keys, if none of them was used before, nor comes twice here."""
        if not self._key_hashes.isdisjoint(key_hashes):
            return False
        used = len(self._key_hashes)
        self._key_hashes.update(key_hashes)
        if len(self._key_hashes) == used + len(key_hashes):
            return True
        self._key_hashes.difference_update(key_hashes)
        return False

    def places_of_kind(self, kind: str) -> list[int]:
        """Return where the newest versions of records of a kind stand, by the type of their entries."""
        return sorted(
            version.log_index for (of_kind, _), version in self._versions.items() if of_kind == kind
        )

    def _movement(self, movement: Movement) -> None:
        key_hash = movement.idem.encode()
        _require(key_hash not in self._key_hashes, "Its idempotency key was used before.")
        if movement.reverses is not None:
            _require(movement.reverses not in self.reversals, "What it reverses was reversed before.")
        after: dict[bytes, Balance] = {}
        for side, delta in ((movement.source, -movement.quantity), (movement.target, movement.quantity)):
            self._side(_bytes_of(movement.item + side.location), side, delta, after)
        self._balances.update(after)
        self._key_hashes.add(key_hash)
        if movement.reverses is not None:
            self.reversals[movement.reverses] = Reversal(
                movement.log_index, movement.reverses, said_by(movement)
            )

    def _side(self, key: bytes, side: Side, delta: int, after: dict[bytes, Balance]) -> None:
        if side.seq is None or side.on_hand is None:
            return
        before = after.get(key) or self._balances.get(key, NOTHING)
        _require(side.seq == before[0] + 1, f"Its number on {side.location} is not {before[0] + 1}.")
        _require(side.on_hand == before[1] + delta, f"Its balance on {side.location} is not the sum.")
        after[key] = (side.seq, side.on_hand)

    def _change(self, change: Change, leaf: bytes) -> None:
        if change.subject is None:
            return
        before = self._versions.get(change.subject)
        _require(change.prev == before, "It does not name the version of its record before it.")
        self._versions[change.subject] = Version(change.log_index, leaf)


def _bytes_of(identifiers: str) -> bytes:
    return bytes.fromhex(identifiers.replace("-", ""))


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise ProofError(otherwise)
