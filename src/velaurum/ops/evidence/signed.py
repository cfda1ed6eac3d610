"""What was signed: tiles and checkpoints are those of the leaves, and so is what was kept outside of the database."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from velaurum.audit import log_keys
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.exports import lineage
from velaurum.exports.lineage import KeySaid, Lineage, UnclearError
from velaurum.ops.evidence import versions
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.pages import paged
from velaurum.ops.evidence.stretches import Seen
from velaurum.proofs import merkle, notes, tiles
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.merkle import CompactRange
from velaurum.proofs.notes import Note, VerifierKey
from velaurum.proofs.tiles import Edge, Tile
from velaurum.proofs.wire import HASH_BYTES, ProofError, to_base64
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "signed.sql")
TILES_AT_ONCE = 32
NOTES_AT_ONCE = 500

Opener = Callable[[Note], tuple[Checkpoint, tuple[VerifierKey, ...]]]
"""Returns what a note says, and which known keys signed it, when it is signed as it must be. ProofError otherwise."""


@dataclass(frozen=True, slots=True)
class StoredTile:
    """A full tile as it is stored."""

    n: int
    node_hashes: bytes
    root: bytes
    is_as_written: bool | None


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A checkpoint as it is stored."""

    incarnation: int
    size: int
    note: str
    signed_at: str | None
    is_as_written: bool | None


@dataclass(frozen=True, slots=True)
class Outside:
    """A checkpoint that somebody kept outside of the database, and what it means when the log is behind it."""

    checkpoint: Checkpoint
    behind: str  # the code of the finding
    where: str
    signed_by: tuple[VerifierKey, ...] = ()  # of the keys that are believed; none where that was not asked


@dataclass(frozen=True, slots=True)
class Keys:
    """What the log says of its keys, and the record of each entry that does."""

    said: Lineage = field(default_factory=Lineage)
    record_ids: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Tree:
    """The tree over the leaves of one log, grown leaf by leaf and held to all that was said of it at each size."""

    tx: Tx
    org_id: OrgId
    org: str
    findings: Findings
    opened: Opener
    outside: list[Outside]
    signed_size: int  # of the newest stored checkpoint
    keys: Keys = field(default_factory=Keys)
    _range: CompactRange = field(default_factory=CompactRange)
    _edge: Edge = field(default_factory=Edge)
    _ids: list[str] = field(default_factory=list)  # of the leaves of the tile that is being filled
    _confirmed: int = 0  # the largest size whose root was signed and holds
    _after_confirmed: str | None = None  # the record of the first leaf beyond it
    _differs: bool = False
    _notes: Iterator[StoredNote] = field(init=False)
    _note: StoredNote | None = field(init=False)
    _tiles: dict[int, dict[int, StoredTile]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._notes = stored_notes(self.tx, self.org_id)
        self._note = next(self._notes, None)
        for one in self.outside:
            self._hold_keys(one.checkpoint, one.signed_by, one.where)

    @property
    def size(self) -> int:
        return self._range.size

    @property
    def root(self) -> str:
        """The root over the leaves so far, in base64."""
        return to_base64(self._range.root())

    def grow(self, rows: Iterable[Seen], done: Callable[[int], None]) -> None:
        """Take the leaves that are there without a gap from the first one on; the rest is walked along alone."""
        for row in rows:
            if row.log_index != self.size:
                continue
            if row.log_index == self._confirmed:
                self._after_confirmed = row.record_id
            self._ids.append(row.record_id)
            self._range.append(row.leaf)
            for tile, hashes in self._edge.append(row.leaf):
                self._hold_tile(tile, hashes)
            if self.size % tiles.WIDTH == 0:
                self._ids.clear()
                done(self.size)
            self._hold_signed()

    def finish(self) -> None:
        """Report what was said of a larger log than there is."""
        while self._note is not None:
            self._open(self._note)
            self._add("checkpoint-beyond", f"It covers {self._note.size}; {self.size} follow without a gap.")
            self._note = next(self._notes, None)
        for one in self.outside:
            if one.checkpoint.size > self.size:
                said = f"{one.where} covers {one.checkpoint.size}; {self.size} follow without a gap."
                self._add(one.behind, said)
        for tile in _stored_tiles(self.tx, self.org_id, 0, self.size // tiles.WIDTH):
            self._add("tile-differs", f"{Tile(0, tile.n).path} has no leaves.", tile.n * tiles.WIDTH)

    def _hold_tile(self, tile: Tile, hashes: bytes) -> None:
        there = self._tiles.setdefault(tile.level, {})
        if tile.number not in there:
            there.clear()
            found = _stored_tiles(self.tx, self.org_id, tile.level, tile.number)
            there.update((one.n, one) for one in found)
        stored = there.pop(tile.number, None)
        first = tile.number << (tiles.HEIGHT * (tile.level + 1))
        if stored is None:
            if tile.leaves <= self.signed_size:
                self._add("tile-missing", f"It is {tile.path}.", first)
            return
        if stored.node_hashes != hashes:
            self._tile_differs(tile, first, stored.node_hashes, hashes)
        elif stored.root != merkle.root(tiles.hashes_in(tile, hashes)):
            self._add("tile-differs", f"It is the root kept with {tile.path}.", first)
        if stored.is_as_written is False:
            self._add("transaction-differs", f"It is {tile.path} that was written again.", first)

    def _tile_differs(self, tile: Tile, first: int, stored: bytes, hashes: bytes) -> None:
        at = next(
            n
            for n in range(tiles.WIDTH)
            if stored[n * HASH_BYTES : (n + 1) * HASH_BYTES] != hashes[n * HASH_BYTES : (n + 1) * HASH_BYTES]
        )
        record_id = self._ids[at] if tile.level == 0 else None
        self._add(
            "tile-differs", f"It is {tile.path}.", first + (at << (tiles.HEIGHT * tile.level)), record_id
        )

    def _hold_signed(self) -> None:
        while self._note is not None and self._note.size <= self.size:
            self._hold_note(self._note)
            self._note = next(self._notes, None)
        for one in self.outside:
            if one.checkpoint.size == self.size and one.checkpoint.root != self._range.root():
                self._between("fork", f"{one.where} has another root of the first {self.size} entries.")

    def _hold_note(self, stored: StoredNote) -> None:
        said = self._open(stored)
        if stored.is_as_written is False:
            self._add("transaction-differs", f"It is the checkpoint of {stored.size} that was written again.")
        if said is None or self._differs:
            return
        if said.root == self._range.root():
            self._confirmed, self._after_confirmed = self.size, None
        else:
            # What is signed later is over the same leaves, and would say the same again.
            self._differs = True
            self._between("checkpoint-differs", f"It is the checkpoint of {stored.size}.")

    def _open(self, stored: StoredNote) -> Checkpoint | None:
        of_this_log = f"/org/{self.org_id}/{stored.incarnation}"
        try:
            said, signed_by = self.opened(notes.parse(stored.note.encode()))
        except ProofError as error:
            self._add("checkpoint-unsigned", f"It is the one of {stored.size}: {error}")
            return None
        if not said.origin.endswith(of_this_log) or said.size != stored.size:
            other = f"It is the one of {stored.size}, and is of {said.size} entries of {said.origin}."
            self._add("checkpoint-unsigned", other)
            return None
        self._hold_keys(said, signed_by, "It")
        return said

    def _hold_keys(self, said: Checkpoint, signed_by: tuple[VerifierKey, ...], where: str) -> None:
        if ended := self.keys.said.retirement(said.size, signed_by):
            key = lineage.under(said.origin, ended.verifier_key)
            alone = f"{where} is of {said.size} entries; entry {ended.index} of them retires {key}."
            self._add("checkpoint-retired", alone, ended.index, self.keys.record_ids.get(ended.index))

    def _between(self, code: str, detail: str) -> None:
        among = f"The first entry that is not as it was is among {self._confirmed} to {self.size - 1}."
        self._add(code, f"{detail} {among}", self._confirmed, self._after_confirmed)

    def _add(
        self, code: str, detail: str, log_index: int | None = None, record_id: str | None = None
    ) -> None:
        index = self.size if log_index is None else log_index
        self.findings.add(code, detail, org=self.org, log_index=index, record_id=record_id)


def said_of_keys(tx: Tx, org_id: OrgId) -> Keys:
    """Return what a log says of its keys; what cannot be understood says nothing, and is not what its row makes."""
    said: list[KeySaid] = []
    ids: dict[int, str] = {}
    for place in log_keys.places(tx, org_id):
        for one in versions.between(tx, org_id, place, place + 1):
            ids[place] = one.record_id
            with suppress(UnclearError):
                said += lineage.found_in([one.entry], place)
    return Keys(Lineage(tuple(said)), ids)


def bracket(tx: Tx, org_id: OrgId, log_index: int) -> tuple[str | None, str | None]:
    """Return when the checkpoints around an index were kept: the last without it, and the first with it."""
    before, after = (
        next(iter(tx.values(QUERIES[name], str, org_id=org_id, log_index=log_index)), None)
        for name in ("before", "after")
    )
    return before, after


def stored_notes(tx: Tx, org_id: OrgId) -> Iterator[StoredNote]:
    """Yield every stored checkpoint of a log along their sizes, a bounded number at once."""

    def after(last: tuple[Any, ...]) -> list[StoredNote]:
        return tx.all(
            QUERIES["checkpoints"],
            StoredNote,
            org_id=org_id,
            size=last[0],
            incarnation=last[1],
            limit=NOTES_AT_ONCE,
        )

    return paged(after, lambda one: (one.size, one.incarnation), (0, 0))


def _stored_tiles(tx: Tx, org_id: OrgId, level: int, number: int) -> list[StoredTile]:
    return tx.all(
        QUERIES["tiles"],
        StoredTile,
        org_id=org_id,
        level=level,
        from_n=number,
        to_n=number + TILES_AT_ONCE,
    )
