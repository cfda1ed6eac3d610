"""Shipments from the command line: opened from standard input, dispatched, received in parts and closed."""

import pytest

from support.command import Installation, Tenant


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    made = installation.tenant()
    assert made.keeper("post", "receipt", "BOLT", "24", "--target", "A").code == 0
    assert (
        made.admin("location", "create", "IN-TRANSIT", "--name", "On its way", "--kind", "transit").code == 0
    )
    return made


def test_a_shipment_is_opened_dispatched_received_and_closed(tenant: Tenant) -> None:
    keeper = tenant.keeper
    opened = keeper("shipment", "open", "SHIP-1", "A", "B", "--json", given="BOLT,10\n\n").document
    dispatched = keeper("shipment", "dispatch", "SHIP-1").stdout
    received = keeper("shipment", "receive", "SHIP-1", "1=7", "--json").document
    lines = keeper("shipment", "lines", "SHIP-1").stdout
    nameless = keeper("shipment", "close", "SHIP-1")
    closed = keeper(
        "shipment", "close", "SHIP-1", "--reason", "fell off", "--gained", "1=1", "--json"
    ).document
    shown = keeper("shipment", "show", "SHIP-1").stdout

    assert "dispatched" in dispatched
    assert (received["id"], received["state"]) == (opened["id"], "dispatched")
    assert lines.splitlines()[1].split() == ["1", "BOLT", "available", "10", "10", "7", "0", "0", "3"]
    assert nameless.code != 0
    assert closed["state"] == "closed"
    assert "fell off" in shown
    assert [one["code"] for one in keeper("shipment", "list", "--json").document["data"]] == ["SHIP-1"]


def test_a_shipment_that_is_not_dispatched_is_given_up(tenant: Tenant) -> None:
    tenant.keeper("shipment", "open", "SHIP-1", "A", "B", given="BOLT,99\n")

    refused = tenant.keeper("shipment", "dispatch", "SHIP-1")
    cancelled = tenant.keeper("shipment", "cancel", "SHIP-1")

    assert "lines/0/quantity" in refused.stderr
    assert "cancelled" in cancelled.stdout


@pytest.mark.parametrize("written", ["", "BOLT", "BOLT,x", "A,B,C,1"])
def test_a_line_that_cannot_be_read_is_told_and_nothing_is_sent(tenant: Tenant, written: str) -> None:
    assert tenant.keeper("shipment", "open", "SHIP-1", "A", "B", given=written).code == 2


@pytest.mark.parametrize("written", ["1", "x=1", "1=x"])
def test_an_amount_that_cannot_be_read_is_told(tenant: Tenant, written: str) -> None:
    assert tenant.keeper("shipment", "receive", "SHIP-1", written).code == 2
