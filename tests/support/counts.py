"""Counts over HTTP: who opens, counts, approves and posts, and what every route about them answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.people import Person, join, named, token_of
from support.places import Place
from velaurum.db.connection import Database


@dataclass(frozen=True, slots=True)
class Team:
    """The people of a count: each has one role, and is somebody else."""

    org: ApiOrg
    ann: Person
    ben: Person
    controller: Person
    keeper: Person

    def open(self, code: str = "CYCLE-1", location: str = "A", **members: Any) -> str:
        """Open a count and return its path."""
        made = self.keeper.post("/counts", {"code": code, "location": location, **members})
        assert made.status == 201, made
        return f"/counts/{made.json['id']}"

    def approved(self, path: str) -> None:
        """Finish a count and have it approved."""
        must(self.keeper, path, "finish")
        must(self.controller, path, "approve")


def team(database: Database, org: ApiOrg) -> Team:
    return Team(
        org,
        join(database, org, "counter"),
        join(database, org, "counter"),
        join(database, org, "controller"),
        join(database, org, "storekeeper"),
    )


def line(quantity: str, item: str = "BOLT", **members: Any) -> dict[str, Any]:
    return {"idempotency_key": uuid4().hex, "item": item, "quantity": quantity, **members}


def add(who: Person, path: str, *lines: dict[str, Any]) -> Reply:
    return who.org.client.ask("POST", f"{who.org.path}{path}/lines", {"lines": list(lines)}, token=who.token)


def counted(who: Person, path: str, *lines: dict[str, Any]) -> list[dict[str, Any]]:
    """Add lines that must be taken, and return them."""
    reply = add(who, path, *lines)
    assert reply.status == 200, reply
    found: list[dict[str, Any]] = reply.json["lines"]
    return found


def act(who: Person, path: str, verb: str) -> Reply:
    return who.org.client.ask("POST", f"{who.org.path}{path}/{verb}", token=who.token)


def must(who: Person, path: str, verb: str) -> Any:
    reply = act(who, path, verb)
    assert reply.status == 200, reply
    return reply.json


def opened(org: ApiOrg) -> str:
    """Open a count, and return its id."""
    made = org.post("/counts", {"code": "OTHER", "location": "A"})
    assert made.status == 201, made
    count_id: str = made.json["id"]
    return count_id


def count_answers(org: ApiOrg) -> dict[str, Reply]:
    """Return an answer of success of every operation about counts."""
    counter = Person(org, token_of(org, named(org, "Cal"), "counter"))
    controller = Person(org, token_of(org, named(org, "Cora"), "controller"))
    keeper = Person(org, org.tokens["storekeeper"])
    made = keeper.post("/counts", {"code": "ANSWERS", "location": "A", "tolerance": "99"})
    path = f"/counts/{made.json['id']}"
    org.item("UNCOUNTED")
    org.movement({"kind": "receipt", "item": "UNCOUNTED", "quantity": "1", "target": "A"})
    other = keeper.post("/counts", {"code": "CANCELLED", "location": "B"}).json["id"]
    return {
        "createCount": made,
        "addCountLines": add(counter, path, line("3")),
        "listCountLines": org.get(f"{path}/lines"),
        "listCountVariances": org.get(f"{path}/variances"),
        "finishCount": act(keeper, path, "finish"),
        "approveCount": act(controller, path, "approve"),
        "postCount": act(keeper, path, "post"),
        "getCount": org.get(path),
        "listCounts": org.get("/counts"),
        "cancelCount": act(keeper, f"/counts/{other}", "cancel"),
    }


def _stepped(verb: str, role: str) -> Callable[[ApiOrg, str], Reply]:
    def ask(org: ApiOrg, named: str) -> Reply:
        return org.client.ask("POST", f"{org.path}/counts/{named}/{verb}", token=org.tokens[role])

    return ask


def _added(org: ApiOrg, named: str) -> Reply:
    body = {"lines": [line("1", idempotency_key="one")]}
    return org.client.ask("POST", f"{org.path}/counts/{named}/lines", body, token=org.tokens["counter"])


def _line_of(noun: str, item: str | None) -> Callable[[ApiOrg, str], Reply]:
    def ask(org: ApiOrg, named: str) -> Reply:
        if item is not None:
            tracking = {"code": item, "name": item, "tracking": noun}
            org.post("/items", tracking, key=f"tracked-{noun}", role="org-admin")
        opened = org.post("/counts", {"code": "LINES", "location": "A"}, key="count-of-lines")
        path = f"{org.path}/counts/{opened.json['id']}/lines"
        asked = {"item": item or "BOLT", noun: named, "quantity": "1", "idempotency_key": "one"}
        return org.client.ask("POST", path, {"lines": [asked]}, token=org.tokens["counter"])

    return ask


def _read(rest: str = "") -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.get(f"/counts/{named}{rest}")


COUNTS = {
    "POST counts /location": Place(
        "location", lambda org, named: org.post("/counts", {"code": "X", "location": named})
    ),
    "POST counts /item": Place(
        "item", lambda org, named: org.post("/counts", {"code": "X", "location": "A", "item": named})
    ),
    "POST counts/{count}/lines": Place("count", _added),
    "POST counts/{count}/lines /item": Place("item", _line_of("item", None)),
    "POST counts/{count}/lines /lot": Place("lot", _line_of("lot", "MILK")),
    "POST counts/{count}/lines /serial": Place("serial", _line_of("serial", "PUMP")),
    "GET counts/{count}": Place("count", _read()),
    "GET counts/{count}/lines": Place("count", _read("/lines")),
    "GET counts/{count}/variances": Place("count", _read("/variances")),
    "POST counts/{count}/finish": Place("count", _stepped("finish", "storekeeper")),
    "POST counts/{count}/approve": Place("count", _stepped("approve", "controller")),
    "POST counts/{count}/post": Place("count", _stepped("post", "storekeeper")),
    "POST counts/{count}/cancel": Place("count", _stepped("cancel", "storekeeper")),
}
