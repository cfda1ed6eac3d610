"""Reservations over HTTP: how they are made, what every route about them answers, and where each names a record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.http_client import Reply
from support.places import Place


def soon(seconds: float) -> str:
    """Return an instant so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def ask(org: ApiOrg, quantity: str, *, key: str | None = None, **members: Any) -> Reply:
    """Ask for a hard reservation of bolts at A, unless it is said otherwise."""
    return org.post(
        "/reservations", {"item": "BOLT", "location": "A", "quantity": quantity, **members}, key=key
    )


def reserved(org: ApiOrg, quantity: str, **members: Any) -> Any:
    """Make a reservation that must be made, and return it."""
    made = ask(org, quantity, **members)
    assert made.status == 201, made
    return made.json


def shown(org: ApiOrg, reservation_id: str) -> Any:
    reply = org.get(f"/reservations/{reservation_id}")
    assert reply.status == 200, reply
    return reply.json


def release(org: ApiOrg, reservation_id: str, *, key: str | None = None) -> Reply:
    return org.post(f"/reservations/{reservation_id}/release", {}, key=key)


def stock(org: ApiOrg, query: str = "?item=BOLT&location=A") -> tuple[str, str | None, str | None]:
    """Return what is on hand of a stock key, what is reserved, and what is available."""
    (one,) = org.get(f"/balances{query}").json["data"]
    return one["on_hand"], one["reserved"], one["available"]


def made(org: ApiOrg) -> str:
    """Make a reservation of what is not there yet, and return its id."""
    made_id: str = reserved(org, "1", kind="soft")["id"]
    return made_id


def reservation_answers(org: ApiOrg) -> dict[str, Reply]:
    """Return an answer of success of every operation about reservations."""
    org.movement(RECEIPT)
    first = ask(org, "2")
    path = f"/reservations/{first.json['id']}"
    org.movement(ISSUE, reservation=first.json["id"])
    return {
        "createReservation": first,
        "getReservation": org.get(path),
        "listReservations": org.get("/reservations"),
        "releaseReservation": release(org, first.json["id"]),
    }


def _asked(member: str, **more: Any) -> Callable[[ApiOrg, str], Reply]:
    body = {"item": "BOLT", "location": "A", "quantity": "1", "kind": "soft"}
    return lambda org, named: org.post("/reservations", {**body, **more, member: named})


RESERVATIONS = {
    "POST reservations /item": Place("item", _asked("item")),
    "POST reservations /location": Place("location", _asked("location")),
    "POST reservations /lot": Place("lot", _asked("lot")),
    "POST reservations /serial": Place("serial", _asked("serial")),
    "GET reservations ?item": Place("item", lambda org, named: org.get(f"/reservations?item={named}")),
    "GET reservations ?location": Place(
        "location", lambda org, named: org.get(f"/reservations?location={named}")
    ),
    "GET reservations/{reservation}": Place(
        "reservation", lambda org, named: org.get(f"/reservations/{named}")
    ),
    "POST reservations/{reservation}/release": Place("reservation", release),
    "POST movements /reservation": Place(
        "reservation", lambda org, named: org.move(ISSUE, reservation=named)
    ),
}
