"""Counts over HTTP: who opens, counts, approves and posts, and what every route about them answers."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.people import Person, join
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
