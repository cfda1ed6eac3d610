"""An export of a log that lost entries (V-20, V-22): the gap is shown, and what was signed before it is held to it."""

from pathlib import Path

import pytest

from support.lineages import NEW, NEXT, OLD, Log, policy, vkey
from velaurum.exports import verification
from velaurum.exports.verification import Verdict
from velaurum.proofs import policies
from velaurum.proofs.checkpoints import Checkpoint

COMMON, THERE, LOST = 280, 285, 300
TRUSTED = policy(vkey(OLD, 1))


def test_the_gap_and_the_last_checkpoint_before_it_are_shown(tmp_path: Path) -> None:
    log, lost = _taken_up()

    verdict = _verify(log, tmp_path)

    assert verdict.fault is None
    (opening,) = verdict.lineage.openings
    assert (opening.index, opening.number, opening.common_size) == (THERE, 1, COMMON)
    assert (opening.lost_size, opening.lost_root) == (LOST, lost.root)
    assert sorted(one.path for one in verdict.shipped) == ["checkpoints/0/280", "checkpoints/0/last"]


def test_the_gap_is_shown_also_where_nothing_was_brought_along(tmp_path: Path) -> None:
    log, _ = _taken_up()
    log.kept.clear()

    verdict = _verify(log, tmp_path)

    assert verdict.holds
    assert verdict.lineage.openings[0].lost_size == LOST


@pytest.mark.parametrize("other", ["size", "root"])
def test_a_last_checkpoint_that_is_not_what_the_entry_says_is_named(tmp_path: Path, other: str) -> None:
    log, lost = _taken_up()
    said = (
        Checkpoint(lost.origin, LOST - 1, lost.root)
        if other == "size"
        else Checkpoint(lost.origin, LOST, bytes(32))
    )
    log.keep(OLD, name="last", said=said)

    found = _verify(log, tmp_path).fault

    assert found is not None
    assert (found.index, "checkpoints/0/last says" in found.reason) == (THERE, True)


def test_more_that_was_signed_than_the_entry_says_is_named(tmp_path: Path) -> None:
    log, lost = _taken_up()
    log.keep(OLD, said=Checkpoint(lost.origin, LOST + 1, bytes(32)))

    found = _verify(log, tmp_path).fault

    assert found is not None
    assert (found.index, "has 301 entries" in found.reason) == (THERE, True)


def test_a_checkpoint_within_what_is_said_to_be_common_has_to_be_of_this_log(tmp_path: Path) -> None:
    log, lost = _taken_up()
    log.keep(OLD, said=Checkpoint(lost.origin, 256, bytes(32)))

    found = _verify(log, tmp_path).fault

    assert found is not None
    assert "The first 256 entries are not those of checkpoints/0/256" in found.reason


def test_between_what_is_common_and_what_was_lost_nobody_knows(tmp_path: Path) -> None:
    log, lost = _taken_up()
    log.keep(OLD, said=Checkpoint(lost.origin, COMMON + 3, bytes(32)))

    assert _verify(log, tmp_path).holds


def test_an_earlier_incarnation_without_an_entry_that_ends_it_is_named(tmp_path: Path) -> None:
    log = Log(number=1)
    log.grow(30)
    log.keep(OLD, said=Checkpoint(vkey(OLD).split("+")[0], 20, log.checkpoint(20).root))

    found = _verify(log, tmp_path).fault

    assert found is not None
    assert "No entry says that the log was taken up again" in found.reason


def test_what_no_key_of_the_policy_signed_says_nothing(tmp_path: Path) -> None:
    log, _ = _taken_up()
    log.keep(NEXT, name="last", said=Checkpoint(vkey(OLD).split("+")[0], 1, bytes(32)))

    verdict = _verify(log, tmp_path)

    assert verdict.holds
    assert [one.path for one in verdict.shipped if one.signed_by] == ["checkpoints/0/280"]


@pytest.mark.parametrize("how", ["damaged", "of another log", "a bent signature"])
def test_a_file_that_is_no_checkpoint_of_this_log_is_named(tmp_path: Path, how: str) -> None:
    log, _ = _taken_up()
    path, raw = next(iter(log.kept.items()))
    match how:
        case "damaged":
            log.kept[path] = raw[:-1]
        case "of another log":
            log.kept[path] = raw.replace(b"log.example", b"log.invalid")
        case _:
            log.kept[path] = raw.replace(b"\n280\n", b"\n279\n")

    found = _verify(log, tmp_path).fault

    assert found is not None
    assert f"checkpoints/{path}" in found.reason


def test_a_policy_with_the_name_of_before_is_told_the_name_of_now(tmp_path: Path) -> None:
    log, _ = _taken_up()

    found = _verify(log, tmp_path, policy(vkey(OLD, 0))).fault

    assert found is not None
    assert "signed it under another name" in found.reason
    assert f"`log {vkey(OLD, 1)}`" in found.reason


def test_a_log_that_was_lost_twice_is_held_to_both(tmp_path: Path) -> None:
    log, _ = _taken_up()
    log.grow(4)
    size = log.size
    log.keep(OLD, NEW)
    log.keep(OLD, name="last")
    log.take_up(size, log.checkpoint())
    log.grow(2)

    verdict = _verify(log, tmp_path, policy(vkey(OLD, 2)))

    assert verdict.fault is None
    assert [one.number for one in verdict.lineage.openings] == [1, 2]


def _taken_up() -> tuple[Log, Checkpoint]:
    """Return a log that lost what was signed beyond 280 entries, and the last checkpoint of before."""
    lost = Log()
    lost.grow(LOST)
    last = lost.checkpoint()
    log = Log()
    log.grow(COMMON)
    log.keep(OLD)
    log.grow(THERE - COMMON)
    log.take_up(COMMON, last)
    log.keep(OLD, name="last", said=last)
    log.grow(4)
    return log, last


def _verify(log: Log, place: Path, trusted: bytes = TRUSTED) -> Verdict:
    return verification.verify(log.write(place / "export", OLD), policies.parse(trusted), workers=1)
