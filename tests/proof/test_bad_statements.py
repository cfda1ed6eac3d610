"""Statements that do not apply the organisation: each is refused, and for the reason that it was written for."""

import re
from pathlib import Path

import pytest

from proof.example import example
from proof.judge import judge

_BAD = re.compile(
    r"^-- bad: (?P<does>.+)\n-- finds: (?P<code>\S+)(?: of (?P<relation>\S+))? in (?P<level>.+)\n"
    r"(?P<sql>(?:(?!-- ).*\n)+)",
    re.MULTILINE,
)
BAD = {
    found["does"]: found
    for found in _BAD.finditer(Path(__file__).with_name("bad_statements.sql").read_text("utf-8"))
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_statement_that_does_not_is_refused_for_its_reason(bad: re.Match[str]) -> None:
    verdict = judge(bad["sql"].strip(), example())

    found = {(one.code, one.relation, one.level) for one in verdict.findings}
    assert (bad["code"], bad["relation"] or "", bad["level"]) in found, verdict
    assert all(one.missing for one in verdict.findings)


def test_every_bad_statement_is_read() -> None:
    text = Path(__file__).with_name("bad_statements.sql").read_text("utf-8")

    assert len(BAD) == text.count("\n-- bad: ") >= 35
