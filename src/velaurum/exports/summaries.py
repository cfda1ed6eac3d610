"""What many entries in a row come to, so that whole stretches of a log are replayed at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from struct import Struct
from typing import Protocol

from velaurum.exports.records import Change, Movement, Side, Version

KEY_HASH_CHARS, ID_BYTES, STOCK_KEY_BYTES = 43, 16, 32
_MANY = 256


Balance = tuple[int, int]
"""The number of the last movement on a stock key, and what is on hand after it, in units of 10**-9."""

NOTHING: Balance = (0, 0)
ONE = 10**9
"""What one of a serial is, in units of 10**-9."""
Said = bytes
"""SHA-256 of what a reversal says, to compare."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """A reversal, which has to be the mirror of a movement that stands before it: `reverses` is its id, 16 bytes.

    `seen` is where the movement stands, if that was found in passing, and what a reversal of it has to say, if it may.
    """

    log_index: int
    reverses: bytes
    mirrored: Said
    seen: tuple[int, Said | None] | None = None


@dataclass(slots=True)
class Balances:
    """Of each stock key of a stretch, 32 bytes in `keys`: the balance that it begins with, and the one it ends with."""

    keys: bytes = b""
    seqs_before: list[int] = field(default_factory=list)
    on_hand_before: list[int] = field(default_factory=list)
    seqs_after: list[int] = field(default_factory=list)
    on_hand_after: list[int] = field(default_factory=list)

    def listed(self) -> "Balances":
        """Return the same, which needs nothing done to it."""
        return self


@dataclass(slots=True)
class Details:
    """Balances of stock keys that have a detail (`detail_of`), and of serials wherever they are: 16 bytes, number 0.

    `before` is what a stretch begins with, `after` what it ends with. Keys without a detail are in `Balances`.
    """

    before: dict[bytes, Balance] = field(default_factory=dict)
    after: dict[bytes, Balance] = field(default_factory=dict)

    def move(self, key: bytes, seq: int, on_hand: int, moved: int) -> bool:
        """Take a movement on a stock key. False when it does not follow from the one before it."""
        return self._goes_on(key, (seq - 1, on_hand - moved), (seq, on_hand))

    def pass_on(self, serial: bytes, *, leaves: bool, comes: bool) -> bool:
        """Take a movement of a serial, which leaves where it is if, and only if, it is somewhere."""
        return self._goes_on(serial, (0, ONE * leaves), (0, ONE * comes))

    def _goes_on(self, key: bytes, before: Balance, after: Balance) -> bool:
        if self.after.get(key, before) != before:
            return False
        self.before.setdefault(key, before)
        self.after[key] = after
        return True


class Listed(Protocol):
    """Balances, in whatever form a reading has them."""

    def listed(self) -> Balances:
        """Return them as numbers of any size."""


@dataclass(slots=True)
class Summary:
    """A stretch of a log that fits together in itself.

    `succeeds` and `versions` are the versions of records that it begins and ends with. `ids` has 16 bytes for each
    entry, `key_hashes` 43 characters for each movement.
    """

    first_index: int
    count: int = 0
    org: str = ""
    first_at: str = ""
    last_at: str = ""
    key_hashes: bytes = b""
    ids: bytes = b""
    balances: Listed = field(default_factory=Balances)
    details: Details = field(default_factory=Details)
    reversals: list[Reversal] = field(default_factory=list)
    succeeds: dict[tuple[str, str], Version | None] = field(default_factory=dict)
    versions: dict[tuple[str, str], Version] = field(default_factory=dict)

    def change(self, changes: Iterable[tuple[Change, bytes]]) -> bool:
        """Take the changes of the stretch in their order, each with its leaf hash. False when one does not follow."""
        for one, leaf in changes:
            if one.subject is None:
                continue
            if one.subject not in self.versions:
                self.succeeds[one.subject] = one.prev
            elif self.versions[one.subject] != one.prev:
                return False
            self.versions[one.subject] = Version(one.log_index, leaf)
        return True


def detail_of(lot: bytes, serial: bytes, status: bytes) -> bytes:
    """Return the detail of a stock key, behind item and place: its lot or serial, 16 bytes, and its status.

    Nothing where it has none of them: what is no serial or of no lot, and available.
    """
    tracked = b"l%b" % lot if lot else b"s%b" % serial if serial else b""
    return tracked + status[:1]


def said_by(reversal: Movement) -> Said:
    """Return what the reversal says, to compare."""
    named = reversal.item, reversal.source.location, reversal.target.location
    item, source, target = map(id_of, named)
    stated = None if reversal.stated is None else (reversal.stated[0], reversal.stated[1].encode())
    details = detail_of_side(reversal, reversal.source), detail_of_side(reversal, reversal.target)
    return said_of(item, source, target, reversal.quantity, reversal.unit.encode(), stated, details)


def detail_of_side(movement: Movement, side: Side) -> bytes:
    """Return the detail of the stock key of one side."""
    return detail_of(id_of(movement.lot), id_of(movement.serial), (side.status or "").encode())


def id_of(uuid: str | None) -> bytes:
    """Return the 16 bytes of an identifier; nothing for None."""
    return bytes.fromhex((uuid or "").replace("-", ""))


def said_of(
    item: bytes,
    source: bytes,
    target: bytes,
    moved: int,
    unit: bytes,
    stated: tuple[int, bytes] | None = None,
    details: tuple[bytes, bytes] = (b"", b""),
) -> Said:
    """Return what a reversal comes to: ids of 16 bytes each, `moved`, and what was stated, in units of 10**-9.

    `details` are those of its two sides (`detail_of`).
    """
    # Units may have spaces in them: how long the first one is, said before it, tells where it ends.
    also = b"" if stated is None else b" %d %b" % stated
    # No number begins with a letter, and how long both details are tells where they end.
    apart = b"".join([b"d", bytes(map(len, details)), *details]) if any(details) else b""
    return sha256(
        b"%b%b%b%b%d %d %b%b" % (item, source, target, apart, moved, len(unit), unit, also)
    ).digest()


def parted(joined: bytes, size: int) -> list[bytes]:
    """Return the parts of one size that `joined` is made of, by the hundred."""
    many = Struct(f"{size}s" * _MANY)
    whole = len(joined) // many.size * many.size
    parts = list(chain.from_iterable(many.iter_unpack(memoryview(joined)[:whole])))
    return parts + [joined[n : n + size] for n in range(whole, len(joined), size)]
