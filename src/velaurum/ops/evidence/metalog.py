"""The meta-log is what was signed of it, and each of its leaves commits to a checkpoint of some log here (V-22)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from velaurum import canonical
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.pages import paged
from velaurum.ops.evidence.signed import Opener, Outside, StoredNote, StoredTile
from velaurum.proofs import merkle, metalog, notes, tiles
from velaurum.proofs.merkle import CompactRange
from velaurum.proofs.tiles import Edge, Tile
from velaurum.proofs.wire import ProofError
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "metalog.sql")
AT_ONCE = 500
_OF = "It is of the meta-log:"


@dataclass(frozen=True, slots=True)
class _Leaf:
    leaf_index: int
    entry: bytes
    leaf_hash: bytes
    is_as_written: bool | None


@dataclass(frozen=True, slots=True)
class _Entry:
    leaf_index: int
    entry: bytes


@dataclass(frozen=True, slots=True)
class _Anchor:
    leaf_index: int
    size: int
    salt: bytes
    is_as_written: bool | None
    note: str | None


def anchors(tx: Tx, org_id: OrgId, org: str, findings: Findings) -> set[int]:
    """Hold each anchored checkpoint of a log to the entry of its leaf; return the leaves that are accounted for."""
    seen: set[int] = set()
    for one in paged(lambda last: _anchors(tx, org_id, last), lambda one: (one.leaf_index,), (-1,)):
        seen.add(one.leaf_index)
        stored = next(iter(tx.all(QUERIES["entries_at"], _Entry, indexes=[one.leaf_index])), None)
        if one.note is None or stored is None or stored.entry != metalog.entry(one.salt, _text(one.note)):
            said = f"It is leaf {one.leaf_index}, for the checkpoint of {one.size}."
            findings.add("anchor-differs", said, org=org)
        if one.is_as_written is False:
            said = f"It is the anchor of the checkpoint of {one.size} that was written again."
            findings.add("transaction-differs", said, org=org)
    return seen


def verify(
    tx: Tx, opened: Opener, outside: tuple[Outside, ...], anchored: set[int] | None, findings: Findings
) -> None:
    """Hold leaves, tiles and checkpoints of the meta-log to each other and to what was kept outside.

    `anchored` are the leaves that some log accounts for, or None where not every log was read.
    """
    tree = _Tree(tx, opened, [one for one in outside if _is_kept(tx, one)], findings)
    for leaf in paged(lambda last: _leaves(tx, last), lambda one: (one.leaf_index,), (-1,)):
        if anchored is not None and leaf.leaf_index not in anchored:
            findings.add("anchor-missing", f"It is leaf {leaf.leaf_index}.")
        tree.take(leaf)
    tree.finish()
    for size in tx.values(QUERIES["rewritten"], int):
        findings.add("transaction-differs", f"{_OF} the time stamp of {size} leaves was written again.")


@dataclass(slots=True)
class _Tree:
    tx: Tx
    opened: Opener
    outside: list[Outside]
    findings: Findings
    _range: CompactRange = field(default_factory=CompactRange)
    _edge: Edge = field(default_factory=Edge)
    _notes: Iterator[StoredNote] = field(init=False)
    _note: StoredNote | None = field(init=False)
    _differs: bool = False

    def __post_init__(self) -> None:
        pages = paged(
            lambda last: self.tx.all(
                QUERIES["checkpoints"], StoredNote, size=last[0], incarnation=last[1], limit=AT_ONCE
            ),
            lambda one: (one.size, one.incarnation),
            (0, 0),
        )
        self._notes = pages
        self._note = next(self._notes, None)

    def take(self, leaf: _Leaf) -> None:
        if leaf.leaf_hash != canonical.leaf_hash(leaf.entry):
            self.findings.add("leaf-differs", f"{_OF} leaf {leaf.leaf_index}.")
        if leaf.is_as_written is False:
            self.findings.add("transaction-differs", f"{_OF} leaf {leaf.leaf_index} was written again.")
        if leaf.leaf_index != self._range.size:
            return
        node = canonical.leaf_hash(leaf.entry)
        self._range.append(node)
        for tile, hashes in self._edge.append(node):
            self._hold_tile(tile, hashes)
        while self._note is not None and self._note.size <= self._range.size:
            self._hold_note(self._note)
            self._note = next(self._notes, None)
        for one in self.outside:
            if one.checkpoint.size == self._range.size and one.checkpoint.root != self._range.root():
                self.findings.add("fork", f"{_OF} {one.where} has another root of {self._range.size} leaves.")

    def finish(self) -> None:
        size = self._range.size
        while self._note is not None:
            self.findings.add("checkpoint-beyond", f"{_OF} it covers {self._note.size}; there are {size}.")
            self._note = next(self._notes, None)
        for one in self.outside:
            if one.checkpoint.size > size:
                said = f"{_OF} {one.where} covers {one.checkpoint.size}; {size} follow without a gap."
                self.findings.add(one.behind, said)

    def _hold_tile(self, tile: Tile, hashes: bytes) -> None:
        found = stored_tile(self.tx, tile.level, tile.number)
        root = merkle.root(tiles.hashes_in(tile, hashes))
        if found is None:
            self.findings.add("tile-missing", f"{_OF} {tile.path}.")
        elif (found.node_hashes, found.root) != (hashes, root):
            self.findings.add("tile-differs", f"{_OF} {tile.path}.")
        elif found.is_as_written is False:
            self.findings.add("transaction-differs", f"{_OF} {tile.path} was written again.")

    def _hold_note(self, stored: StoredNote) -> None:
        if stored.is_as_written is False:
            self.findings.add(
                "transaction-differs", f"{_OF} its checkpoint of {stored.size} was written again."
            )
        try:
            said, _ = self.opened(notes.parse(stored.note.encode()))
        except ProofError as error:
            self.findings.add("checkpoint-unsigned", f"{_OF} {error}")
            return
        parsed = metalog.parse_origin(said.origin)
        if parsed is None or (parsed[1], said.size) != (stored.incarnation, stored.size):
            self.findings.add("checkpoint-unsigned", f"{_OF} it is of {said.size} leaves of {said.origin}.")
        elif said.root != self._range.root() and not self._differs:
            # What is signed later is over the same leaves, and would say the same again.
            self._differs = True
            self.findings.add("checkpoint-differs", f"{_OF} the checkpoint of {stored.size} leaves.")


def stored_tile(tx: Tx, level: int, n: int) -> StoredTile | None:
    """Return a full tile as it is stored, or None where there is none."""
    return tx.maybe(QUERIES["tile"], StoredTile, level=level, n=n)


def _is_kept(tx: Tx, one: Outside) -> bool:
    """Tell whether a checkpoint kept outside still has to hold: what a later incarnation says was lost does not."""
    parsed = metalog.parse_origin(one.checkpoint.origin)
    common = tx.values(QUERIES["common"], int, number=parsed[1] if parsed else 0)
    return not common or one.checkpoint.size <= common[0]


def _leaves(tx: Tx, last: tuple[Any, ...]) -> list[_Leaf]:
    return tx.all(QUERIES["leaves"], _Leaf, after=last[0], limit=AT_ONCE)


def _anchors(tx: Tx, org_id: OrgId, last: tuple[Any, ...]) -> list[_Anchor]:
    return tx.all(QUERIES["anchors"], _Anchor, org_id=org_id, after=last[0], limit=AT_ONCE)


def _text(note: str) -> str:
    return note.partition("\n\n")[0] + "\n"
