"""Statements without an organisation: few, each with a reason, an owner and an end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from proof.catalog import product
from proof.exemptions import FILE, Exemption, read
from proof.judge import judge
from proof.registry import statements

EXEMPTIONS = read(FILE.read_text("utf-8"))
NAMES = [one.statement for one in EXEMPTIONS]
TODAY = datetime.now(UTC).date()


def test_the_exemptions_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{len(EXEMPTIONS)} statements apply no organisation:")  # noqa: T201 - the log of a build shows them
        print(*(f"  {one}" for one in EXEMPTIONS), sep="\n")  # noqa: T201 - the same


def test_no_exemption_has_expired_or_lacks_its_reason() -> None:
    assert [fault for one in EXEMPTIONS for fault in one.faults(TODAY)] == []


def test_an_exemption_is_there_for_each_statement_that_needs_one_and_for_no_other() -> None:
    needed = [one.name for one in statements() if not judge(one.text, product()).is_applied]

    assert sorted(NAMES) == needed


def test_a_statement_says_cross_org_where_it_is_exempt_and_nowhere_else() -> None:
    assert sorted(NAMES) == [one.name for one in statements() if one.says_cross_org]


SOUND = Exemption("a.b.c", "because", "platform", TODAY - timedelta(days=1), TODAY + timedelta(days=1))
FAULTY = {
    "expired": (replace(SOUND, until=TODAY - timedelta(days=1)), "a.b.c expired on"),
    "without a reason": (replace(SOUND, reason=" "), "a.b.c gives no reason"),
    "without an owner": (replace(SOUND, owner=""), "a.b.c has no owner"),
    "longer than a year": (
        replace(SOUND, until=TODAY + timedelta(days=400)),
        "a.b.c runs for more than a year",
    ),
    "not begun": (replace(SOUND, since=date(2999, 1, 1)), "a.b.c has not begun"),
}


@pytest.mark.parametrize(("exemption", "fault"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_exemption_is_told(exemption: Exemption, fault: str) -> None:
    assert [one for one in exemption.faults(TODAY) if one.startswith(fault)]


def test_a_sound_exemption_has_no_fault() -> None:
    assert SOUND.faults(TODAY) == []
