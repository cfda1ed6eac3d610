"""What lies in what, shown to people as a tree, and the stock of a site."""

import pytest

from support.command import Installation, Tenant


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    tenant = installation.tenant()
    for code, parent in (
        ("SITE", None),
        ("YARD", "SITE"),
        ("HALL", "SITE"),
        ("ARACK", "HALL"),
        ("ELSE", None),
    ):
        within = ("--parent", parent) if parent else ()
        tenant.admin("location", "create", code, "--name", code.title(), "--kind", "storage", *within)
    for target in ("ARACK", "YARD", "ELSE"):
        tenant.keeper("post", "receipt", "BOLT", "2", "--target", target)
    return tenant


def first_words(stdout: str) -> list[str]:
    """Return the first column of a table, with the spaces before it."""
    return [line[: len(line) - len(line.lstrip())] + line.split()[0] for line in stdout.splitlines()[1:]]


def test_a_site_is_shown_as_a_tree(tenant: Tenant) -> None:
    whole = tenant.admin("location", "list", "--within", "SITE").stdout
    part = tenant.admin("location", "list", "--within", "HALL").stdout

    assert first_words(whole) == ["SITE", "  HALL", "    ARACK", "  YARD"]
    assert first_words(part) == ["HALL", "  ARACK"]


def test_a_tree_that_is_cut_off_shows_what_there_is_of_it(tenant: Tenant) -> None:
    cut = tenant.admin("location", "list", "--within", "SITE", "--limit", "2").stdout

    assert first_words(cut) == ["HALL", "  ARACK"]


def test_what_lies_directly_in_a_location_is_a_plain_table(tenant: Tenant) -> None:
    assert first_words(tenant.admin("location", "list", "--parent", "SITE").stdout) == ["HALL", "YARD"]


def test_a_program_gets_locations_by_code(tenant: Tenant) -> None:
    found = tenant.admin("location", "list", "--within", "SITE", "--json").document["data"]

    assert [one["code"] for one in found] == ["ARACK", "HALL", "SITE", "YARD"]


def test_stock_of_a_site(tenant: Tenant) -> None:
    by_place = tenant.keeper("stock", "--within", "SITE").stdout.splitlines()[1:]
    total = tenant.keeper("stock", "--within", "SITE", "--group-by", "item", "--json").document["data"]

    assert sorted(line.split() for line in by_place) == [["BOLT", "ARACK", "2"], ["BOLT", "YARD", "2"]]
    assert [one["on_hand"] for one in total] == ["4"]


def test_a_site_that_is_not_there_is_named(tenant: Tenant) -> None:
    failed = tenant.keeper("stock", "--within", "NOPE")

    assert failed.code != 0
    assert failed.stdout == ""
    assert "within" in failed.stderr
