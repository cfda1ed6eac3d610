"""Shipments over HTTP: who opens, dispatches, receives and closes, and what every route about them answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.people import Person, named, token_of
from support.places import Place

TRANSIT = {"kind": "transit"}
LOST = {"reason": "two boxes are missing"}


@dataclass(frozen=True, slots=True)
class Dock:
    """An organisation with a place that shipments go through, and somebody who posts in all of it."""

    org: ApiOrg
    keeper: Person

    def open(self, *lines: dict[str, Any], code: str = "SHIP-1", **members: Any) -> str:
        """Open a shipment from A to B and return its path."""
        body = {"code": code, "source": "A", "target": "B", "lines": list(lines) or [line("10")], **members}
        made = self.keeper.post("/shipments", body)
        assert made.status == 201, made
        return f"/shipments/{made.json['id']}"

    def under_way(self, *lines: dict[str, Any], **members: Any) -> str:
        """Open a shipment and dispatch it."""
        path = self.open(*lines, **members)
        must(step(self.keeper, path, "dispatch"))
        return path

    def line(self, path: str, number: int = 1) -> dict[str, str]:
        """Return what became of a line."""
        reply = self.org.get(f"{path}/lines")
        assert reply.status == 200, reply
        found: dict[str, str] = reply.json["lines"][number - 1]
        return found


def dock(org: ApiOrg) -> Dock:
    org.location("IN-TRANSIT", **TRANSIT)
    return Dock(org, Person(org, org.tokens["storekeeper"]))


def line(quantity: str, item: str = "BOLT", **members: Any) -> dict[str, Any]:
    return {"item": item, "quantity": quantity, **members}


def step(who: Person, path: str, verb: str, body: Any = None) -> Reply:
    if verb == "close" and body is None:
        body = {}
    return who.org.client.ask("POST", f"{who.org.path}{path}/{verb}", body, token=who.token)


def receive(who: Person, path: str, quantity: str, number: int = 1, *, key: str | None = None) -> Reply:
    body = {"lines": [{"line": number, "quantity": quantity}]}
    return who.post(f"{path}/receive", body, key=key)


def movements(org: ApiOrg, limit: int) -> list[tuple[str, str, str, str]]:
    found = org.get(f"/movements?limit={limit}").json["data"]
    return [
        (one["kind"], one["quantity"], one["source"]["code"], one["target"]["code"])
        for one in reversed(found)
    ]


def amounts(gate: Dock, path: str, number: int = 1) -> tuple[str, ...]:
    found = gate.line(path, number)
    return tuple(found[name] for name in ("dispatched", "received", "lost", "gained", "under_way"))


def must(reply: Reply) -> Any:
    assert reply.status in (200, 201), reply
    return reply.json


def shipped(org: ApiOrg) -> dict[str, str]:
    """Open a shipment, and return its id by the word for it."""
    shipment: str = must(
        org.post(
            "/shipments",
            {"code": "OTHER", "source": "A", "target": "B", "transit": _transit(org), "lines": [line("1")]},
        )
    )["id"]
    return {"shipment": shipment}


def _transit(org: ApiOrg) -> str:
    """Return the code of a place that shipments go through, made when it is not there."""
    if org.get("/locations/IN-TRANSIT").status != 200:
        org.location("IN-TRANSIT", **TRANSIT)
    return "IN-TRANSIT"


def shipment_answers(org: ApiOrg) -> dict[str, Reply]:
    """Return an answer of success of every operation about shipments."""
    transit = _transit(org)
    org.item("SHIPPED")
    org.movement({"kind": "receipt", "item": "SHIPPED", "quantity": "9", "target": "A"})
    keeper = Person(org, org.tokens["storekeeper"])
    controller = Person(org, token_of(org, named(org, "Carl"), "controller"))
    body = {"source": "A", "target": "B", "transit": transit, "lines": [line("9", "SHIPPED")]}
    made = keeper.post("/shipments", {"code": "SHIPPED", **body})
    path = f"/shipments/{made.json['id']}"
    other = f"/shipments/{keeper.post('/shipments', {'code': 'GIVEN-UP', **body}).json['id']}"
    with_rule = {"rules": [{"kind": "adjustment"}]}
    etag = org.client.get(f"{org.path}/approval-rules", token=org.tokens["org-admin"]).headers["etag"]
    dispatched = step(keeper, path, "dispatch")
    received = receive(keeper, path, "4")
    org.client.ask(
        "PUT",
        f"{org.path}/approval-rules",
        with_rule,
        token=org.tokens["org-admin"],
        headers=[("If-Match", etag)],
    )
    return {
        "createShipment": made,
        "dispatchShipment": dispatched,
        "receiveShipment": received,
        "closeShipment": step(keeper, path, "close", {"reason": "fell off"}),
        "approveShipment": step(controller, path, "approve"),
        "getShipment": org.get(path),
        "listShipmentLines": org.get(f"{path}/lines"),
        "listShipments": org.get("/shipments"),
        "cancelShipment": step(keeper, other, "cancel"),
    }


def _created(field: str) -> Callable[[ApiOrg, str], Reply]:
    def ask(org: ApiOrg, named: str) -> Reply:
        body = {"code": "X", "source": "A", "target": "B", "transit": _transit(org), "lines": [line("1")]}
        return org.post("/shipments", {**body, field: named})

    return ask


def _line_of(noun: str, item: str | None) -> Callable[[ApiOrg, str], Reply]:
    def ask(org: ApiOrg, named: str) -> Reply:
        if item is not None:
            tracking = {"code": item, "name": item, "tracking": noun}
            org.post("/items", tracking, key=f"shipped-{noun}", role="org-admin")
        asked = {"item": item or "BOLT", "quantity": "1", noun: named}
        body = {"code": "X", "source": "A", "target": "B", "transit": _transit(org), "lines": [asked]}
        return org.post("/shipments", body)

    return ask


def _stepped(verb: str, role: str, body: Any = None) -> Callable[[ApiOrg, str], Reply]:
    def ask(org: ApiOrg, named: str) -> Reply:
        return step(Person(org, org.tokens[role]), f"/shipments/{named}", verb, body)

    return ask


def _received(org: ApiOrg, named: str) -> Reply:
    keeper = Person(org, org.tokens["storekeeper"])
    return receive(keeper, f"/shipments/{named}", "1", key=uuid4().hex)


def _read(rest: str = "") -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.get(f"/shipments/{named}{rest}")


SHIPMENTS = {
    "POST shipments /source": Place("location", _created("source")),
    "POST shipments /target": Place("location", _created("target")),
    "POST shipments /transit": Place("location", _created("transit")),
    "POST shipments /lines/item": Place("item", _line_of("item", None)),
    "POST shipments /lines/lot": Place("lot", _line_of("lot", "SHIPPED-MILK")),
    "POST shipments /lines/serial": Place("serial", _line_of("serial", "SHIPPED-PUMP")),
    "GET shipments/{shipment}": Place("shipment", _read()),
    "GET shipments/{shipment}/lines": Place("shipment", _read("/lines")),
    "POST shipments/{shipment}/dispatch": Place("shipment", _stepped("dispatch", "storekeeper")),
    "POST shipments/{shipment}/receive": Place("shipment", _received),
    "POST shipments/{shipment}/close": Place("shipment", _stepped("close", "storekeeper", {})),
    "POST shipments/{shipment}/approve": Place("shipment", _stepped("approve", "controller")),
    "POST shipments/{shipment}/cancel": Place("shipment", _stepped("cancel", "storekeeper")),
}
