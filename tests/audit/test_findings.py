"""The codes of findings are a closed list, which the page explains; what is found without end is counted."""

import re
from pathlib import Path

import pytest

from velaurum.exports import anchors
from velaurum.ops.evidence.findings import CODES, LISTED, Findings

ROOT = Path(__file__).parents[2]
ATTACKS = ROOT / "docs/security/attacks.md"
PAGE = Path(__file__).parents[2] / "docs/reference/findings.md"


def test_the_page_explains_every_code_and_no_other() -> None:
    explained = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert sorted(explained) == sorted([*CODES, *anchors.CODES])


def test_a_code_that_is_not_on_the_list_is_refused() -> None:
    with pytest.raises(KeyError):
        Findings().add("surprise")


def test_the_first_of_a_code_are_listed_and_the_rest_is_counted() -> None:
    findings = Findings()
    for index in range(LISTED + 3):
        findings.add("entry-differs", org="acme", log_index=index)
    findings.add("entry-differs", org="other", log_index=0)

    assert [one.log_index for one in findings.kept] == [*range(LISTED), 0]
    assert [*findings.unlisted()] == [("entry-differs", "acme", 3)]
    assert findings.total == LISTED + 4


def test_what_the_page_of_attacks_says_is_tried_is_a_test() -> None:
    section = ATTACKS.read_text("utf-8").partition("## Against what was signed")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", section)

    # The last line says what nothing shows.
    assert len(named) == len(rows) - 1
    for file, name in named:
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), name
