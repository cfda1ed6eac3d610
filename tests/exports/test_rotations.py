"""An export across a rotation (V-22): the log says whose key signs, and a key that it retired is no proof alone."""

from pathlib import Path

import pytest

from support import lineages
from support.lineages import NEW, NEXT, OLD, Log, policy, rotated, vkey
from velaurum.exports import verification
from velaurum.exports.verification import Verdict
from velaurum.proofs import policies

ANNOUNCED, SIGNS, RETIRES = 270, 271, 282
OLD_ONLY, NEW_ONLY, BOTH = policy(vkey(OLD)), policy(vkey(NEW)), policy(vkey(OLD), vkey(NEW))


@pytest.mark.parametrize("trusted", [OLD_ONLY, BOTH])
def test_an_export_of_before_is_accepted_by_the_old_key(tmp_path: Path, trusted: bytes) -> None:
    log = Log()
    log.grow(20)

    assert _verify(log.write(tmp_path / "export", OLD), trusted).holds


@pytest.mark.parametrize("trusted", [OLD_ONLY, NEW_ONLY, BOTH])
def test_while_keys_overlap_either_accepts_the_log(tmp_path: Path, trusted: bytes) -> None:
    verdict = _verify(rotated(retired=False).write(tmp_path / "export", OLD, NEW), trusted)

    assert verdict.fault is None
    assert lineages.indexes(verdict.lineage.keys) == [ANNOUNCED, SIGNS]


@pytest.mark.parametrize("trusted", [NEW_ONLY, BOTH])
def test_after_the_overlap_the_new_key_accepts_the_log(tmp_path: Path, trusted: bytes) -> None:
    verdict = _verify(rotated().write(tmp_path / "export", NEW), trusted)

    assert verdict.fault is None
    assert [one.state for one in verdict.lineage.keys] == ["announced", "signing", "retired"]


def test_with_the_old_policy_it_says_which_key_follows_and_where_that_is_signed(tmp_path: Path) -> None:
    verdict = _verify(rotated().write(tmp_path / "export", NEW), OLD_ONLY)

    assert verdict.fault is not None
    assert f"Entry {SIGNS} names" in verdict.fault.reason
    assert f"checkpoints/0/{RETIRES + 1}" in verdict.fault.reason
    assert f"`log {vkey(NEW)}`" in verdict.fault.reason


def test_what_names_the_next_key_has_to_be_signed_by_the_old_one(tmp_path: Path) -> None:
    """A thief of the new key alone, or a stranger, is not recommended by entries that no known key covers."""
    log = rotated()
    log.kept.clear()
    assert "names" not in _reason(_verify(log.write(tmp_path / "none", NEW), OLD_ONLY))

    log.keep(NEXT)
    assert "names" not in _reason(_verify(log.write(tmp_path / "stranger", NEW), OLD_ONLY))

    forged = rotated()
    forged.book.entries[5] = forged.book.entries[5].replace(b"KG", b"LB")
    assert "names" not in _reason(_verify(forged.write(tmp_path / "forged", NEW), OLD_ONLY))


@pytest.mark.parametrize("more", [0, 5])
def test_a_checkpoint_beyond_its_retirement_that_the_old_key_alone_signed_is_a_finding(
    tmp_path: Path, more: int
) -> None:
    stolen = rotated(more=more).write(tmp_path / "export", OLD)

    for trusted in (OLD_ONLY, BOTH):
        verdict = _verify(stolen, trusted)
        assert verdict.fault is not None
        assert verdict.fault.index == RETIRES
        assert vkey(OLD) in verdict.fault.reason
        assert f"`log {vkey(NEW)}`" in verdict.fault.reason


def test_the_checkpoint_that_covers_the_retirement_is_no_proof_for_who_knows_the_old_key_alone(
    tmp_path: Path,
) -> None:
    last = rotated(more=0).write(tmp_path / "export", OLD, NEW)

    assert _verify(last, BOTH).holds
    assert _verify(last, NEW_ONLY).holds
    assert "no other key of your policy signed" in _reason(_verify(last, OLD_ONLY))


def test_a_kept_checkpoint_that_the_retired_key_signed_alone_is_a_finding(tmp_path: Path) -> None:
    log = rotated()
    folder = log.write(tmp_path / "export", NEW)
    beyond = Log(log.book)
    beyond.keep(OLD)
    before = Log(log.book)
    before.keep(OLD, said=log.checkpoint(100))

    assert _verify(folder, BOTH, *before.kept.values()).holds
    found = _verify(folder, BOTH, *beyond.kept.values()).fault
    assert found is not None
    assert found.index == RETIRES
    assert "older checkpoint" in found.reason


def test_a_rotation_after_a_rotation_is_explained_step_by_step(tmp_path: Path) -> None:
    log = rotated()
    log.say(NEXT, "announced", NEW)
    log.say(NEXT, "signing", NEW, NEXT)
    log.say(NEW, "retired", NEW, NEXT)
    log.grow(3)
    folder = log.write(tmp_path / "export", NEXT)

    assert f"`log {vkey(NEW)}`" in _reason(_verify(folder, OLD_ONLY))
    assert f"`log {vkey(NEXT)}`" in _reason(_verify(folder, BOTH))
    assert _verify(folder, policy(vkey(NEXT))).holds


def test_an_entry_about_keys_that_says_nothing_is_named(tmp_path: Path) -> None:
    log = Log()
    log.grow(10)
    log._record("change.log-key", {"state": "retired"})

    found = _verify(log.write(tmp_path / "export", OLD), OLD_ONLY).fault

    assert found is not None
    assert (found.index, "cannot be understood" in found.reason) == (10, True)


def _verify(folder: Path, trusted: bytes, *older: bytes) -> Verdict:
    return verification.verify(folder, policies.parse(trusted), older, workers=1)


def _reason(verdict: Verdict) -> str:
    assert verdict.fault is not None
    return verdict.fault.reason
