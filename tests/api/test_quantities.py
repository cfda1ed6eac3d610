"""Quantities and instants at the door: which spellings are read, and how each is answered."""

import pytest

from support.api_orgs import RECEIPT, ApiOrg

LARGEST = "9999999999999999999.999999999"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("24", "24"),
        ("24.0", "24"),
        ("0.5", "0.5"),
        ("0.500000000", "0.5"),
        ("100", "100"),
        ("0.000000001", "0.000000001"),
        ("1000000000000000000", "1000000000000000000"),
        (LARGEST, LARGEST),
    ],
)
def test_a_quantity_is_answered_in_full_without_trailing_zeros(org: ApiOrg, sent: str, answered: str) -> None:
    movement = org.movement(RECEIPT, quantity=sent)

    assert (movement["quantity"], movement["target"]["on_hand"]) == (answered, answered)
    assert org.on_hand() == answered


@pytest.mark.parametrize(
    "quantity",
    [
        *("0", "0.000", "-0", "-1", "+5", "05", "00", ".5", "5.", "1e3", "1E3", "1_000", "1,5", "1 000"),
        *(" 5", "5 ", "5\n", "", "NaN", "Infinity", "0x10", "5.0000000001", "10000000000000000000"),
        *("\uff15", "\u0665", "5\u2009", "five", "1.5.2", "--1"),
    ],
)
def test_any_other_spelling_of_a_quantity_is_refused(org: ApiOrg, quantity: str) -> None:
    reply = org.move(RECEIPT, quantity=quantity)

    assert reply.refused == (400, "invalid-field")
    assert reply.pointers == ["/quantity"]


@pytest.mark.parametrize("literal", ["24", "24.0", "2.4e1", "true", "null", "[]", "{}"])
def test_a_quantity_is_a_string(org: ApiOrg, literal: str) -> None:
    body = f'{{"kind": "receipt", "item": "BOLT", "target": "A", "quantity": {literal}}}'

    reply = org.post("/movements", body.encode())

    assert reply.refused == (400, "invalid-field")
    assert reply.pointers == ["/quantity"]


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("2026-11-22T09:59:58Z", "2026-11-22T09:59:58.000000Z"),
        ("2026-11-22t09:59:58.5z", "2026-11-22T09:59:58.500000Z"),
        ("2026-11-22T09:59:58.123456Z", "2026-11-22T09:59:58.123456Z"),
        ("2026-11-22T09:59:58.123456789Z", "2026-11-22T09:59:58.123456Z"),
        ("2026-11-22T11:59:58+02:00", "2026-11-22T09:59:58.000000Z"),
        ("2026-11-22T00:00:00+05:45", "2026-11-21T18:15:00.000000Z"),
        ("2026-11-21T18:15:00-00:00", "2026-11-21T18:15:00.000000Z"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00.000000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"),
    ],
)
def test_an_instant_is_answered_in_utc(org: ApiOrg, sent: str, answered: str) -> None:
    assert org.movement(RECEIPT, occurred_at=sent)["occurred_at"] == answered


@pytest.mark.parametrize(
    "instant",
    [
        *("2016-12-31T23:59:60Z", "2026-11-22T24:00:00Z", "2026-02-29T00:00:00Z", "2026-11-22T09:59:58"),
        *("2026-11-22", "2026-11-22 09:59:58Z", "2026-11-22T09:59Z", "20261122T095958Z", "2026-W47-7"),
        *("2026-11-22T09:59:58+24:00", "2026-11-22T09:59:58+00:60", "2026-11-22T09:59:58+0200", "now"),
        *("2026-11-22T09:59:58.Z", "2026-11-22T09:59:58.1234567890Z", "2026-11-22T09:59:58,5Z", ""),
        *("1899-12-31T23:59:59Z", "1900-01-01T00:00:00+01:00", "0001-01-01T00:00:00+23:59"),
        *("9999-12-31T23:59:59-23:59", "10000-01-01T00:00:00Z", "\u0662026-11-22T09:59:58Z", "1763805598"),
    ],
)
def test_any_other_spelling_of_an_instant_is_refused(org: ApiOrg, instant: str) -> None:
    reply = org.move(RECEIPT, occurred_at=instant)

    assert reply.refused == (400, "invalid-field")
    assert reply.pointers == ["/occurred_at"]
