"""One stretch of an export: its files are read, hashed, compared with its tiles, and summed up, by one process."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from itertools import groupby
from pathlib import Path
from typing import ClassVar, Protocol

from velaurum.exports import fast
from velaurum.exports.batches import BUNDLES, Batch
from velaurum.exports.columns import Columns
from velaurum.exports.spelling import mirror_of
from velaurum.exports.summaries import Said, Summary
from velaurum.proofs import merkle, tiles
from velaurum.proofs.tiles import WIDTH, Bundle, Tile
from velaurum.proofs.wire import ProofError

_LONGEST_FILE = WIDTH * (2 + tiles.ENTRY_BYTES_MAX)
_FEWEST = 16  # that are worth handing over when hardly any are left
_OF_THE_REST = 4  # the smaller the last stretches, the less one process waits for another


class Reading(Protocol):
    """A way to read many entries, one part of a stretch after the other. It says yes, or that they might not fit."""

    AT_ONCE: ClassVar[int]

    def __init__(self, first_index: int) -> None: ...

    def add(self, entries: Batch, leaves: Sequence[bytes]) -> bool:
        """Take the next entries. False when one does not fit, or might not: then nothing more is asked."""

    def summary(self) -> Summary | None:
        """Return what the stretch comes to. None when something in it does not fit, or might not."""


@dataclass(frozen=True, slots=True)
class Task:
    """Which bundles to read, and at which sizes the leaves of a bundle are wanted back."""

    folder: str
    size: int
    first: int
    count: int
    marks: tuple[int, ...] = ()

    def bundles(self) -> list[Bundle]:
        return [bundle_at(n, self.size) for n in range(self.first, self.first + self.count)]


@dataclass(slots=True)
class Examined:
    """What a stretch is. `is_whole`: all is there and as its tiles say. `summary`: None where it might not follow."""

    is_whole: bool = False
    bundle_roots: list[bytes] = field(default_factory=list)
    last_leaves: list[bytes] = field(default_factory=list)
    marked: dict[int, list[bytes]] = field(default_factory=dict)
    summary: Summary | None = None


def tasks(folder: Path, size: int, marks: set[int]) -> list[Task]:
    """Part an export into stretches."""
    return [
        Task(
            str(folder),
            size,
            first,
            count,
            tuple(sorted(mark for mark in marks if first <= mark // WIDTH < first + count and mark % WIDTH)),
        )
        for first, count in _ranges(-(-size // WIDTH))
    ]


def _ranges(bundles: int) -> Iterator[tuple[int, int]]:
    first = 0
    while left := bundles - first:
        count = min(left, BUNDLES, max(_FEWEST, left // _OF_THE_REST))
        yield first, count
        first += count


def examine(task: Task) -> Examined:
    """Read a stretch. Whatever is wrong with it leaves it not whole or without a summary; nothing is raised."""
    examined = Examined()
    for reading in _readings(task.size):
        examined = _examined(task, reading)
        if examined.summary is not None or not examined.is_whole:
            break
    return examined


def _examined(task: Task, reading: type[Reading]) -> Examined:
    examined, read, fits = Examined(), reading(task.first * WIDTH), True
    entries = Batch()
    hashes: list[bytes] = []
    try:
        for bundle in task.bundles():
            with _reading(task.folder, bundle.path) as (file, width), entries.room(width) as room:
                leaves, ends = tiles.hash_bundle(bundle, room[: _filled(file, room)])
            if read_file(task.folder, tile_beside(bundle).path) != b"".join(leaves):
                return examined
            entries.add(ends[-1], ends)  # what was hashed, and nothing else, is read
            hashes += leaves
            if len(entries) >= reading.AT_ONCE or bundle.number == task.first + task.count - 1:
                fits = fits and read.add(entries, hashes)
                entries.clear()
                hashes = []
            if bundle.width == WIDTH:
                examined.bundle_roots.append(merkle.root(leaves))
            else:
                examined.last_leaves = leaves
            for mark in task.marks:
                if mark // WIDTH == bundle.number:
                    examined.marked[mark] = leaves[: mark % WIDTH]
    except (ProofError, OSError):
        return examined
    examined.is_whole = True
    examined.summary = read.summary() if fits else None
    return examined


def prepare(size: int) -> None:
    """Compile what reads a log of this size, before there are copies of this process."""
    if fast.pays(size):
        reading, _ = _readings(size)
        reading(0).add(Batch(), [])


def _readings(size: int) -> list[type[Reading]]:
    """Return the ways to read many entries, the fastest first, which says least often that a log fits."""
    if not fast.pays(size):
        return [Columns]
    from velaurum.exports.arrays import Arrays  # noqa: PLC0415 - an optional extra

    return [Arrays, Columns]


def mirrors(work: tuple[Task, tuple[int, ...]]) -> dict[int, Said | None]:
    """Return what reverses the movements that stand at these places of a stretch; None: nothing may."""
    task, places = work
    found: dict[int, Said | None] = {}
    for number, here in groupby(places, lambda place: place // WIDTH):
        wanted = [place % WIDTH for place in here]
        bundle = bundle_at(number, task.size)
        raw = read_file(task.folder, bundle.path)
        for n, start in zip(wanted, _starts(raw, wanted), strict=True):
            stop = start + 2 + int.from_bytes(raw[start : start + 2])
            found[number * WIDTH + n] = mirror_of(raw[start + 2 : stop])
    return found


def _starts(raw: bytes, wanted: list[int]) -> list[int]:
    """Return where entries begin in a bundle that may be damaged: `wanted` are their numbers in it, rising."""
    starts, start, n = [], 0, 0
    padded = raw + b"\0\0"
    end = len(raw)
    for one in wanted:
        while n < one and start < end:
            start += 2 + (padded[start] << 8 | padded[start + 1])
            n += 1
        starts.append(start)
    return starts


def whatever_is_in(raw: bytes, count: int) -> list[bytes]:
    """Split a bundle that may be damaged, as far as it goes: what is missing is empty."""
    entries, start = [], 0
    for _ in range(count):
        stop = start + 2 + int.from_bytes(raw[start : start + 2])
        entries.append(raw[start + 2 : stop])
        start = stop
    return entries


def bundle_at(number: int, size: int) -> Bundle:
    return Bundle(number, min(WIDTH, size - number * WIDTH))


def tile_beside(bundle: Bundle) -> Tile:
    return Tile(0, bundle.number, bundle.width)


def read_file(folder: str, path: str) -> bytes:
    """Read a file of an export, which somebody else made. OSError for what is none, or longer than any of them."""
    with _reading(folder, path) as (file, _):
        return file.readall()


def _filled(file: FileIO, room: memoryview) -> int:
    """Read until there is no room or nothing more, as one read may give less; return how much there was."""
    at = 0
    while at < len(room) and (more := file.readinto(room[at:])):
        at += more
    return at


@contextmanager
def _reading(folder: str, path: str) -> Iterator[tuple[FileIO, int]]:
    with open(f"{folder}/{path}", "rb", 0, opener=_opened) as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LONGEST_FILE:
            raise OSError(f"{path} is no file, or too long")
        yield file, about.st_size


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe would be waited for
