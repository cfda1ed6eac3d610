"""The tree of an export, put together from its bundles: each of its tiles, older sizes, and the root."""

from collections.abc import Iterable, Iterator

from velaurum.exports.stretches import Examined, read_file
from velaurum.proofs import merkle
from velaurum.proofs.merkle import CompactRange
from velaurum.proofs.tiles import HEIGHT, WIDTH, Tile
from velaurum.proofs.wire import HASH_BYTES


class Tree:
    """Grows by stretches; knows the root of each older size that it was asked about, once it is past it."""

    def __init__(self, folder: str, size: int, older_sizes: Iterable[int]) -> None:
        self.roots: dict[int, bytes] = {}
        self._folder = folder
        self._size = size
        self._whole = CompactRange()
        self._older = sorted(older_sizes)
        self._levels: list[list[bytes]] = []

    def take(self, examined: Examined) -> None:
        """Add a stretch."""
        marked = dict(examined.marked)
        for bundle_root in examined.bundle_roots:
            self._pass_marks(marked)
            self._whole.append_subtree(HEIGHT, bundle_root)
            self._lift(0, bundle_root)
        self._pass_marks(marked)
        self._whole.extend(examined.last_leaves)

    def root(self) -> bytes:
        return self._whole.root()

    def first_wrong(self) -> tuple[int, str] | None:
        """Compare the tiles above the leaves; return the first entry below a hash that is wrong, and the reason."""
        found = [wrong for tile, hashes in self._tiles() if (wrong := self._compare(tile, hashes))]
        return min(found) if found else None

    def _pass_marks(self, marked: dict[int, list[bytes]]) -> None:
        while self._older and self._older[0] < self._whole.size + WIDTH:
            size = self._older[0]
            if size != self._whole.size and size not in marked:
                return
            until = CompactRange(self._whole.size, self._whole.nodes)
            until.extend(marked.pop(size, []))
            self.roots[size] = until.root()
            self._older.pop(0)

    def _lift(self, level: int, node: bytes) -> None:
        while True:
            if level == len(self._levels):
                self._levels.append([])
            here = self._levels[level]
            here.append(node)
            if len(here) % WIDTH:
                return
            node = merkle.root(here[-WIDTH:])
            level += 1

    def _tiles(self) -> Iterator[tuple[Tile, list[bytes]]]:
        for n, hashes in enumerate(self._levels):
            for number in range(-(-len(hashes) // WIDTH)):
                within = hashes[number * WIDTH : (number + 1) * WIDTH]
                yield Tile(n + 1, number, len(within)), within

    def _compare(self, tile: Tile, hashes: list[bytes]) -> tuple[int, str] | None:
        first = tile.number << (HEIGHT * (tile.level + 1))
        try:
            raw = read_file(self._folder, tile.path)
        except OSError:
            return first, f"{tile.path} is missing or cannot be read."
        if len(raw) != tile.width * HASH_BYTES:
            return first, f"{tile.path} is not {tile.width * HASH_BYTES} bytes long."
        for n, node in enumerate(hashes):
            if raw[n * HASH_BYTES : (n + 1) * HASH_BYTES] != node:
                return first + (n << (HEIGHT * tile.level)), f"{tile.path} has another hash over it."
        return None
