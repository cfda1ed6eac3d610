"""What a log says of itself: which keys sign it from where on, and where it was taken up again after a loss."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from velaurum.exports.stretches import bundle_at, read_file, whatever_is_in
from velaurum.proofs.notes import VerifierKey
from velaurum.proofs.tiles import WIDTH
from velaurum.proofs.wire import HASH_BYTES, FormatError, ProofError, from_base64

LOG_KEY, INCARNATION = "change.log-key", "change.incarnation"
RETIRED = "retired"
KINDS = (LOG_KEY, INCARNATION)


@dataclass(frozen=True, slots=True)
class KeySaid:
    """What entry `index` says of a key: announced, signing or retired."""

    index: int
    state: str
    verifier_key: VerifierKey


@dataclass(frozen=True, slots=True)
class Opening:
    """Entry `index` takes the log up again as its incarnation `number`.

    Before it `lost_size` entries were signed with the root `lost_root`; the first `common_size` are those of this log.
    """

    index: int
    number: int
    common_size: int
    lost_size: int
    lost_root: bytes


@dataclass(frozen=True, slots=True)
class Lineage:
    """All of it, in the order of the log."""

    keys: tuple[KeySaid, ...] = ()
    openings: tuple[Opening, ...] = ()

    def retirement(self, size: int, signed_by: Sequence[VerifierKey]) -> KeySaid | None:
        """Return what retires the last of the keys that signed a checkpoint, if all of them are retired below it."""
        ends = {
            identity(one.verifier_key): one for one in self.keys if one.state == RETIRED and one.index < size
        }
        found = [ends.get(identity(key)) for key in signed_by]
        if not found or None in found:
            return None
        return max((one for one in found if one is not None), key=lambda one: one.index)

    def successors(self, size: int, origin: str) -> list[VerifierKey]:
        """Return the keys that the first `size` entries name and do not retire, under the name of a log."""
        named: dict[tuple[int, bytes], VerifierKey] = {}
        for one in self.keys:
            if one.index >= size:
                break
            if one.state == RETIRED:
                named.pop(identity(one.verifier_key), None)
            else:
                named[identity(one.verifier_key)] = under(origin, one.verifier_key)
        return list(named.values())


class UnclearError(ProofError):
    """An entry that speaks of the log itself says nothing that can be understood."""

    def __init__(self, index: int) -> None:
        super().__init__("It speaks of the log itself, and cannot be understood.")
        self.index = index


def read(folder: str, size: int, places: Mapping[str, Sequence[int]]) -> Lineage:
    """Read what stands at these places, by the type of the entry. UnclearError for what is not as we write it."""
    return Lineage(
        tuple(_key(index, _row(folder, size, index)) for index in places.get(LOG_KEY, ())),
        tuple(_opening(index, _row(folder, size, index)) for index in places.get(INCARNATION, ())),
    )


def found_in(entries: Sequence[bytes], first_index: int) -> list[KeySaid]:
    """Return what is said of keys among entries that nobody replayed."""
    return [
        _key(first_index + n, row)
        for n, entry in enumerate(entries)
        if LOG_KEY.encode() in entry and (row := _said(entry, LOG_KEY)) is not None
    ]


def identity(key: VerifierKey) -> tuple[int, bytes]:
    """Return what is the same of a key whatever it is called."""
    return key.algorithm, key.public


def under(origin: str, key: VerifierKey) -> VerifierKey:
    """Return the same key under another name."""
    return VerifierKey(origin, key.algorithm, key.public)


def _row(folder: str, size: int, index: int) -> Any:
    bundle = bundle_at(index // WIDTH, size)
    entry = whatever_is_in(read_file(folder, bundle.path), bundle.width)[index % WIDTH]
    return json.loads(entry)["row"]


def _said(entry: bytes, kind: str) -> Any:
    try:
        said = json.loads(entry)
        return said["row"] if said["type"] == kind else None
    except (ValueError, TypeError, KeyError):
        return None


def _key(index: int, row: Any) -> KeySaid:
    try:
        return KeySaid(index, str(row["state"]), VerifierKey.parse(row["verifier_key"]))
    except (KeyError, TypeError, AttributeError, FormatError) as error:
        raise UnclearError(index) from error


def _opening(index: int, row: Any) -> Opening:
    try:
        number, common, lost = (int(row[name]) for name in ("number", "common_size", "lost_size"))
        return Opening(index, number, common, lost, from_base64(row["lost_root"], "root", HASH_BYTES))
    except (KeyError, TypeError, ValueError) as error:
        raise UnclearError(index) from error
