"""What many entries in a row come to, so that whole stretches of a log are replayed at once."""

from dataclasses import dataclass, field

from velaurum.exports.records import Movement, Version

KEY_HASH_CHARS, ID_BYTES = 43, 16


Balance = tuple[int, int]
"""The number of the last movement on a stock key, and what is on hand after it, in units of 10**-9."""

NOTHING: Balance = (0, 0)


@dataclass(frozen=True, slots=True)
class Reversal:
    """A reversal, which has to be the mirror of a movement that stands before it."""

    log_index: int
    reverses: str
    mirrored: tuple[str, ...]


@dataclass(slots=True)
class Summary:
    """A stretch of a log that fits together in itself.

    `opened` and `closed` are the balances that it begins and ends with, by item and location; `succeeds` and
    `versions` the same for the versions of records. `ids` has 16 bytes for each entry, `key_hashes` 43 characters
    for each movement.
    """

    first_index: int
    count: int = 0
    org: str = ""
    first_at: str = ""
    last_at: str = ""
    key_hashes: bytes = b""
    ids: bytes = b""
    opened: dict[bytes, Balance] = field(default_factory=dict)
    closed: dict[bytes, Balance] = field(default_factory=dict)
    succeeds: dict[tuple[str, str], Version | None] = field(default_factory=dict)
    versions: dict[tuple[str, str], Version] = field(default_factory=dict)
    reversals: list[Reversal] = field(default_factory=list)


def said_by(reversal: Movement) -> tuple[str, ...]:
    """Return what the reversal says, to compare."""
    sides = reversal.source.location, reversal.target.location
    return (reversal.item, *sides, str(reversal.quantity), reversal.unit)


def parted(joined: bytes, size: int) -> list[bytes]:
    return [joined[n : n + size] for n in range(0, len(joined), size)]
