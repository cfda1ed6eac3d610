"""Tiles of C2SP tlog-tiles: where hashes and entries lie in files, and a reader that believes none unchecked."""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from velaurum.proofs.merkle import CompactRange, begun_leaf, root
from velaurum.proofs.wire import HASH_BYTES, SIZE_LIMIT, FormatError, ProofError

HEIGHT = 8
WIDTH = 1 << HEIGHT  # hashes in a full tile, entries in a full bundle
LEVEL_MAX = 63
ENTRY_BYTES_MAX = 65_535
LENGTH_BYTES = 2
CHECKPOINT_PATH = "checkpoint"

_NUMBER = r"(?:x[0-9]{3}/)*[0-9]{3}"
_PARTIAL = r"(?:\.p/([1-9][0-9]{0,2}))?"
_TILE = re.compile(rf"tile/(0|[1-9][0-9]?)/({_NUMBER}){_PARTIAL}", re.ASCII)
_BUNDLE = re.compile(rf"tile/entries/({_NUMBER}){_PARTIAL}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tile:
    """The hashes from `number * 256` on at height `8 * level`: 256 of them, or fewer at the right edge."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{_grouped(self.number)}{_suffix(self.width)}"

    @property
    def leaves(self) -> int:
        """How many leaves the tree has at least that has this tile."""
        return (self.number * WIDTH + self.width) << (HEIGHT * self.level)

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Read a path, of which there is one form. FormatError for any other."""
        found = _TILE.fullmatch(path)
        if not found or int(found[1]) > LEVEL_MAX:
            raise FormatError("This is not the path of a tile.")
        tile = cls(int(found[1]), _ungrouped(found[2]), _width(found[3]))
        if tile.leaves >= SIZE_LIMIT:
            raise FormatError("No tree is so large that it has this tile.")
        return tile


@dataclass(frozen=True, slots=True)
class Bundle:
    """The entries from `number * 256` on: 256 of them, or fewer at the end of the log."""

    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        return f"tile/entries/{_grouped(self.number)}{_suffix(self.width)}"

    @classmethod
    def parse(cls, path: str) -> "Bundle":
        """Read a path, of which there is one form. FormatError for any other."""
        found = _BUNDLE.fullmatch(path)
        if not found or _ungrouped(found[1]) * WIDTH >= SIZE_LIMIT:
            raise FormatError("This is not the path of an entry bundle.")
        return cls(_ungrouped(found[1]), _width(found[2]))


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every tile of a tree, level by level, partial ones last."""
    yield from new_tiles(0, size)


def bundles_of(size: int) -> Iterator[Bundle]:
    """Yield every entry bundle of a log in its order."""
    yield from new_bundles(0, size)


def new_tiles(old_size: int, size: int) -> Iterator[Tile]:
    """Yield what a tree of `size` leaves has that one of `old_size` has not."""
    for level in range(LEVEL_MAX + 1):
        if not (here := size >> (HEIGHT * level)):
            return
        before = old_size >> (HEIGHT * level)
        if here != before:
            yield from (Tile(level, n) for n in range(before // WIDTH, here // WIDTH))
            if here % WIDTH:
                yield Tile(level, here // WIDTH, here % WIDTH)


def new_bundles(old_size: int, size: int) -> Iterator[Bundle]:
    """Yield what a log of `size` entries has that one of `old_size` has not."""
    if size != old_size:
        yield from (Bundle(n) for n in range(old_size // WIDTH, size // WIDTH))
        if size % WIDTH:
            yield Bundle(size // WIDTH, size % WIDTH)


def edge_of(size: int) -> list[Tile]:
    """Return the partial tiles of a tree, level by level. Together they make its root and nothing else does."""
    at_level = ((level, size >> (HEIGHT * level)) for level in range(LEVEL_MAX + 1))
    return [Tile(level, n // WIDTH, n % WIDTH) for level, n in at_level if n % WIDTH]


def hashes_in(tile: Tile, raw: bytes) -> list[bytes]:
    """Split the content of a tile."""
    if len(raw) != tile.width * HASH_BYTES:
        raise FormatError(f"{tile.path} is not {tile.width * HASH_BYTES} bytes long.")
    return [raw[n : n + HASH_BYTES] for n in range(0, len(raw), HASH_BYTES)]


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries one after the other, each behind its length in two bytes, the higher one first."""
    parts = []
    for entry in entries:
        if len(entry) > ENTRY_BYTES_MAX:
            raise ValueError(f"an entry of {len(entry)} bytes is longer than {ENTRY_BYTES_MAX}")
        parts += [struct.pack(">H", len(entry)), entry]
    return b"".join(parts)


def decode_bundle(bundle: Bundle, raw: bytes) -> list[bytes]:
    """Split the content of a bundle into as many entries as its path says."""
    entries: list[bytes] = []
    at = 0
    try:
        for _ in range(bundle.width):
            begin = at + LENGTH_BYTES
            at = begin + (raw[at] << 8 | raw[begin - 1])
            entries.append(raw[begin:at])
    except IndexError:
        at = -1
    _require_whole(bundle, at == len(raw))
    return entries


def hash_bundle(bundle: Bundle, raw: bytes | memoryview) -> tuple[list[bytes], list[int]]:
    """Return the leaf hashes of a bundle's entries, and where each of these ends; nothing is copied."""
    leaves: list[bytes] = []
    ends: list[int] = []
    at, inside = 0, memoryview(raw)
    try:
        for _ in range(bundle.width):
            begin = at + LENGTH_BYTES
            at = begin + (raw[at] << 8 | raw[begin - 1])
            leaf = begun_leaf()
            leaf.update(inside[begin:at])
            leaves.append(leaf.digest())
            ends.append(at)
    except IndexError:
        at = -1
    _require_whole(bundle, at == len(raw))
    return leaves, ends


def _require_whole(bundle: Bundle, is_whole: bool) -> None:
    if not is_whole:
        raise FormatError(f"{bundle.path} does not hold {bundle.width} whole entries and nothing else.")


class Edge:
    """The right edge of a growing tree: the partial tiles, from which everything else follows."""

    def __init__(self, size: int = 0, read: Callable[[Tile], bytes] = lambda _: b"") -> None:
        """Go on from a tree of `size` leaves, given the content of its partial tiles."""
        self.size = size
        self._levels: dict[int, list[bytes]] = {
            tile.level: hashes_in(tile, read(tile)) for tile in edge_of(size)
        }

    def append(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Add one leaf hash; return the tiles that are full with it, and their content."""
        full = []
        level, node = 0, leaf
        while True:
            hashes = self._levels.setdefault(level, [])
            hashes.append(node)
            if len(hashes) < WIDTH:
                break
            number = self.size >> (HEIGHT * (level + 1))
            full.append((Tile(level, number), b"".join(hashes)))
            node = root(hashes)
            self._levels[level] = []
            level += 1
        self.size += 1
        return full

    def partial_tiles(self) -> list[tuple[Tile, bytes]]:
        """Return the tiles that are not full, and their content."""
        return [(tile, b"".join(self._levels[tile.level])) for tile in edge_of(self.size)]

    def compact_range(self) -> CompactRange:
        """Return the complete subtrees, of which the edge is the finer form."""
        return compact_range(self.size, lambda tile: b"".join(self._levels[tile.level]))

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        return self.compact_range().root()


def compact_range(size: int, read: Callable[[Tile], bytes]) -> CompactRange:
    """Return the complete subtrees of a tree, given the content of its partial tiles."""
    nodes: list[bytes] = []
    for tile in edge_of(size):
        within = CompactRange()
        within.extend(hashes_in(tile, read(tile)))
        nodes = within.nodes + nodes
    return CompactRange(size, nodes)


class CheckedTiles:
    """Reads the hashes of a tree from its tiles, each of which is checked up to the root before it is believed.

    The partial tiles make the root, so that all of them are checked at once; of a full tile the hash stands in
    the tile above it. No hash is returned from a tile for which that was not done.
    """

    def __init__(self, size: int, expected: bytes, read: Callable[[Tile], bytes]) -> None:
        """Take the size and root that were signed. ProofError when the partial tiles do not make that root."""
        self._size = size
        self._read = read
        kept = {tile: read(tile) for tile in edge_of(size)}
        if compact_range(size, kept.__getitem__).root() != expected:
            raise ProofError(f"The tiles of {size} leaves do not make the root that was signed.")
        self._checked = {(tile.level, tile.number): hashes_in(tile, raw) for tile, raw in kept.items()}

    def node(self, height: int, number: int) -> bytes:
        """Return the hash over 2**height leaves from number * 2**height on (merkle.ReadNode)."""
        if height < 0 or number < 0 or (number + 1) << height > self._size:
            raise ValueError(f"a tree of {self._size} leaves has no node {number} at height {height}")
        level, within = divmod(height, HEIGHT)
        first = number << within
        hashes = self._tile(level, first // WIDTH)
        return root(hashes[first % WIDTH : first % WIDTH + (1 << within)])

    def _tile(self, level: int, number: int) -> list[bytes]:
        if found := self._checked.get((level, number)):
            return found
        tile = Tile(level, number)
        hashes = hashes_in(tile, self._read(tile))
        if root(hashes) != self._tile(level + 1, number // WIDTH)[number % WIDTH]:
            raise ProofError(f"{tile.path} is not part of the tree that was signed.")
        self._checked[level, number] = hashes
        return hashes


def _grouped(number: int) -> str:
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    return "/".join(reversed(groups))


def _ungrouped(text: str) -> int:
    digits = text.replace("/", "").replace("x", "")
    number = int(digits[:30])
    if len(digits) > 30 or _grouped(number) != text:  # noqa: PLR2004 - longer than any number of a tile
        raise FormatError("A number in the path has leading zeros or is too large.")
    return number


def _suffix(width: int) -> str:
    return "" if width == WIDTH else f".p/{width}"


def _width(text: str | None) -> int:
    width = WIDTH if text is None else int(text)
    if text is not None and width >= WIDTH:
        raise FormatError("A partial tile has 255 hashes at most.")
    return width
