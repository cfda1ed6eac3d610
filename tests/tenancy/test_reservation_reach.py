"""Reservations within departments: made, seen and released by who reaches their place (V-15)."""

from support.api_orgs import RECEIPT
from support.departments import Departments
from support.reservations import ask, stock


def test_a_department_sees_and_makes_reservations_of_its_own_places(made: Departments) -> None:
    north, south = made.within("NORTH"), made.within("SOUTH")
    made.org.movement(RECEIPT, target="N1")
    own = ask(north, "5", location="N1")

    assert own.status == 201, own
    path = f"/reservations/{own.json['id']}"
    assert [one["id"] for one in north.get("/reservations").json["data"]] == [own.json["id"]]
    assert stock(north, "?location=N1") == ("24", "5", "19")
    assert south.get("/reservations").json["data"] == []
    assert south.get(path).refused == (404, "not-found")
    assert south.post(f"{path}/release", {}).refused == (404, "not-found")
    assert ask(south, "5", location="N1").refused == (400, "unknown-reference")
    assert north.post(f"{path}/release", {}).status == 200
