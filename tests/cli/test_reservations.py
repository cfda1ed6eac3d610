"""`velaurum reservation`: from a promise to the movement that keeps it, what is short, and what is given back."""

import pytest

from support.command import Installation, Tenant


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    made = installation.tenant()
    assert made.keeper("post", "receipt", "BOLT", "24", "--target", "A").code == 0
    return made


def test_stock_is_reserved_consumed_and_given_back(tenant: Tenant) -> None:
    words = ("reservation", "create", "BOLT", "A", "20", "--reference", "WO-1")
    made = tenant.keeper(*words, "--key", "first", "--json").document
    again = tenant.keeper(*words, "--key", "first")
    others = tenant.keeper("post", "issue", "BOLT", "5", "--source", "A")
    issued = tenant.keeper("post", "issue", "BOLT", "12", "--source", "A", "--reservation", made["id"])
    stock = tenant.keeper("stock", "--item", "BOLT").stdout
    shown = tenant.keeper("reservation", "show", made["id"], "--json").document
    released = tenant.keeper("reservation", "release", made["id"], "--json").document
    listed = tenant.keeper("reservation", "list", "--state", "released").stdout

    assert again.code == 0
    assert (others.code, issued.code) == (5, 0), others.stderr
    assert stock.splitlines()[1].split() == ["BOLT", "A", "12", "8", "4"]
    assert (shown["remaining"], shown["reference"], shown["state"]) == ("8", "WO-1", "open")
    assert (released["state"], released["remaining"]) == ("released", "8")
    assert made["id"] in listed


def test_what_is_promised_and_not_there_is_listed(tenant: Tenant) -> None:
    soft = ("reservation", "create", "BOLT", "A", "30", "--soft", "--json")
    made = tenant.keeper(*soft).document

    short = tenant.keeper("reservation", "list", "--short", "--json").document["data"]
    shown = tenant.keeper("reservation", "show", made["id"]).stdout

    assert [(one["id"], one["shortage"]) for one in short] == [(made["id"], "6")]
    assert "shortage" in shown
