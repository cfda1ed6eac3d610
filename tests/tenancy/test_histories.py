"""The history of records within reach: a department sees versions of its own, and of what is shared (V-15, V-21)."""

from typing import Any

from support.api_orgs import ApiOrg
from support.departments import Departments


def versions(org: ApiOrg, path: str) -> list[Any]:
    reply = org.get(f"{path}/history")
    assert reply.status == 200, reply
    found: list[Any] = reply.json["data"]
    return found


def test_a_department_sees_the_versions_of_its_own_and_what_is_shared(stocked: Departments) -> None:
    before = stocked.org.log_size()
    stocked.move_location("N1", "SOUTH")
    north, south = stocked.within("NORTH"), stocked.within("SOUTH")

    assert len(versions(stocked.org, "/locations/N1")) == 2
    assert [one["record"]["sub_org"]["code"] for one in versions(south, "/locations/N1")] == ["SOUTH"]
    assert north.get("/locations/N1/history").refused == (404, "not-found")
    assert versions(north, "/items/BOLT") == versions(stocked.org, "/items/BOLT")
    assert south.get(f"/locations/N1?at_size={before}").refused == (404, "not-found")
