"""What may not come twice is found wherever it comes again, with arrays and without (V-20, V-24)."""

import resource
from collections import Counter
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import exports
from support.exports import Book
from support.readings import kept
from support.signed_logs import SIZE, canonical_value, edited, entries, kind_at, verify
from velaurum.errors import OperationError
from velaurum.exports import fast, once, replay, reversals
from velaurum.exports.once import Once
from velaurum.exports.records import Version
from velaurum.exports.reversals import Reversals
from velaurum.exports.summaries import Reversal
from velaurum.exports.versions import Versions

WIDTHS = (16, 43)


def value(n: int, width: int) -> bytes:
    return (sha256(b"%d" % n).digest() * 2)[:width]


@pytest.fixture(params=[True, False], ids=["arrays", "plain"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra `fast`, and as if it were not there."""
    monkeypatch.setattr(fast, "is_there", lambda: request.param)


@pytest.mark.parametrize("arrays", [True, False])
@pytest.mark.parametrize("width", WIDTHS)
@given(st.lists(st.lists(st.integers(0, 40), max_size=12), max_size=5))
def test_what_comes_again_is_found(arrays: bool, width: int, drawn: list[list[int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, "is_there", lambda: arrays)
        patch.setattr(once, "_BLOCK", 3 * width)
        held = Once(width)
        for numbers in drawn:
            held.add(b"".join(value(n, width) for n in numbers))
        listed = [n for numbers in drawn for n in numbers]
        again = [n for place, n in enumerate(listed) if n in listed[:place]]

        found = held.repeated()

        stays, came = Counter(kept(held)), Counter(value(n, width) for n in listed)
        assert all(min(2, count) <= stays[one] <= count for one, count in came.items())
        assert stays.keys() == came.keys()
        held.close()
    assert found <= {value(n, width) for n in again}
    assert not again or value(again[0], width) in found


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("width", WIDTHS)
def test_one_among_a_hundred_thousand(width: int) -> None:
    held = Once(width)
    for first in range(0, 100_000, 10_000):
        held.add(b"".join(value(n, width) for n in range(first, first + 10_000)))
    assert held.repeated() == set()

    held.add(value(77_777, width))

    assert held.repeated() == {value(77_777, width)}
    held.close()


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("alike", [40, 43])
def test_values_that_begin_alike_are_told_apart(alike: int) -> None:
    many = [b"A" * (alike - 3) + b"%0*d" % (46 - alike, n) for n in range(1_000)]
    held = Once(43)
    held.add(b"".join(many))
    assert held.repeated() == set()

    held.add(many[500])

    assert held.repeated() == {many[500]}
    held.close()


@pytest.mark.usefixtures("either_way")
def test_a_log_of_one_value_alone_crowds_no_partition() -> None:
    held, one = Once(43), value(1, 43)
    for _ in range(50):
        held.add(one * 2_000)

    assert max(len(held._partition(number)) for number in range(len(held._filling))) < 100_000 * 43 // 100
    assert held.repeated() == {one}
    held.close()


def test_reversals_come_back_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reversals, "_AT_ONCE", 3)
    seen: list[tuple[int, bytes | None] | None] = [None, (0, None), (5, bytes(32)), (7, value(7, 32))]
    made = [Reversal(n, value(n, 16), value(n, 32), seen[n % 4]) for n in range(8)]
    held = Reversals()
    held.add(made[:5])
    held.add(made[5:])

    assert list(held.parts()) == [made[:3], made[3:6], made[6:]]
    assert held.first_again() is None
    held.add([Reversal(8, made[3].reverses, bytes(32)), Reversal(9, made[1].reverses, bytes(32))])
    assert held.first_again() == 8
    held.close()


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("is_first", [True, False])
def test_the_first_entry_that_says_something_again_is_named(tmp_path: Path, is_first: bool) -> None:
    """A key that is used again, and after it or before it a balance that is not the sum."""
    used, again, wrong = 3, 290, (310 if is_first else 270)
    places = [next(n for n in range(at, SIZE) if kind_at(n) == "receipt") for at in (used, again, wrong)]
    listed = edited(places[1], idem=canonical_value(entries()[places[0]])["idem"])
    listed[places[2]] = edited(places[2], row__target_on_hand="1.000000000")[places[2]]

    verdict = verify(exports.write(tmp_path / "log", listed))

    assert verdict.fault is not None
    assert verdict.fault.index == places[1 if is_first else 2]
    assert verdict.fault.id == canonical_value(listed[verdict.fault.index])["id"]
    assert verdict.fault.after == canonical_value(listed[verdict.fault.index - 1])["at"]
    assert ("key was used before" in verdict.fault.reason) == is_first


@pytest.mark.usefixtures("either_way")
def test_a_key_that_is_used_again_far_away(tmp_path: Path) -> None:
    listed = Book().grow(3_000).entries
    moved = [n for n, entry in enumerate(listed) if b'"idem"' in entry]
    first, last = moved[0], moved[-1]
    key = canonical_value(listed[first])["idem"].encode()
    listed[last] = listed[last].replace(canonical_value(listed[last])["idem"].encode(), key)

    verdict = verify(exports.write(tmp_path / "log", listed), workers=2)

    assert verdict.fault is not None
    assert (verdict.fault.index, verdict.fault.reason) == (last, "Its idempotency key was used before.")


def test_reversals_are_held_against_what_they_name_a_part_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reversals, "_AT_ONCE", 2)
    at = [n for n in range(SIZE) if kind_at(n) == "reversal"]
    last, again = at[-1], at[len(at) // 2]
    assert len(at) > 6
    wrong = edited(last, row__unit="XX")
    both = list(wrong)
    both[again] = edited(again, row__reverses_id=canonical_value(entries()[at[0]])["row"]["reverses_id"])[
        again
    ]

    holds, unlike, first = (
        verify(exports.write(tmp_path / name, listed))
        for name, listed in (("holds", list(entries())), ("unlike", wrong), ("first", both))
    )

    assert holds.holds
    assert unlike.fault is not None
    assert (unlike.fault.index, unlike.fault.reason) == (last, "It is not the mirror of what it reverses.")
    assert first.fault is not None
    assert (first.fault.index, first.fault.reason) == (again, "What it reverses was reversed before.")


def test_where_temporary_files_have_no_room_it_is_said_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = exports.write(tmp_path / "log", Book().grow(3_000).entries)
    monkeypatch.setattr(replay, "IN_MEMORY", 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, hard))
    try:
        with pytest.raises(OperationError, match="TMPDIR"):
            verify(written, workers=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert verify(written, workers=1).holds


def test_versions_are_those_that_came_last() -> None:
    records = [("change.item", str(UUID(int=n))) for n in range(3)] + [
        ("change.role", str(UUID(int=1))),
        ("change.role", str(UUID(int=1)).replace("0", "A")),  # which is no identifier
        ("change.role", UUID(int=1).bytes.decode("latin-1")),
        ("change.role", ""),
    ]
    known: dict[tuple[str, str], Version] = {}
    held = Versions()
    for round_ in range(2):
        of_round = {one: Version(round_ * 10 + n, value(n, 32)) for n, one in enumerate(records[round_:])}
        known |= of_round
        held.update(of_round)

    assert {one: held.get(one) for one in records} == known
    assert held.get(("change.item", "")) is held.get(("change.log-key", records[0][1])) is None
    assert held.places_of_kind("change.role") == sorted(known[one].log_index for one in records[3:])
    assert held.places_of_kind("change.log-key") == []
