"""Verifying an export in one pass: who signed it, whether it is whole, whether every entry follows (V-20, V-22)."""

import errno
import gc
import os
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from cryptography.x509 import Certificate

from velaurum.errors import OperationError, UsageError
from velaurum.exports import (
    anchors,
    continuity,
    disclosures,
    findings,
    lineage,
    repeats,
    sharing,
    shipped,
    stretches,
)
from velaurum.exports.anchors import Anchored, AnchorError, Late
from velaurum.exports.findings import Fault
from velaurum.exports.lineage import Lineage
from velaurum.exports.replay import Replay
from velaurum.exports.sharing import Pool
from velaurum.exports.shipped import Shipped
from velaurum.exports.summaries import Reversal, Said
from velaurum.exports.trees import Tree
from velaurum.proofs import checkpoints
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.policies import Policy, Seen
from velaurum.proofs.tiles import CHECKPOINT_PATH, WIDTH
from velaurum.proofs.wire import ProofError

Progress = Callable[[int], None]
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an export. It holds when there is no fault; instants and organisation are those of its entries."""

    fault: Fault | None
    checkpoint: Checkpoint | None = None
    witnessed_at_s: Mapping[str, int] = field(default_factory=dict)
    org: str | None = None
    first_at: str | None = None
    last_at: str | None = None
    older_sizes: tuple[int, ...] = ()
    lineage: Lineage = field(default_factory=Lineage)
    shipped: tuple[Shipped, ...] = ()
    anchored: tuple[Anchored, ...] = ()
    passed_over: int = 0  # checkpoints in the meta-log that keys from before those of the policy signed
    late: tuple[Late, ...] = ()  # what says to be older than a time stamp that does not cover it

    @property
    def holds(self) -> bool:
        return self.fault is None


def verify(
    folder: Path,
    policy: Policy,
    older: Iterable[bytes] = (),
    *,
    trusted: Sequence[Certificate] = (),
    accepts_late: bool = False,
    workers: int | None = None,
    progress: Callable[[int], Progress] = lambda _total: lambda _done: None,
) -> Verdict:
    """Verify the export in a directory. `older` are checkpoints from before, which it has to extend.

    `trusted` are the certificates by which time stamps are believed; without any they are not looked at. What was
    signed late by them is a fault, and with `accepts_late` is told.

    Uses as many processes as the machine has cores, unless `workers` says otherwise. UsageError for a directory
    that holds no export, OperationError where there is no room for temporary files.
    """
    if not (folder / CHECKPOINT_PATH).is_file():
        raise UsageError(f"{folder} holds no export: there is no file {CHECKPOINT_PATH} in it.")
    seen = _accepted(folder, policy)
    if isinstance(seen, Fault):
        return Verdict(seen)
    checkpoint = seen.checkpoint
    try:
        before = [_older(one, policy, checkpoint) for one in older]
        brought = shipped.read(folder, checkpoint, policy.logs)
    except ProofError as error:
        return Verdict(Fault(f"An older checkpoint does not go with this export: {error}"), checkpoint)
    try:
        found = anchors.verify(folder, checkpoint, policy, trusted)
        anchored = tuple(one for one in found if one.is_signed)
    except AnchorError as error:
        return Verdict(Fault(str(error), code=error.code), checkpoint)
    late = anchors.late(folder, checkpoint, anchored)
    with _room(), _without_collector(), closing(Replay()) as replay:
        run = _Run(folder, seen, before, brought, anchored, replay)
        with sharing.pool(workers or os.cpu_count() or 1, run.tasks) as pool:
            fault = (
                run.fault(pool, progress(checkpoint.size))
                or anchors.unexplained(found, run.lineage)
                or anchors.outside(folder, checkpoint, anchored, () if accepts_late else late)
                or disclosures.fault(folder, checkpoint.size)
            )
        sizes = tuple(one.checkpoint.size for one in before)
        at = replay.org, replay.first_at, replay.last_at
        witnessed, over = seen.witnessed_at_s, len(found) - len(anchored)
        seen_by = checkpoint, witnessed, *at, sizes, run.lineage
        return Verdict(fault, *seen_by, tuple(brought), anchored, over, late)


def _accepted(folder: Path, policy: Policy) -> Seen | Fault:
    """Return who of the policy signed the checkpoint, or why it is not accepted."""
    try:
        raw = stretches.read_file(str(folder), CHECKPOINT_PATH)
        return policy.verify(raw)
    except OSError as error:
        return Fault(f"The checkpoint cannot be read: {error}.")
    except ProofError as error:
        explained = continuity.explain(folder, raw, policy)
        return explained or Fault(f"The checkpoint is not accepted: {error}")


class _Run:
    def __init__(
        self,
        folder: Path,
        seen: Seen,
        older: Sequence[Shipped],
        brought: Sequence[Shipped],
        anchored: Sequence[Anchored],
        replay: Replay,
    ) -> None:
        self.replay = replay
        self.lineage = Lineage()
        self._folder = str(folder)
        self._seen = seen
        self._checkpoint = checkpoint = seen.checkpoint
        self._older: list[tuple[Checkpoint, str, str | None]] = [
            (one.checkpoint, "the older checkpoint", None) for one in older
        ]
        self._older += [
            (one.checkpoint, "a checkpoint in the meta-log", "meta-history-differs") for one in anchored
        ]
        self._kept = older
        self._brought = brought
        known = [one for one, *_ in self._older] + [one.checkpoint for one in brought]
        sizes = {one.size for one in known if one.size < checkpoint.size}
        self._tree = Tree(self._folder, checkpoint.size, sizes)
        self.tasks = stretches.tasks(folder, checkpoint.size, sizes)

    def fault(self, pool: Pool, progress: Progress) -> Fault | None:
        """Return the first fault of the whole export."""
        found = self._pass(pool, progress)
        if found is not None and found.index is None:
            return found
        again = repeats.first_fault(self._folder, self._checkpoint.size, self.replay)
        unlike = self._mirrors(pool)
        return _first(again, unlike) or found or self._signed_otherwise() or self._broken_off()

    def _pass(self, pool: Pool, progress: Progress) -> Fault | None:
        for task, examined in pool.examined():
            if not (examined.is_whole and examined.summary and self.replay.take(examined.summary)):
                found = findings.first_fault(task, self.replay)
                if found is None and not examined.is_whole:
                    found = Fault("A file changed while it was read.", task.first * WIDTH)
                if found is not None:
                    return found
            self._tree.take(examined)
            progress(self.replay.size)
        return None

    def _signed_otherwise(self) -> Fault | None:
        """Compare the tree with what was signed, now and before. Entries up to an older root that holds are good."""
        vouched = 0
        for one, what, code in sorted(self._older, key=lambda older: older[0].size):
            root = self._tree.roots.get(one.size, self._tree.root())
            if root != one.root:
                reason = f"The first {one.size} entries are not those of {what}"
                return self._at(vouched, f"{reason}: history before it was rewritten from here on.", code)
            vouched = one.size
        if wrong := self._tree.first_wrong():
            return self._at(*wrong)
        if self._tree.root() != self._checkpoint.root:
            return self._at(
                vouched, "The entries and tiles do not make the root that was signed, from here on."
            )
        return None

    def _broken_off(self) -> Fault | None:
        """Hold what the log says of its keys and incarnations against who signed, and what came along."""
        places = {kind: self.replay.places_of_kind(kind) for kind in lineage.KINDS}
        try:
            self.lineage = lineage.read(self._folder, self._checkpoint.size, places)
        except lineage.UnclearError as error:
            return self._at(error.index, str(error))
        wrong = continuity.first_wrong(
            self._checkpoint,
            self._seen.signed_by,
            self.lineage,
            [*self._kept, *self._brought],
            lambda size: self._tree.roots.get(size, self._tree.root()),
        )
        if wrong is None:
            return None
        index, reason = wrong
        return Fault(reason) if index is None else self._at(index, reason)

    def _mirrors(self, pool: Pool) -> Fault | None:
        """Hold every reversal against what it reverses, which stands anywhere before it."""
        begin = [task.first * WIDTH for task in self.tasks]
        for reversals in self.replay.reversals.parts():
            places = self.replay.places_of(one.reverses for one in reversals)
            known = dict(one.seen for one in reversals if one.seen is not None)
            missing = sorted(set(places.values()) - known.keys())
            stretched = groupby(missing, lambda place: bisect_right(begin, place) - 1)
            works = ((self.tasks[number], tuple(here)) for number, here in stretched)
            for part in pool.all_of(stretches.mirrors, works):
                known |= part
            for one in reversals:
                place = places.get(one.reverses)
                if complaint := _unlike(one, place, known):
                    return self._at(one.log_index, complaint)
        return None

    def _at(self, index: int, reason: str, code: str | None = None) -> Fault:
        if index >= self._checkpoint.size:
            return Fault(reason, code=code)
        return findings.at(self._folder, self._checkpoint.size, index, reason, code=code)


def _older(raw: bytes, policy: Policy, newest: Checkpoint) -> Shipped:
    older, note = checkpoints.open_signed(raw, policy.logs)
    if older.origin != newest.origin:
        raise ProofError(f"it is of {older.origin}, the export of {newest.origin}.")
    if older.size > newest.size:
        raise ProofError(f"it has {older.size} entries, the export {newest.size}: entries were taken away.")
    signed_by = shipped.signers(note, older.origin, [key for key in policy.logs if key.name == older.origin])
    kept = f"the older checkpoint of {older.size} entries"
    return Shipped(kept, shipped.number_of(older.origin)[1], older, signed_by, is_last=False)


def _first(*faults: Fault | None) -> Fault | None:
    """Return the fault of the first entry; of one entry's, the first named."""
    return min((one for one in faults if one), key=lambda one: one.index or 0, default=None)


def _unlike(reversal: Reversal, place: int | None, mirrors: Mapping[int, Said | None]) -> str | None:
    if place is None or place >= reversal.log_index:
        return "It reverses what does not stand before it."
    if (mirror := mirrors[place]) is None:
        return "It reverses what is no movement, or a reversal."
    return None if mirror == reversal.mirrored else "It is not the mirror of what it reverses."


@contextmanager
def _room() -> Iterator[None]:
    """Say where room is missing: nothing is written here but temporary files."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise OperationError(
            f"There is no room for temporary files in {tempfile.gettempdir()}; name another place by TMPDIR."
        ) from error


@contextmanager
def _without_collector() -> Iterator[None]:
    """Leave the collector off while millions of small values come and go: none of them is part of a cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
