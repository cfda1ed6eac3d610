"""Merkle trees (V-22): the roots and proofs of RFC 6962 for every size up to 64, and none that is not exact."""

from collections.abc import Callable
from typing import Any

import pytest

from support import plain_tree, vectors
from velaurum.proofs import merkle
from velaurum.proofs.merkle import CompactRange
from velaurum.proofs.wire import FormatError, ProofError

TREES: dict[str, Any] = vectors.read("merkle_trees")
LEAVES = [bytes.fromhex(text) for text in TREES["leaf_hashes"]]
ROOTS = [bytes.fromhex(text) for text in TREES["roots"]]
HASHES = [bytes.fromhex(text) for text in TREES["hashes"]]


def read(height: int, number: int) -> bytes:
    return plain_tree.tree_hash(LEAVES[number << height : (number + 1) << height])


def listed(numbers: list[int]) -> list[bytes]:
    return [HASHES[n] for n in numbers]


def test_entries_hash_to_the_leaves_of_the_vectors() -> None:
    assert [merkle.leaf_hash(bytes.fromhex(text)) for text in TREES["entries"]] == LEAVES


def test_the_eight_shared_entries_have_the_published_root() -> None:
    assert merkle.root(LEAVES[:8]).hex() == plain_tree.CT_ROOT


def test_no_leaves_hash_to_the_hash_of_nothing() -> None:
    assert merkle.root([]) == ROOTS[0] == merkle.EMPTY_ROOT == CompactRange().root()


def test_every_size_has_the_root_of_the_vectors() -> None:
    growing = CompactRange()

    for size in range(1, 65):
        growing.append(LEAVES[size - 1])
        assert growing.root() == merkle.root(LEAVES[:size]) == ROOTS[size]


@pytest.mark.parametrize(("size", "raw"), vectors.read("compact_ranges")["ranges"].items())
def test_a_compact_range_goes_on_from_its_bytes(size: str, raw: str) -> None:
    grown = CompactRange()
    grown.extend(LEAVES[: int(size)])
    assert grown.to_bytes().hex() == raw

    again = CompactRange.from_bytes(int(size), bytes.fromhex(raw))
    again.extend(LEAVES[int(size) :])

    assert again.root() == ROOTS[64]


def test_a_compact_range_takes_whole_subtrees() -> None:
    grown = CompactRange()
    for height, number in ((3, 0), (2, 2), (2, 3), (4, 1), (0, 32)):
        grown.append_subtree(height, read(height, number))

    assert grown.size == 33
    assert grown.root() == ROOTS[33]


@pytest.mark.parametrize(("size", "raw"), [(3, "00" * 32), (2, "00" * 64), (1, ""), (1, "00" * 31), (-1, "")])
def test_a_compact_range_of_another_size_is_refused(size: int, raw: str) -> None:
    with pytest.raises(FormatError):
        CompactRange.from_bytes(size, bytes.fromhex(raw))


def test_a_subtree_may_not_begin_anywhere() -> None:
    grown = CompactRange(1, LEAVES[:1])

    with pytest.raises(ValueError, match="begins where"):
        grown.append_subtree(1, LEAVES[0])


def test_every_inclusion_proof_is_made_as_in_the_vectors_and_verifies() -> None:
    assert len(TREES["inclusion"]) == 64 * 65 // 2
    for index, size, numbers in TREES["inclusion"]:
        proof = merkle.inclusion_proof(index, size, read)
        assert proof == listed(numbers)
        merkle.verify_inclusion(index, size, LEAVES[index], proof, ROOTS[size])


def test_every_consistency_proof_is_made_as_in_the_vectors_and_verifies() -> None:
    assert len(TREES["consistency"]) == 64 * 65 // 2
    for old_size, size, numbers in TREES["consistency"]:
        proof = merkle.consistency_proof(old_size, size, read)
        assert proof == listed(numbers)
        merkle.verify_consistency(old_size, ROOTS[old_size], size, ROOTS[size], proof)


def test_no_inclusion_proof_holds_for_another_place_size_leaf_or_root() -> None:
    for index, size, numbers in TREES["inclusion"]:
        proof = listed(numbers)
        other = LEAVES[(index + 1) % 64]
        refuse(merkle.verify_inclusion, index, size, other, proof, ROOTS[size])
        refuse(merkle.verify_inclusion, index, size, LEAVES[index], proof, ROOTS[size - 1])
        refuse(merkle.verify_inclusion, index + 1, size, LEAVES[index], proof, ROOTS[size])
        refuse(merkle.verify_inclusion, index, size, LEAVES[index], [*proof, other], ROOTS[size])
        refuse(merkle.verify_inclusion, index, size, LEAVES[index], [other, *proof], ROOTS[size])
        for n in range(len(proof)):
            refuse(merkle.verify_inclusion, index, size, LEAVES[index], dropped(proof, n), ROOTS[size])
            refuse(merkle.verify_inclusion, index, size, LEAVES[index], flipped(proof, n), ROOTS[size])
            if n:
                refuse(merkle.verify_inclusion, index, size, LEAVES[index], swapped(proof, n), ROOTS[size])


def test_no_consistency_proof_holds_for_other_trees() -> None:
    for old_size, size, numbers in TREES["consistency"]:
        proof, old, new = listed(numbers), ROOTS[old_size], ROOTS[size]
        refuse(merkle.verify_consistency, old_size, ROOTS[old_size - 1], size, new, proof)
        refuse(merkle.verify_consistency, old_size, old, size, ROOTS[size - 1], proof)
        refuse(merkle.verify_consistency, old_size - 1, old, size, new, proof)
        refuse(merkle.verify_consistency, old_size, old, size, new, [*proof, old])
        refuse(merkle.verify_consistency, old_size, old, size, new, [old, *proof])
        for n in range(len(proof)):
            refuse(merkle.verify_consistency, old_size, old, size, new, dropped(proof, n))
            refuse(merkle.verify_consistency, old_size, old, size, new, flipped(proof, n))
            if n and proof[n] != proof[n - 1]:
                refuse(merkle.verify_consistency, old_size, old, size, new, swapped(proof, n))


def test_a_node_above_the_leaves_does_not_pass_for_a_leaf() -> None:
    proof = merkle.inclusion_proof(0, 8, read)

    refuse(merkle.verify_inclusion, 0, 8, read(1, 0), proof[1:], ROOTS[8])
    refuse(merkle.verify_inclusion, 0, 8, ROOTS[8], [], ROOTS[8])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 4), (4, 4), (0, 2**63)])
def test_a_leaf_outside_its_tree_has_no_proof(index: int, size: int) -> None:
    refuse(merkle.verify_inclusion, index, size, LEAVES[0], [], LEAVES[0])


@pytest.mark.parametrize(("old_size", "size"), [(0, 0), (0, 1), (2, 1), (-1, 1), (1, 2**63)])
def test_a_tree_extends_no_empty_and_no_larger_one(old_size: int, size: int) -> None:
    refuse(merkle.verify_consistency, old_size, ROOTS[0], size, ROOTS[1], [])


def test_a_hash_of_another_length_is_refused() -> None:
    joined = LEAVES[0] + LEAVES[1]

    refuse(merkle.verify_inclusion, 0, 1, joined, [], joined)
    refuse(merkle.verify_consistency, 1, joined, 1, joined, [])
    with pytest.raises(FormatError):
        CompactRange().append(joined)


@pytest.mark.parametrize(("old_size", "size"), [(0, 3), (4, 3)])
def test_no_proof_is_made_of_what_is_not_so(old_size: int, size: int) -> None:
    with pytest.raises(ValueError, match="does not extend"):
        merkle.consistency_proof(old_size, size, read)
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(size, size, read)


def refuse(verify: Callable[..., None], *claim: Any) -> None:
    with pytest.raises(ProofError):
        verify(*claim)


def dropped(proof: list[bytes], n: int) -> list[bytes]:
    return proof[:n] + proof[n + 1 :]


def flipped(proof: list[bytes], n: int) -> list[bytes]:
    return [*proof[:n], bytes([proof[n][0] ^ 1]) + proof[n][1:], *proof[n + 1 :]]


def swapped(proof: list[bytes], n: int) -> list[bytes]:
    return [*proof[: n - 1], proof[n], proof[n - 1], *proof[n + 1 :]]
