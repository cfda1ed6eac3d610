"""Packs over HTTP: what every route about them answers, and where each names a record."""

from collections.abc import Callable
from typing import Any

from support.answers_of_access import past_answers
from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.places import UNKNOWN, Place

PACK = {"unit": "CS", "numerator": 12}


def pack(org: ApiOrg, item: str = "BOLT", **members: Any) -> Any:
    """Make a pack of an item, twelve pieces in a case unless it is said otherwise."""
    made = org.post(f"/items/{item}/packs", {**PACK, **members}, role="org-admin")
    assert made.status == 201, made
    return made.json


def end(org: ApiOrg, path: str) -> Reply:
    return org.client.ask("DELETE", f"{org.path}{path}", token=org.tokens["org-admin"])


def pack_answers(org: ApiOrg) -> dict[str, Reply]:
    """Return an answer of success of every operation about units and packs."""
    made = org.post("/items/BOLT/packs", PACK, role="org-admin")
    path = f"/items/BOLT/packs/{made.json['id']}"
    return {
        "listUnits": org.get("/units?limit=5"),
        "createPack": made,
        "getPack": org.get(path),
        "listPacks": org.get("/items/BOLT/packs"),
        "changePack": org.patch(path, {"numerator": 10}, '"v1"'),
        **past_answers(org, "Pack", path),
        "deletePack": end(org, path),
    }


def _of_item(rest: str = "") -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.get(f"/items/{named}/packs{rest}")


def _read(rest: str = "") -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.get(f"/items/BOLT/packs/{named}{rest}")


PACKS = {
    "GET items/{item}/packs": Place("item", _of_item()),
    "POST items/{item}/packs": Place(
        "item", lambda org, named: org.post(f"/items/{named}/packs", PACK, role="org-admin")
    ),
    "GET items/{item}/packs/{pack} /item": Place("item", _of_item(f"/{UNKNOWN}")),
    "GET items/{item}/packs/{pack}": Place("pack", _read()),
    "PATCH items/{item}/packs/{pack}": Place(
        "pack", lambda org, named: org.patch(f"/items/BOLT/packs/{named}", {"numerator": 2}, '"v1"')
    ),
    "DELETE items/{item}/packs/{pack}": Place(
        "pack", lambda org, named: end(org, f"/items/BOLT/packs/{named}")
    ),
    "GET items/{item}/packs/{pack}/history": Place("pack", _read("/history")),
    "GET items/{item}/packs/{pack}/proof": Place("pack", _read("/proof")),
    "GET items/{item}/packs/{pack} ?at_size": Place("pack", _read("?at_size=1")),
}
