"""The meta-log is what was signed of it, and each of its leaves commits to a checkpoint of some log here (V-22)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cryptography.x509 import Certificate

from velaurum import canonical
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.exports import lineage
from velaurum.exports.lineage import KeySaid, Lineage
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.pages import paged
from velaurum.ops.evidence.signed import Opener, Outside, StoredNote, StoredTile
from velaurum.ops.evidence.trust import Trust
from velaurum.proofs import merkle, metalog, notes, tiles, timestamps
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.merkle import CompactRange
from velaurum.proofs.notes import VerifierKey
from velaurum.proofs.tiles import Edge, Tile
from velaurum.proofs.wire import ProofError
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "metalog.sql")
AT_ONCE = 500
STAMPS_AT_ONCE = 50  # each of up to 64 KB
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


@dataclass(frozen=True, slots=True)
class _Stamp:
    incarnation: int
    size: int
    stamped_at: str
    reply: bytes
    is_as_written: bool | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Accounted:
    """What logs say of the meta-log: which leaves are theirs, and which of these show first that a key was retired."""

    leaves: set[int] = field(default_factory=set)
    retired: dict[tuple[int, bytes], KeySaid] = field(default_factory=dict)

    def take(self, leaf_index: int, size: int, said: Lineage) -> None:
        """Account for a leaf that commits to the first `size` entries of a log, which says this of its keys."""
        self.leaves.add(leaf_index)
        for one in said.keys:
            if one.state != lineage.RETIRED or one.index >= size:
                continue
            key = lineage.identity(one.verifier_key)
            if key not in self.retired or leaf_index < self.retired[key].index:
                self.retired[key] = replace(one, index=leaf_index)


def anchors(
    tx: Tx, org_id: OrgId, org: str, said: Lineage, findings: Findings, accounted: Accounted | None
) -> None:
    """Hold each anchored checkpoint of a log to the entry of its leaf, and account for the leaves.

    `said` is what the log says of its keys. None where not every log is read.
    """
    for one in paged(lambda last: _anchors(tx, org_id, last), lambda one: (one.leaf_index,), (-1,)):
        if accounted is not None:
            accounted.take(one.leaf_index, one.size, said)
        stored = next(iter(tx.all(QUERIES["entries_at"], _Entry, indexes=[one.leaf_index])), None)
        if one.note is None or stored is None or stored.entry != metalog.entry(one.salt, _text(one.note)):
            where = f"It is leaf {one.leaf_index}, for the checkpoint of {one.size}."
            findings.add("anchor-differs", where, org=org)
        if one.is_as_written is False:
            where = f"It is the anchor of the checkpoint of {one.size} that was written again."
            findings.add("transaction-differs", where, org=org)


def verify(tx: Tx, trust: Trust, accounted: Accounted | None, findings: Findings) -> None:
    """Hold leaves, tiles, checkpoints and time stamps of the meta-log to each other and to what was kept outside.

    `accounted` is what the logs say of it, or None where not every log was read.
    """
    outside = [one for one in trust.of_meta if _is_kept(tx, one)]
    tree = _Tree(tx, trust.opened_meta, outside, findings, _retired(accounted, trust))
    for one in outside:
        tree.hold_keys(one.checkpoint, one.signed_by, one.where)
    for leaf in paged(lambda last: _leaves(tx, last), lambda one: (one.leaf_index,), (-1,)):
        if accounted is not None and leaf.leaf_index not in accounted.leaves:
            findings.add("anchor-missing", f"It is leaf {leaf.leaf_index}.")
        tree.take(leaf)
    tree.finish()
    for stamp in paged(lambda last: _stamps(tx, last), lambda one: (one.size, one.incarnation), (0, 0)):
        _hold_stamp(stamp, trust.authorities, findings)


@dataclass(slots=True)
class _Tree:
    tx: Tx
    opened: Opener
    outside: list[Outside]
    findings: Findings
    retired: Lineage = field(default_factory=Lineage)  # by the leaves that show it
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
            said, signed_by = self.opened(notes.parse(stored.note.encode()))
        except ProofError as error:
            self.findings.add("checkpoint-unsigned", f"{_OF} {error}")
            return
        parsed = metalog.parse_origin(said.origin)
        if parsed is None or (parsed[1], said.size) != (stored.incarnation, stored.size):
            self.findings.add("checkpoint-unsigned", f"{_OF} it is of {said.size} leaves of {said.origin}.")
            return
        self.hold_keys(said, signed_by, f"its checkpoint of {stored.size} leaves")
        if said.root != self._range.root() and not self._differs:
            # What is signed later is over the same leaves, and would say the same again.
            self._differs = True
            self.findings.add("checkpoint-differs", f"{_OF} the checkpoint of {stored.size} leaves.")

    def hold_keys(self, said: Checkpoint, signed_by: tuple[VerifierKey, ...], where: str) -> None:
        """Report a checkpoint that retired keys alone signed, over a leaf of a log that had said so by then."""
        if ended := self.retired.retirement(said.size, signed_by):
            key = lineage.under(said.origin, ended.verifier_key)
            alone = f"{where} covers leaf {ended.index}, of a log that retires {key}."
            self.findings.add("checkpoint-retired", f"{_OF} {alone}")


def stored_tile(tx: Tx, level: int, n: int) -> StoredTile | None:
    """Return a full tile as it is stored, or None where there is none."""
    return tx.maybe(QUERIES["tile"], StoredTile, level=level, n=n)


def _is_kept(tx: Tx, one: Outside) -> bool:
    """Tell whether a checkpoint kept outside still has to hold: what a later incarnation says was lost does not."""
    parsed = metalog.parse_origin(one.checkpoint.origin)
    common = tx.values(QUERIES["common"], int, number=parsed[1] if parsed else 0)
    return not common or one.checkpoint.size <= common[0]


def _retired(accounted: Accounted | None, trust: Trust) -> Lineage:
    """Return from which leaf on which keys of the meta-log sign no more alone: those that belong to the logs' keys."""
    if accounted is None:
        return Lineage()
    own = trust.in_the_meta_log
    return Lineage(
        tuple(replace(one, verifier_key=own[key]) for key, one in accounted.retired.items() if key in own)
    )


def _hold_stamp(stamp: _Stamp, trusted: tuple[Certificate, ...], findings: Findings) -> None:
    where = f"{_OF} the time stamp of {stamp.size} leaves"
    if stamp.is_as_written is False:
        findings.add("transaction-differs", f"{where} was written again.")
    if stamp.note is None:
        findings.add("timestamp-refused", f"{where} is of no checkpoint that is here.")
        return
    data = stamp.note.encode()
    try:
        at = (
            timestamps.stamped_at(stamp.reply, data, trusted)
            if trusted
            else timestamps.claimed_at(stamp.reply, data)
        )
    except ProofError as error:
        findings.add("timestamp-refused", f"{where}: {error}")
        return
    if at != datetime.fromisoformat(stamp.stamped_at):
        findings.add(
            "timestamp-refused", f"{where} says {at.isoformat()[:-6]}Z, and is kept as {stamp.stamped_at}."
        )


def _stamps(tx: Tx, last: tuple[Any, ...]) -> list[_Stamp]:
    return tx.all(QUERIES["stamps"], _Stamp, size=last[0], incarnation=last[1], limit=STAMPS_AT_ONCE)


def _leaves(tx: Tx, last: tuple[Any, ...]) -> list[_Leaf]:
    return tx.all(QUERIES["leaves"], _Leaf, after=last[0], limit=AT_ONCE)


def _anchors(tx: Tx, org_id: OrgId, last: tuple[Any, ...]) -> list[_Anchor]:
    return tx.all(QUERIES["anchors"], _Anchor, org_id=org_id, after=last[0], limit=AT_ONCE)


def _text(note: str) -> str:
    return note.partition("\n\n")[0] + "\n"
