"""Merkle trees of RFC 6962 with SHA-256: roots, compact ranges, and proofs that only recomputing makes true."""

import hmac
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from velaurum import canonical
from velaurum.proofs.wire import HASH_BYTES, SIZE_LIMIT, FormatError, ProofError

NODE_PREFIX = b"\x01"
EMPTY_ROOT = sha256(b"").digest()

leaf_hash = canonical.leaf_hash
# A copy of what has taken the prefix is had faster than one that begins.
begun_leaf = sha256(canonical.LEAF_PREFIX).copy
_begun_node = sha256(NODE_PREFIX).copy

ReadNode = Callable[[int, int], bytes]
"""Given height h and place n, the hash over the 2**h leaves from n * 2**h on."""


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(NODE_PREFIX + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, 32 bytes each; that of no leaves is the hash of nothing."""
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        above, pairs = [], iter(level)
        for left, right in zip(pairs, pairs, strict=False):
            node = _begun_node()
            node.update(left + right)
            above.append(node.digest())
        level = above + level[len(above) * 2 :]
    return level[0]


class CompactRange:
    """What has to be remembered of a tree in order to go on: the roots of its complete subtrees."""

    def __init__(self, size: int = 0, nodes: Iterable[bytes] = ()) -> None:
        """Go on from `size` leaves, given the subtree roots from the largest to the smallest."""
        self.size = size
        self.nodes = list(nodes)
        if not 0 <= size < SIZE_LIMIT or len(self.nodes) != size.bit_count():
            raise FormatError(f"A tree of {size} leaves has another number of complete subtrees.")
        if any(len(node) != HASH_BYTES for node in self.nodes):
            raise FormatError("A subtree root is not 32 bytes long.")

    @classmethod
    def from_bytes(cls, size: int, raw: bytes) -> "CompactRange":
        """Read what `to_bytes` wrote."""
        return cls(size, [raw[n : n + HASH_BYTES] for n in range(0, len(raw), HASH_BYTES)])

    def to_bytes(self) -> bytes:
        """Return the subtree roots one after the other, from the largest to the smallest."""
        return b"".join(self.nodes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.append_subtree(0, leaf)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in their order."""
        for leaf in leaves:
            self.append_subtree(0, leaf)

    def append_subtree(self, height: int, node: bytes) -> None:
        """Add 2**height leaves by the root over them. The size must be a multiple of that."""
        if len(node) != HASH_BYTES:
            raise FormatError("A hash is not 32 bytes long.")
        if self.size % (1 << height):
            raise ValueError("a subtree begins where one of its size may begin")
        before = self.size
        self.size += 1 << height
        while before >> height & 1:
            node = node_hash(self.nodes.pop(), node)
            height += 1
        self.nodes.append(node)

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self.nodes:
            return EMPTY_ROOT
        whole = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            whole = node_hash(node, whole)
        return whole


def inclusion_proof(index: int, size: int, read: ReadNode) -> list[bytes]:
    """Return the hashes that lead from the leaf at `index` to the root, the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_range_root(middle, high, read))
            high = middle
        else:
            proof.append(_range_root(low, middle, read))
            low = middle
    return proof[::-1]


def consistency_proof(old_size: int, size: int, read: ReadNode) -> list[bytes]:
    """Return the hashes that show the first `old_size` leaves of a tree to be the whole older tree."""
    if not 0 < old_size <= size:
        raise ValueError(f"a tree of {size} leaves does not extend one of {old_size}")
    proof: list[bytes] = []
    low, high = 0, size
    is_left_edge = True
    while old_size != high:
        middle = low + _split(high - low)
        if old_size <= middle:
            proof.append(_range_root(middle, high, read))
            high = middle
        else:
            proof.append(_range_root(low, middle, read))
            low = middle
            is_left_edge = False
    if not is_left_edge:
        proof.append(_range_root(low, high, read))
    return proof[::-1]


def root_of_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the only root for which the proof holds. ProofError when it has not the length it must have."""
    if not 0 <= index < size < SIZE_LIMIT:
        raise ProofError(f"A tree of {size} leaves has no leaf {index}.")
    # Below `inner` the path has a sibling at every height; above it only where a subtree stands to the left.
    inner = (index ^ (size - 1)).bit_length()
    if len(proof) != inner + (index >> inner).bit_count() or not _are_hashes((leaf, *proof)):
        raise ProofError(f"The proof for leaf {index} of {size} has another length.")
    node = leaf
    for height, sibling in enumerate(proof[:inner]):
        node = node_hash(sibling, node) if index >> height & 1 else node_hash(node, sibling)
    for sibling in proof[inner:]:
        node = node_hash(sibling, node)
    return node


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes) -> None:
    """Pass when the leaf hash stands at `index` of the tree with the root `expected`; ProofError otherwise."""
    if not hmac.compare_digest(root_of_inclusion(index, size, leaf, proof), expected):
        raise ProofError(f"The proof does not lead from leaf {index} to the root of {size} leaves.")


def verify_consistency(
    old_size: int, old_root: bytes, size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Pass when the tree of `size` leaves extends that of `old_size` (RFC 6962, section 2.1.2)."""
    if not 0 < old_size <= size < SIZE_LIMIT:
        raise ProofError(f"A tree of {size} leaves is not shown to extend one of {old_size}.")
    if not _are_hashes((old_root, new_root, *proof)):
        raise ProofError("A hash of the proof is not 32 bytes long.")
    if old_size == size:
        if proof or old_root != new_root:
            raise ProofError(f"There are two different trees of {size} leaves.")
        return
    trailing = (old_size & -old_size).bit_length() - 1
    # A complete older tree is itself the first node of the path, and is not sent again.
    seeds = [old_root, *proof] if old_size == 1 << trailing else list(proof)
    inner = ((old_size - 1) ^ (size - 1)).bit_length() - trailing
    border = ((old_size - 1) >> (trailing + inner)).bit_count()
    if len(seeds) != 1 + inner + border:
        raise ProofError(f"The proof from {old_size} to {size} leaves has another length.")
    before = after = seeds[0]
    for height, sibling in enumerate(seeds[1 : 1 + inner], trailing):
        if (old_size - 1) >> height & 1:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
        else:
            after = node_hash(after, sibling)
    for sibling in seeds[1 + inner :]:
        before, after = node_hash(sibling, before), node_hash(sibling, after)
    if not (hmac.compare_digest(before, old_root) and hmac.compare_digest(after, new_root)):
        raise ProofError(f"The tree of {size} leaves does not extend that of {old_size}.")


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _range_root(low: int, high: int, read: ReadNode) -> bytes:
    """Return the root over leaves from `low` to before `high`, which begin where a subtree of theirs may."""
    parts = []
    while low < high:
        height = (high - low).bit_length() - 1
        parts.append(read(height, low >> height))
        low += 1 << height
    whole = parts[-1]
    for part in reversed(parts[:-1]):
        whole = node_hash(part, whole)
    return whole


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
