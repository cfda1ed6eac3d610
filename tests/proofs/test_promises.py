"""Promises (V-22): what a log gave its word for, under a key that signs nothing else."""

from typing import Any

import pytest

from support import vectors
from velaurum.proofs import notes, promises
from velaurum.proofs.notes import VerifierKey
from velaurum.proofs.promises import Promise
from velaurum.proofs.wire import FormatError, ProofError

VECTORS: dict[str, Any] = vectors.read("promises")
KEY = VerifierKey.parse(VECTORS["key"])
SAID: list[dict[str, Any]] = VECTORS["promises"]


@pytest.mark.parametrize("said", SAID, ids=range(len(SAID)))
def test_a_promise_says_which_leaves_will_be_where_and_by_when(said: dict[str, Any]) -> None:
    leaves = tuple((index, bytes.fromhex(leaf)) for index, leaf in said["leaves"])
    promise = Promise(VECTORS["origin"], VECTORS["due_at"], leaves)

    assert promise.text == said["text"]
    assert promises.open_signed(said["note"].encode(), [KEY]) == promise


@pytest.mark.parametrize("text", VECTORS["no_promises"], ids=range(len(VECTORS["no_promises"])))
def test_a_promise_has_one_form(text: str) -> None:
    with pytest.raises(FormatError):
        promises.parse(text)


@pytest.mark.parametrize("said", SAID, ids=range(len(SAID)))
def test_no_flipped_bit_is_promised(said: dict[str, Any]) -> None:
    whole = said["note"].encode()

    for at in range(len(whole)):
        flipped = whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]
        with pytest.raises(ProofError):
            promises.open_signed(flipped, [KEY])


def test_it_is_kept_by_the_log_that_has_these_leaves_there() -> None:
    (index, leaf), *_ = SAID[0]["leaves"]
    promise = promises.parse(notes.parse(SAID[0]["note"].encode()).text)
    there = [bytes.fromhex(leaf)]

    assert promises.is_kept(promise, there)
    assert not promises.is_kept(promise, [bytes(32)])
    assert not promises.is_kept(promise, [])
    assert index == 0
