"""Reading many entries at once says exactly what reading entry by entry says."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from support.readings import FIRST, SIZE, log, require_agreement
from velaurum import canonical

values = st.one_of(
    st.none(),
    st.integers(-1, 3),
    st.booleans(),
    st.text(max_size=40),
    st.sampled_from(
        ["0.000000000", "1.000000000", "01.000000000", "1e9", "reversal", "receipt", "\x7f", "\u2028"]
    ),
)


def test_a_log_that_follows_is_read_the_same_way_twice() -> None:
    assert require_agreement(list(log()))


def test_a_stretch_begins_with_the_balances_that_the_one_before_left() -> None:
    for index in range(FIRST, FIRST + 12):
        listed = list(log())
        said = json.loads(listed[index])
        if "target_on_hand" in said["row"]:
            said["row"]["target_on_hand"] = "1.000000000"
            listed[index] = canonical.encode(said)
            assert not require_agreement([*listed[: index + 1]])


def members(said: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    return [*((said, name) for name in said), *((said["row"], name) for name in said["row"])]


@given(st.integers(0, SIZE - 1), st.integers(0, 40), values)
@example(3, 0, None)
@example(3, 9, True)
def test_an_edited_member_is_judged_the_same_way(index: int, member: int, value: object) -> None:
    listed = list(log())
    said = json.loads(listed[index])
    where, name = members(said)[member % len(members(said))]
    where[name] = value
    listed[index] = canonical.encode(said)

    require_agreement(listed)


@given(st.integers(0, SIZE - 1), st.integers(0, 1_000), st.binary(max_size=3), st.integers(0, 3))
def test_edited_bytes_are_judged_the_same_way(index: int, at: int, put: bytes, out: int) -> None:
    listed = list(log())
    entry = listed[index]
    at %= len(entry)
    listed[index] = entry[:at] + put + entry[at + out :]

    require_agreement(listed)


@given(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), st.booleans())
def test_moved_and_repeated_entries_are_judged_the_same_way(source: int, target: int, moved: bool) -> None:
    listed = list(log())
    entry = listed[source]
    if moved:
        del listed[source]
    listed.insert(target, entry)

    assert require_agreement(listed[:SIZE]) == (listed[:SIZE] == list(log()))


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60))
@example('\x00\x08\t\n\x0b\x0c\r\x1f\x7f"\\/\u2028\ud7ff\U0010ffff')
def test_every_text_has_its_one_spelling(text: str) -> None:
    listed = list(log())
    said = json.loads(listed[0])
    said["row"]["reference"] = text
    said["row"]["unit"] = text
    listed[0] = canonical.encode(said)

    assert require_agreement(listed)
