"""Policies (V-22): a checkpoint counts when a known log signed it and enough known witnesses saw it."""

from itertools import combinations
from typing import Any

import pytest

from support import proof_vectors, vectors
from support.proof_vectors import LOG, WITNESSES
from velaurum.proofs import policies
from velaurum.proofs.wire import FormatError, ProofError

VECTORS: dict[str, Any] = vectors.read("policies")
NAMES = dict(zip(("a", "b", "c"), WITNESSES, strict=True))


def note(*names: str, log: str = LOG) -> bytes:
    text = proof_vectors.checkpoint_text(8)
    lines = [proof_vectors.witness_line(text, NAMES[name], 7) for name in names]
    return "".join([text, "\n", proof_vectors.log_line(text, log), *lines]).encode()


@pytest.mark.parametrize("one", VECTORS["policies"])
def test_a_policy_is_met_by_its_quorum_and_by_nothing_less(one: dict[str, Any]) -> None:
    policy = policies.parse(one["policy"].encode())

    for names in one["met"]:
        seen = policy.verify(note(*names))
        assert seen.checkpoint.size == 8
        assert seen.witnessed_at_s == {name: 7 for name in names if name in policy.witnesses}
    for names in one["unmet"]:
        with pytest.raises(ProofError, match="quorum"):
            policy.verify(note(*names))


@pytest.mark.parametrize("text", VECTORS["refused"])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        policies.parse(text.encode())


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(FormatError, match=r"^Line 2 of the policy: "):
        policies.parse(b"# a comment\ntrust everybody\n")


def test_a_log_that_the_policy_does_not_name_is_refused() -> None:
    policy = policies.parse(VECTORS["policies"][1]["policy"].encode())

    with pytest.raises(ProofError, match="No log"):
        policy.verify(note("a", "b", log="other.example"))


def test_a_witness_does_not_stand_in_for_the_log() -> None:
    policy = policies.parse(VECTORS["policies"][1]["policy"].encode())
    text = proof_vectors.checkpoint_text(8)

    with pytest.raises(ProofError, match="No log"):
        policy.verify(f"{text}\n{proof_vectors.witness_line(text, NAMES['b'], 7)}".encode())


def test_names_are_octets() -> None:
    vkey = proof_vectors.vkey(WITNESSES[0], 4)

    policy = policies.parse(f"witness \u212a {vkey}\nquorum \u212a\n".encode())

    assert not policy.is_met(["K"])
    with pytest.raises(FormatError):
        policies.parse(f"witness \u212a {vkey}\nquorum K\n".encode())


def test_a_policy_may_be_large() -> None:
    names = [f"w{n}.example" for n in range(40)]
    lines = [f"witness n{n} {proof_vectors.vkey(name, 4)}\n" for n, name in enumerate(names)]
    group = "group all-of-them 21 " + " ".join(f"n{n}" for n in range(40))

    policy = policies.parse("".join([*lines, group, "\nquorum all-of-them\n"]).encode())

    assert policy.is_met([f"n{n}" for n in range(21)])
    assert not policy.is_met([f"n{n}" for n in range(20)])


def test_groups_count_each_member_once() -> None:
    policy = policies.parse(VECTORS["policies"][2]["policy"].encode())

    for size in range(4):
        for names in combinations("abc", size):
            assert policy.is_met(names) == (size >= 2)
            assert policy.is_met([*names, *names]) == (size >= 2)
