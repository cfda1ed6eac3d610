"""Replaying a log: every entry follows from those before it, or the first one that does not is named."""

from collections.abc import Iterable
from itertools import count
from tempfile import SpooledTemporaryFile

from velaurum.exports.records import Change, Movement, Side, Version
from velaurum.exports.summaries import (
    ID_BYTES,
    KEY_HASH_CHARS,
    NOTHING,
    Balance,
    Reversal,
    Summary,
    parted,
    said_by,
)
from velaurum.proofs.wire import ProofError

_IDS_IN_MEMORY = 1 << 26
_BLOCK = 1 << 16


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
        self._ids.write(bytes.fromhex(record.id.replace("-", "")))
        self.size += 1
        self.org, self.last_at = record.org, record.at
        self.first_at = self.first_at or record.at

    def take(self, stretch: Summary) -> bool:
        """Take a whole stretch, if all of it follows; otherwise remember nothing of it and return False."""
        fits = (
            stretch.first_index == self.size
            and self.org in (None, stretch.org)
            and (self.last_at is None or self.last_at < stretch.first_at)
            and all(self._balances.get(key, NOTHING) == before for key, before in stretch.opened.items())
            and all(self._versions.get(key) == before for key, before in stretch.succeeds.items())
            and not any(one.reverses in self.reversals for one in stretch.reversals)
            and len({one.reverses for one in stretch.reversals}) == len(stretch.reversals)
        )
        fresh = set(parted(stretch.key_hashes, KEY_HASH_CHARS)) if fits else set()
        if (
            not fits
            or len(fresh) * KEY_HASH_CHARS != len(stretch.key_hashes)
            or not self._key_hashes.isdisjoint(fresh)
        ):
            return False
        self._key_hashes |= fresh
        self._ids.write(stretch.ids)
        self._balances.update(stretch.closed)
        self._versions.update(stretch.versions)
        self.reversals.update((one.reverses, one) for one in stretch.reversals)
        self.size += stretch.count
        self.org, self.last_at = stretch.org, stretch.last_at
        self.first_at = self.first_at or stretch.first_at
        return True

    def places_of(self, ids: Iterable[str]) -> dict[int, str]:
        """Return where the first entries with these ids stand."""
        wanted = {bytes.fromhex(one.replace("-", "")): one for one in ids}
        places: dict[int, str] = {}
        self._ids.seek(0)
        for start in count(0, _BLOCK):
            here = parted(self._ids.read(_BLOCK * ID_BYTES), ID_BYTES)
            if not here or not wanted:
                return places
            if not wanted.keys().isdisjoint(here):
                places |= {start + n: wanted.pop(one) for n, one in enumerate(here) if one in wanted}
        return places

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
            self._side((movement.item + side.location).encode(), side, delta, after)
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


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise ProofError(otherwise)
