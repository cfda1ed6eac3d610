"""A witness signs what extends the last that it signed, and answers anything else as C2SP tlog-witness says (V-22)."""

from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from support import proof_vectors
from support.witnesses import LOG, leaves, note, request
from velaurum.proofs import notes
from velaurum.proofs.notes import COSIGNATURE, Signer
from velaurum.witness.memory import Memory
from velaurum.witness.requests import SIZE, Answer, Witness

SIGNER = Signer("w.example", proof_vectors.secret("w.example"), COSIGNATURE)
STRANGER = Signer("stranger.example", proof_vectors.secret("stranger.example"))
PATH = sha256(LOG.name.encode()).hexdigest()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(SIGNER, [LOG.verifier], Memory(tmp_path), lambda: 1_764_374_400)


def signed(answer: Answer, hashes: list[bytes]) -> bool:
    [one] = notes.parse_signatures(answer.body)
    text = notes.parse(note(hashes).encode()).text
    return answer.status == 200 and SIGNER.verifier.holds(text, one.value)


def test_a_first_checkpoint_is_signed_and_shown(witness: Witness) -> None:
    answer = witness.add_checkpoint(request(0, leaves(5)))

    assert signed(answer, leaves(5))
    shown = notes.parse(witness.checkpoint(PATH).body)
    assert {key.name for key, _ in notes.verify(shown, [LOG.verifier, SIGNER.verifier])} == {
        LOG.name,
        "w.example",
    }


def test_every_longer_log_is_signed_from_the_size_before(witness: Witness) -> None:
    sizes = [0, 1, 1, 2, 7, 8, 8, 21, 64]

    for old_size, size in pairwise(sizes):
        assert signed(witness.add_checkpoint(request(old_size, leaves(size))), leaves(size))


def test_an_empty_log_is_signed_and_grows(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, [])).status == 200
    assert witness.add_checkpoint(request(0, [])).status == 200
    assert witness.add_checkpoint(request(0, leaves(3))).status == 200


def test_another_old_size_is_answered_with_the_one_that_was_signed(witness: Witness) -> None:
    assert witness.add_checkpoint(request(3, leaves(5))) == Answer(409, b"0\n", SIZE)
    witness.add_checkpoint(request(0, leaves(5)))

    assert witness.add_checkpoint(request(0, leaves(8))) == Answer(409, b"5\n", SIZE)
    assert witness.add_checkpoint(request(4, leaves(8))) == Answer(409, b"5\n", SIZE)


def test_an_older_checkpoint_is_not_signed_again(witness: Witness) -> None:
    witness.add_checkpoint(request(0, leaves(8)))

    assert witness.add_checkpoint(request(0, leaves(5))) == Answer(409, b"8\n", SIZE)
    assert witness.add_checkpoint(request(5, leaves(5))) == Answer(409, b"8\n", SIZE)


REFUSED: dict[str, tuple[int, Callable[[], bytes]]] = {
    "a fork of the same size": (422, lambda: request(5, leaves(5, fork=4))),
    "a longer fork": (422, lambda: request(5, leaves(9, fork=2))),
    "a proof that lacks a hash": (422, lambda: request(5, leaves(9), proof=[])),
    "a proof with a hash more": (422, lambda: request(5, leaves(5), proof=[bytes(32)])),
    "an old size that is larger": (400, lambda: request(6, leaves(5))),
    "a log that is not known": (
        404,
        lambda: request(5, leaves(9), text=note(leaves(9), STRANGER, STRANGER.name)),
    ),
    "a stranger's signature": (403, lambda: request(5, leaves(9), text=note(leaves(9), STRANGER))),
    "a signature of another text": (403, lambda: request(5, leaves(9)).replace(b"\n9\n", b"\n8\n")),
    "no checkpoint": (400, lambda: b"old 5\n"),
    "nothing": (400, lambda: b""),
    "an old size with a zero before it": (400, lambda: request(5, leaves(9)).replace(b"old 5", b"old 05")),
    "another first line": (400, lambda: request(5, leaves(9)).replace(b"old 5", b"Old 5")),
    "a hash that is none": (400, lambda: request(5, leaves(9)).replace(b"old 5\n", b"old 5\nAAAA\n")),
    "64 hashes": (400, lambda: request(5, leaves(9), proof=[bytes(32)] * 64)),
    "no end": (400, lambda: request(5, leaves(9))[:-1]),
    "what is no text": (400, lambda: b"\xff" + request(5, leaves(9))),
}


@pytest.mark.parametrize("asked", REFUSED)
def test_whatever_else_is_asked_changes_nothing(witness: Witness, asked: str) -> None:
    witness.add_checkpoint(request(0, leaves(5)))
    before = witness.checkpoint(PATH)
    status, body = REFUSED[asked]

    answer = witness.add_checkpoint(body())

    assert answer.status == status, answer
    assert "\u2014".encode() not in answer.body
    assert witness.checkpoint(PATH) == before
    assert signed(witness.add_checkpoint(request(5, leaves(9))), leaves(9))


def test_a_log_that_was_never_seen_has_no_checkpoint(witness: Witness) -> None:
    assert witness.checkpoint(PATH).status == 404
    assert witness.checkpoint("0" * 64).status == 404


def test_what_was_not_written_down_was_not_signed(tmp_path: Path) -> None:
    def stop() -> int:
        raise TimeoutError("the clock stands still")

    with pytest.raises(TimeoutError):
        Witness(SIGNER, [LOG.verifier], Memory(tmp_path), stop).add_checkpoint(request(0, leaves(5)))

    assert Memory(tmp_path).find(LOG.name) is None
