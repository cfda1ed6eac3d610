"""The vectors of the proof formats follow from the definitions, not from the product."""

import json

import pytest

from support import meta_vectors, ml_dsa_vectors, plain_tree, promise_vectors, proof_vectors, vectors

WRITERS = (
    proof_vectors.merkle_trees,
    proof_vectors.compact_ranges,
    proof_vectors.signed_notes,
    proof_vectors.checkpoints,
    ml_dsa_vectors.ml_dsa_44,
    proof_vectors.tiles,
    proof_vectors.tlog_proofs,
    proof_vectors.policies,
    meta_vectors.meta_entries,
    promise_vectors.promises,
)


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_a_file_of_vectors_is_what_the_definitions_give(write: proof_vectors.Writer) -> None:
    assert json.loads(json.dumps(write())) == vectors.read(write.__name__)


def test_the_definitions_give_the_root_that_other_implementations_publish() -> None:
    leaves = [plain_tree.leaf(entry) for entry in plain_tree.CT_ENTRIES]

    assert plain_tree.tree_hash(leaves).hex() == plain_tree.CT_ROOT
