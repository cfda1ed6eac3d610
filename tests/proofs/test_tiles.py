"""Tiles (V-22): each has one path, all of them together are the tree, and none is believed unchecked."""

from hashlib import sha256
from typing import Any

import pytest

from support import plain_tree, vectors
from velaurum.proofs import merkle, tiles
from velaurum.proofs.tiles import Bundle, CheckedTiles, Edge, Tile
from velaurum.proofs.wire import FormatError, ProofError

VECTORS: dict[str, Any] = vectors.read("tiles")
SIZE = 70_000
LEAVES = [sha256(n.to_bytes(4)).digest() for n in range(SIZE)]


@pytest.fixture(scope="module")
def stored() -> dict[Tile, bytes]:
    """Grow a tree leaf by leaf and keep what it writes."""
    edge, kept = Edge(), {}
    for leaf in LEAVES:
        kept |= edge.append(leaf)
    return kept | dict(edge.partial_tiles())


@pytest.mark.parametrize(("path", "level", "number", "width"), VECTORS["tile_paths"])
def test_a_tile_has_one_path(path: str, level: int, number: int, width: int) -> None:
    assert Tile(level, number, width).path == path
    assert Tile.parse(path) == Tile(level, number, width)


@pytest.mark.parametrize(("path", "number", "width"), VECTORS["bundle_paths"])
def test_a_bundle_has_one_path(path: str, number: int, width: int) -> None:
    assert Bundle(number, width).path == path
    assert Bundle.parse(path) == Bundle(number, width)


@pytest.mark.parametrize("path", VECTORS["refused_paths"])
def test_another_path_names_nothing(path: str) -> None:
    with pytest.raises(FormatError):
        Tile.parse(path)
    with pytest.raises(FormatError):
        Bundle.parse(path)


@pytest.mark.parametrize(("size", "paths"), VECTORS["tiles_of"].items())
def test_a_tree_has_its_tiles(size: str, paths: list[str]) -> None:
    assert [tile.path for tile in tiles.tiles_of(int(size))] == paths


@pytest.mark.parametrize(("old_size", "size", "paths"), VECTORS["new_tiles"])
def test_a_longer_tree_has_new_tiles(old_size: int, size: int, paths: list[str]) -> None:
    assert [tile.path for tile in tiles.new_tiles(old_size, size)] == paths


def test_bundles_are_new_where_the_leaves_are() -> None:
    assert list(tiles.new_bundles(255, 513)) == [Bundle(0), Bundle(1), Bundle(2, 1)]
    assert list(tiles.new_bundles(7, 7)) == []
    assert list(tiles.bundles_of(257)) == [Bundle(0), Bundle(1, 1)]


def test_seventy_thousand_leaves_fill_the_tiles_that_the_specification_counts(
    stored: dict[Tile, bytes],
) -> None:
    for level, (full, width) in VECTORS["tiles_of_70000"].items():
        here = [tile for tile in stored if tile.level == int(level)]
        assert sum(tile.width == tiles.WIDTH for tile in here) == full
        assert [tile.width for tile in here if tile.width < tiles.WIDTH] == [width]
    assert set(stored) == set(tiles.tiles_of(SIZE))


def test_each_tile_holds_the_hashes_over_its_leaves(stored: dict[Tile, bytes]) -> None:
    for tile in (Tile(0, 0), Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)):
        span = 256**tile.level
        first = tile.number * 256
        expected = [merkle.root(LEAVES[n * span : (n + 1) * span]) for n in range(first, first + tile.width)]
        assert tiles.hashes_in(tile, stored[tile]) == expected


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_537])
def test_an_edge_goes_on_from_its_partial_tiles(size: int) -> None:
    edge = Edge()
    for leaf in LEAVES[:size]:
        edge.append(leaf)
    partial = dict(edge.partial_tiles())

    again = Edge(size, partial.__getitem__)

    assert again.root() == merkle.root(LEAVES[:size])
    full = again.append(LEAVES[size]), edge.append(LEAVES[size])
    assert full[0] == full[1]
    assert again.root() == edge.root() == merkle.root(LEAVES[: size + 1])


def test_proofs_are_read_from_tiles(stored: dict[Tile, bytes]) -> None:
    root = merkle.root(LEAVES)
    checked = CheckedTiles(SIZE, root, stored.__getitem__)

    for index in (0, 255, 256, 65_535, 65_536, SIZE - 1):
        proof = merkle.inclusion_proof(index, SIZE, checked.node)
        merkle.verify_inclusion(index, SIZE, LEAVES[index], proof, root)
    for old_size in (1, 256, 65_536, 65_537, SIZE - 1, SIZE):
        proof = merkle.consistency_proof(old_size, SIZE, checked.node)
        merkle.verify_consistency(old_size, merkle.root(LEAVES[:old_size]), SIZE, root, proof)


def test_no_hash_of_a_forged_tile_is_returned(stored: dict[Tile, bytes]) -> None:
    """The reader of another implementation left up to two tiles unchecked at this very size."""
    root = merkle.root(LEAVES)
    for forged in (Tile(0, 0), Tile(0, 255), Tile(0, 272), Tile(0, 273, 112), Tile(1, 0), Tile(2, 0, 1)):
        for at in (0, forged.width * 32 - 1):
            raw = bytearray(stored[forged])
            raw[at] ^= 1
            bent = {**stored, forged: bytes(raw)}
            with pytest.raises(ProofError):
                CheckedTiles(SIZE, root, bent.__getitem__).node(8 * forged.level, forged.number * 256)


@pytest.mark.parametrize(("height", "number"), [(0, SIZE), (17, 0), (0, -1), (-1, 0)])
def test_a_node_outside_the_tree_is_not_read(stored: dict[Tile, bytes], height: int, number: int) -> None:
    checked = CheckedTiles(SIZE, merkle.root(LEAVES), stored.__getitem__)

    with pytest.raises(ValueError, match="no node"):
        checked.node(height, number)


@pytest.mark.parametrize("one", VECTORS["bundles"])
def test_a_bundle_is_entries_behind_their_lengths(one: dict[str, Any]) -> None:
    entries = [bytes.fromhex(text) for text in one["entries"]]

    assert tiles.encode_bundle(entries).hex() == one["bundle"]
    assert tiles.decode_bundle(Bundle(0, len(entries)), bytes.fromhex(one["bundle"])) == entries


@pytest.mark.parametrize("one", VECTORS["refused_bundles"])
def test_another_bundle_is_refused(one: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        tiles.decode_bundle(Bundle(0, one["width"]), bytes.fromhex(one["bundle"]))


def test_the_longest_entry_fits_and_a_longer_one_does_not() -> None:
    longest = bytes(65_535)

    assert tiles.decode_bundle(Bundle(0, 1), tiles.encode_bundle([longest])) == [longest]
    with pytest.raises(ValueError, match="longer than"):
        tiles.encode_bundle([bytes(65_536)])


def test_a_tile_of_another_length_is_refused() -> None:
    for raw in (bytes(31), bytes(33), bytes(64), b""):
        with pytest.raises(FormatError):
            tiles.hashes_in(Tile(0, 0, 1), raw)


def test_the_shared_entries_are_one_partial_tile() -> None:
    leaves = [plain_tree.leaf(entry) for entry in plain_tree.CT_ENTRIES]
    edge = Edge()
    for leaf in leaves:
        edge.append(leaf)

    assert edge.partial_tiles() == [(Tile(0, 0, 8), b"".join(leaves))]
    assert edge.root().hex() == plain_tree.CT_ROOT
