"""What a movement states in another unit than its item's: one form, and a reversal says the same again."""

import json
from typing import Any

import pytest

from support.readings import log, require_agreement
from velaurum import canonical
from velaurum.exports import records, spelling, summaries

STATED = next(n for n, entry in enumerate(log()) if b'"stated_unit":"XCS"' in entry)
REVERSAL = next(
    n for n, entry in enumerate(log()) if b'"kind":"reversal"' in entry and b'"stated_unit"' in entry
)
NOT_FORMED: dict[str, dict[str, Any]] = {
    "no unit": {"stated_unit": None},
    "no quantity": {"stated_quantity": None},
    "nothing": {"stated_quantity": "0.000000000"},
    "a negative quantity": {"stated_quantity": "-1.000000000"},
    "other decimals": {"stated_quantity": "2.0"},
    "a number": {"stated_quantity": 2},
    "an empty unit": {"stated_unit": ""},
    "the unit of the item": {"stated_unit": "KG"},
    "a unit that is no text": {"stated_unit": 7},
}


def edited(index: int, members: dict[str, Any]) -> list[bytes]:
    """Return the log with members of one movement's row otherwise; None takes one away."""
    listed = list(log())
    said = json.loads(listed[index])
    said["row"] = {name: value for name, value in (said["row"] | members).items() if value is not None}
    listed[index] = canonical.encode(said)
    return listed


@pytest.mark.parametrize("how", NOT_FORMED)
def test_what_is_stated_has_one_form(how: str) -> None:
    assert not require_agreement(edited(STATED, NOT_FORMED[how]))


def test_the_log_does_not_say_what_a_pack_holds() -> None:
    assert require_agreement(edited(STATED, {"stated_quantity": "7.000000000", "stated_unit": 'Kiste "x"'}))


@pytest.mark.parametrize(
    "otherwise",
    [
        {"stated_quantity": "3.000000000"},
        {"stated_unit": "XCS"},
        {"stated_quantity": None, "stated_unit": None},
    ],
)
def test_a_reversal_that_states_otherwise_is_no_mirror(otherwise: dict[str, Any]) -> None:
    listed = edited(REVERSAL, otherwise)
    reversed_id = json.loads(listed[REVERSAL])["row"]["reverses_id"]
    original = next(entry for entry in listed if f'"id":"{reversed_id}","idem"'.encode() in entry)

    assert said(log()[REVERSAL]) == {spelling.mirror_of(original)}
    assert len(said(listed[REVERSAL])) == 1
    assert spelling.mirror_of(original) not in said(listed[REVERSAL])


def said(entry: bytes) -> set[bytes]:
    """Return what the readings say that a reversal says."""
    slow, fast = records.read(entry), spelling.MOVEMENT.fullmatch(entry + b"\n")
    assert isinstance(slow, records.Movement)
    assert fast is not None
    return {summaries.said_by(slow), spelling.reversal_of(fast.groups(b"")).mirrored}
