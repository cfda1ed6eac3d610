"""Reports on the command line: shown, kept in a file whole or not at all, the same file for the same size (V-21)."""

import csv
from pathlib import Path

import pytest

from support.command import Installation, Tenant
from support.report_books import read


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    tenant = installation.tenant()
    tenant.keeper("post", "receipt", "BOLT", "24.5", "--target", "A", "--reference", "=1+1")
    tenant.keeper("post", "transfer", "BOLT", "4", "--source", "A", "--target", "B")
    return tenant


def test_a_report_is_shown_with_the_size_that_it_is_of(tenant: Tenant) -> None:
    shown = tenant.keeper("report", "stock-card", "--item", "BOLT", "--location", "A")
    document = tenant.keeper("report", "stock-card", "--item", "BOLT", "--location", "A", "--json").document

    header, first, second = shown.stdout.splitlines()
    assert header.split()[:4] == ["log", "index", "recorded", "at"]
    assert first.split()[2:6] == ["receipt", "A", "0", "24.5"]
    assert second.split()[2:6] == ["transfer", "A", "24.5", "4"]
    size = document["as_of"]["log_size"]
    assert shown.stderr == f"As of log size {size}; --format has every column.\n"
    assert [one["after"] for one in document["data"]] == ["24.5", "20.5"]


def test_lots_and_statuses_are_shown_where_there_are_any(tenant: Tenant) -> None:
    plain = tenant.keeper("report", "on-hand").stdout.splitlines()
    tenant.admin("item", "create", "MILK", "--name", "Milk", "--tracking", "lot")
    tenant.admin("lot", "create", "MILK", "L-1")
    tenant.keeper(
        *("post", "receipt", "MILK", "9", "--target", "A", "--lot", "L-1", "--target-status", "quarantine")
    )
    of_lot = tenant.keeper("report", "on-hand", "--item", "MILK", "--lot", "L-1", "--status", "quarantine")
    other = tenant.keeper("report", "on-hand", "--item", "MILK", "--status", "available")
    unknown = tenant.keeper("report", "timeline", "--item", "MILK", "--lot", "L-2")

    assert plain[0].split() == ["item", "code", "location", "code", "on", "hand", "unit"]
    header, row = of_lot.stdout.splitlines()
    assert header.split("  ")[2].strip() == "lot code"
    assert row.split() == ["MILK", "A", "L-1", "quarantine", "9", "EA"]
    assert "MILK" not in other.stdout
    tenant.admin("lot", "create", "MILK", "L-3", "--expires-on", "2031-03-11")
    tenant.keeper("post", "receipt", "MILK", "4", "--target", "B", "--lot", "L-3")
    expiring = tenant.keeper("report", "expiry", "--on", "2031-03-01", "--expires-before", "2031-04-01")
    assert expiring.stdout.splitlines()[1].split() == [*("MILK", "L-3", "2031-03-11", "10", "B", "4", "EA")]
    assert (unknown.code, unknown.stdout) == (2, "")
    assert "There is no such lot." in unknown.stderr


@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx", "parquet"])
def test_a_report_is_kept_in_a_file_which_stays_the_same(tenant: Tenant, tmp_path: Path, form: str) -> None:
    before, after = tmp_path / f"before.{form}", tmp_path / f"after.{form}"
    told = tenant.keeper("report", "movement-register", "--to", str(before), "--json").document
    tenant.keeper("post", "issue", "BOLT", "1", "--source", "A")
    size = str(told["log_size"])
    words = ("report", "movement-register", "--format", form, "--at-size", size, "--to", str(after))
    said = tenant.keeper(*words)

    columns, rows = read(form, before.read_bytes())
    assert [row[columns.index("kind")] for row in rows] == ["receipt", "transfer"]
    assert before.read_bytes() == after.read_bytes()
    assert (told["report"], told["format"]) == ("movement-register", form)
    assert told["bytes"] == before.stat().st_size
    assert said.stdout == (
        f"The report movement-register as of log size {size} is in {after}: {told['bytes']} bytes.\n"
    )
    assert sorted(tmp_path.iterdir()) == sorted([before, after])


def test_a_report_is_printed_for_the_next_program(tenant: Tenant) -> None:
    printed = tenant.keeper("report", "on-hand", "--format", "csv")

    rows = list(csv.DictReader(printed.stdout.splitlines()))
    assert [(one["location_code"], one["on_hand"]) for one in rows] == [("A", "20.5"), ("B", "4")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("on-hand", "--to", "stock.pdf"), "ends like no format"),
        (("on-hand", "--to", "there/stock.csv"), "not in a directory"),
        (("on-hand", "--format", "csv", "--limit", "5"), "leave out --limit"),
        (("on-hand", "--kind", "receipt"), "kind"),
        (("stock-card", "--to", "card.csv"), "item"),
        (("difference", "--to", "difference.csv"), "from_as_of or from_size"),
        (("expiry", "--to", "expiry.csv"), "on"),
    ],
)
def test_what_no_report_can_be_is_said_in_a_sentence_and_leaves_no_file(
    tenant: Tenant, words: tuple[str, ...], said: str
) -> None:
    result = tenant.keeper("report", *words)

    assert result.code == 2, result.stderr
    assert said in result.stderr
    assert result.stdout == ""
    directory = tenant.keeper.directory
    assert [one for one in directory.iterdir() if "stock" in one.name or "csv" in one.name] == []
