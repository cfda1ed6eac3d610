"""Lots and serials over HTTP: what every route about them answers, and where each names a record."""

from collections.abc import Callable
from typing import Any

from support.answers_of_access import past_answers
from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.places import Place

BY_LOT, BY_SERIAL = "MILK", "PUMP"


def tracked(org: ApiOrg) -> None:
    """Make an item that is tracked by lot, and one that is tracked by serial."""
    org.item(BY_LOT, tracking="lot")
    org.item(BY_SERIAL, tracking="serial")


def lot(org: ApiOrg, code: str, *, item: str = BY_LOT, **members: Any) -> Any:
    """Make a lot of an item that is tracked by lot."""
    made = org.post("/lots", {"item": item, "code": code, **members}, role="org-admin")
    assert made.status == 201, made
    return made.json


def serial(org: ApiOrg, code: str, *, item: str = BY_SERIAL) -> Any:
    """Make a serial of an item that is tracked by serial."""
    made = org.post("/serials", {"item": item, "code": code}, role="org-admin")
    assert made.status == 201, made
    return made.json


def parts(org: ApiOrg) -> dict[str, str]:
    """Make a lot and a serial, and return their ids by kind."""
    tracked(org)
    return {"lot": lot(org, "L-1")["id"], "serial": serial(org, "S-1")["id"]}


def part_answers(org: ApiOrg) -> dict[str, Reply]:
    """Return an answer of success of every operation about lots and serials."""
    tracked(org)
    of_lot = org.post("/lots", {"item": BY_LOT, "code": "L-1", "expires_on": "2999-12-31"}, role="org-admin")
    of_serial = org.post("/serials", {"item": BY_SERIAL, "code": "S-1"}, role="org-admin")
    lot_path, serial_path = f"/lots/{of_lot.json['id']}", f"/serials/{of_serial.json['id']}"
    org.movement({"kind": "receipt", "item": BY_SERIAL, "serial": "S-1", "quantity": "1", "target": "A"})
    return {
        "createLot": of_lot,
        "getLot": org.get(lot_path),
        "listLots": org.get(f"/lots?item={BY_LOT}"),
        "changeLot": org.patch(lot_path, {"supplier_lot": "84-1179"}, '"v1"'),
        **past_answers(org, "Lot", lot_path),
        "createSerial": of_serial,
        "getSerial": org.get(serial_path),
        "listSerials": org.get("/serials"),
        "changeSerial": org.patch(serial_path, {"code": "S-2"}, '"v1"'),
        **past_answers(org, "Serial", serial_path),
    }


def _moved(item: str, noun: str) -> Callable[[ApiOrg, str], Reply]:
    asked = {"kind": "receipt", "item": item, "quantity": "1", "target": "A"}

    def move(org: ApiOrg, named: str) -> Reply:
        tracking = {"code": item, "name": item, "tracking": noun}
        org.post("/items", tracking, key=f"tracked-{noun}", role="org-admin")
        return org.post("/movements", {**asked, noun: named})

    return move


def _read(path: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.get(path.format(named))


def _made(noun: str, code: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.post(f"/{noun}s", {"item": named, "code": code}, role="org-admin")


def _changed(noun: str, body: dict[str, str]) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.patch(f"/{noun}s/{named}", body, '"v1"')


PARTS = {
    place: found
    for noun, item, body in (
        ("lot", BY_LOT, {"supplier_lot": "1"}),
        ("serial", BY_SERIAL, {"code": "S-9"}),
    )
    for place, found in {
        f"POST {noun}s /item": Place("item", _made(noun, "X")),
        f"GET {noun}s ?item": Place("item", _read(f"/{noun}s?item={{}}")),
        f"GET {noun}s/{{{noun}}}": Place(noun, _read(f"/{noun}s/{{}}")),
        f"PATCH {noun}s/{{{noun}}}": Place(noun, _changed(noun, body)),
        f"GET {noun}s/{{{noun}}}/history": Place(noun, _read(f"/{noun}s/{{}}/history")),
        f"GET {noun}s/{{{noun}}}/proof": Place(noun, _read(f"/{noun}s/{{}}/proof")),
        f"GET {noun}s/{{{noun}}} ?at_size": Place(noun, _read(f"/{noun}s/{{}}?at_size=1")),
        f"POST movements /{noun}": Place(noun, _moved(item, noun)),
        f"GET movements ?{noun}": Place(noun, _read(f"/movements?{noun}={{}}")),
        f"GET balances ?{noun}": Place(noun, _read(f"/balances?{noun}={{}}")),
    }.items()
}
