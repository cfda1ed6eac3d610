"""Reversals over HTTP: the exact mirror of a movement, once."""

from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.http_client import Reply

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"


def reverse(org: ApiOrg, movement_id: str, *, key: str | None = None, reason: Any = "wrong item") -> Reply:
    return org.post(f"/movements/{movement_id}/reversal", {"reason": reason}, key=key)


def test_a_reversal_is_the_exact_mirror(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT, quantity="2.5", reference="PO-1", note="gate 4")

    reply = reverse(org, movement["id"], key="r1")

    reversal = reply.json
    assert reply.status == 201
    assert (reversal["kind"], reversal["reverses"]) == ("reversal", movement["id"])
    assert (reversal["item"], reversal["quantity"]) == (movement["item"], "2.5")
    place = {"id": org.ids["A"], "code": "A", "on_hand": "0", "seq": 2, "status": "available"}
    assert reversal["source"] == place
    assert reversal["target"] == movement["source"]
    assert (reversal["reason"], reversal["idempotency_key"]) == ("wrong item", "r1")
    assert org.get(f"/movements/{reversal['id']}").json == reversal


def test_a_repeated_reversal_returns_the_original(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT)
    first = reverse(org, movement["id"], key="r1")

    again = reverse(org, movement["id"].upper(), key="r1")

    assert (again.status, again.is_replayed, again.json) == (200, True, first.json)


def test_a_second_reversal_is_refused_for_ever(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT)
    assert reverse(org, movement["id"]).status == 201

    first, again = (reverse(org, movement["id"], key="r2") for _ in range(2))

    assert (first.refused, first.is_replayed) == ((409, "already-reversed"), False)
    assert (again.refused, again.is_replayed) == ((409, "already-reversed"), True)
    assert org.on_hand() == "0"


def test_a_reversal_is_not_reversed(org: ApiOrg) -> None:
    reversal = reverse(org, org.movement(RECEIPT)["id"]).json

    assert reverse(org, reversal["id"]).refused == (409, "conflict")


def test_a_reversal_overdraws_no_location(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT)
    org.movement(ISSUE, quantity="20")

    reply = reverse(org, movement["id"])

    assert reply.refused == (409, "insufficient-stock")
    assert reply.json["available"] == "4"


def test_another_reason_is_another_meaning(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT)
    reverse(org, movement["id"], key="r1")

    reply = reverse(org, movement["id"], key="r1", reason="wrong place")

    assert reply.refused == (422, "idempotency-key-reused")


def test_an_unknown_and_a_foreign_movement_are_answered_alike(org: ApiOrg, other_org: ApiOrg) -> None:
    foreign = other_org.movement(RECEIPT)["id"]

    answers = [reverse(org, one, key="r1") for one in (UNKNOWN_ID, foreign)]

    assert [one.refused for one in answers] == [(404, "not-found")] * 2
    assert answers[0].json | {"request_id": ""} == answers[1].json | {"request_id": ""}
    assert reverse(org, org.movement(RECEIPT)["id"], key="r1").status == 201


@pytest.mark.parametrize("movement_id", ["nope", "019a9f0000007000800000000000000", "%00", "..%2f.."])
def test_what_is_no_id_has_no_reversal(org: ApiOrg, movement_id: str) -> None:
    assert reverse(org, movement_id).refused == (404, "not-found")


@pytest.mark.parametrize("body", [{}, {"reason": None}, {"reason": ""}, {"reason": 7}, {"reason": "x" * 201}])
def test_a_reversal_needs_a_reason(org: ApiOrg, body: dict[str, Any]) -> None:
    movement = org.movement(RECEIPT)

    reply = org.post(f"/movements/{movement['id']}/reversal", body)

    assert reply.refused == (400, "invalid-field")
    assert reply.pointers == ["/reason"]


def test_a_reversal_takes_no_other_field(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT)

    reply = org.post(f"/movements/{movement['id']}/reversal", {"reason": "x", "quantity": "1"})

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["/quantity"])


def test_a_reversal_needs_a_key(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT)

    assert reverse(org, movement["id"], key="").refused == (400, "idempotency-key-missing")
