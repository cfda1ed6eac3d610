"""The history of records over HTTP: versions with who made them, at an instant, at a log size, and of a period."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from support.api_orgs import ApiOrg

BOLT = "/items/BOLT"


def rename(org: ApiOrg, *names: str) -> None:
    for name in names:
        etag = org.get(BOLT).headers["etag"]
        assert org.patch(BOLT, {"name": name}, etag).status == 200


def versions(org: ApiOrg, query: str = "", path: str = BOLT) -> list[Any]:
    reply = org.get(f"{path}/history{query}")
    assert reply.status == 200, reply
    found: list[Any] = reply.json["data"]
    return found


def names(found: list[Any]) -> list[str]:
    return [one["record"]["name"] for one in found]


def after(instant: str, microseconds: int = 1) -> str:
    moved = datetime.fromisoformat(instant) + timedelta(microseconds=microseconds)
    return moved.isoformat(timespec="microseconds").replace("+00:00", "Z")


def test_every_version_says_who_made_it_and_where_it_stands(org: ApiOrg) -> None:
    rename(org, "second")

    second, first = versions(org)

    assert (first["action"], second["action"]) == ("created", "changed")
    assert (first["valid_to"], second["valid_to"]) == (second["valid_from"], None)
    assert second["log_index"] == org.log_size() - 1
    assert second["actor"]["name"] == "org-admin"
    assert second["credential"] == org.token_ids["org-admin"]
    assert second["leaf_hash"].startswith("sha256:")
    assert second["record"] | {"name": ""} == {
        **first["record"],
        "name": "",
        "version": 2,
        "updated_at": second["record"]["updated_at"],
    }


def test_pages_of_versions_join_while_new_ones_come(org: ApiOrg) -> None:
    rename(org, "b", "c")
    page = org.get(f"{BOLT}/history?limit=2").json

    rename(org, "d")
    rest = org.get(f"{BOLT}/history?limit=2&cursor={page['next_cursor']}").json

    assert names(page["data"]) + names(rest["data"]) == ["c", "b", "BOLT"]
    assert rest["next_cursor"] is None
    assert rest["as_of"] == page["as_of"]


def test_a_version_is_found_at_an_instant_and_at_a_size(org: ApiOrg) -> None:
    rename(org, "second", "third")
    third, second, first = versions(org)

    for one in (first, second, third):
        assert names(versions(org, f"?as_of={one['valid_from']}")) == names([one])
        assert names(versions(org, f"?at_size={one['log_index'] + 1}")) == names([one])
    assert names(versions(org, f"?as_of={after(third['valid_from'], -1)}")) == ["second"]
    assert versions(org, f"?at_size={first['log_index']}") == []


def test_periods_have_the_boundaries_of_sql_server(org: ApiOrg) -> None:
    rename(org, "second", "third")
    third, second, _ = versions(org)
    low, high = second["valid_from"], third["valid_from"]

    def found(query: str) -> list[str]:
        return names(versions(org, query))

    assert found(f"?from={low}&to={high}") == ["second"]
    assert found(f"?from={after(low, -1)}&to={after(high)}") == ["third", "second", "BOLT"]
    assert found(f"?from={low}&to={high}&bounds=between") == ["third", "second"]
    assert found(f"?from={low}&to={high}&bounds=contained-in") == ["second"]
    assert found(f"?from={after(low)}&to={high}&bounds=contained-in") == []
    assert found(f"?from={high}") == ["third"]
    assert found(f"?to={low}") == ["BOLT"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?from=today", "from"),
        ("?to=2026-01-01", "to"),
        ("?bounds=around", "bounds"),
        ("?at_size=3&from=2026-01-01T00:00:00Z", "bounds"),
        ("?as_of=2999-01-01T00:00:00Z", "as_of"),
        ("?at_size=100000", "at_size"),
    ],
)
def test_a_period_that_cannot_be_read_is_named(org: ApiOrg, query: str, parameter: str) -> None:
    reply = org.get(f"{BOLT}/history{query}")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [parameter])


def test_records_and_lists_of_the_past_read_the_same_for_ever(org: ApiOrg) -> None:
    org.item("NUT", description="round", attributes={"a": 1})
    size = org.log_size()
    stamp = org.get("/items").json["as_of"]["recorded_at"]
    paths = [f"{path}{query}" for path in ("/items", BOLT, "/items/NUT", "/locations", "/locations/A")
             for query in (f"?at_size={size}", f"?as_of={stamp}")]  # fmt: skip
    before = {path: org.get(path).body for path in paths}
    now = {path: org.get(path).json for path in ("/items", "/locations")}

    rename(org, *(f"n{n}" for n in range(5)))
    org.item("LATE")
    etag = org.get("/locations/A").headers["etag"]
    assert org.patch("/locations/A", {"name": "moved"}, etag).status == 200

    assert {path: org.get(path).body for path in paths} == before
    for path, present in now.items():
        assert org.get(f"{path}?at_size={size}").json["data"] == present["data"]
    assert org.get(f"/items/LATE?at_size={size}").refused == (404, "not-found")


def test_pages_of_a_list_of_the_past_join(org: ApiOrg) -> None:
    for code in ("D", "C"):
        org.item(code)
    size = org.log_size()
    rename(org, "later")
    org.item("A0")

    whole = org.get(f"/items?at_size={size}").json["data"]
    first = org.get(f"/items?at_size={size}&limit=2").json
    rest = org.get(f"/items?at_size={size}&limit=2&cursor={first['next_cursor']}").json

    assert first["data"] + rest["data"] == whole
    assert [one["code"] for one in whole] == ["BOLT", "C", "D"]
    assert first["as_of"] == rest["as_of"] == {"recorded_at": None, "log_size": size}


def test_histories_of_people_are_for_auditors_and_hold_no_secret(org: ApiOrg) -> None:
    principal = org.movement({"kind": "receipt", "item": "BOLT", "quantity": "1", "target": "A"})["actor"][
        "id"
    ]
    token = org.token_ids["storekeeper"]

    assert names(versions(org, path=f"/principals/{principal}")) == ["storekeeper"]
    (issued,) = versions(org, path=f"/tokens/{token}")
    assert issued["record"]["principal"]["id"] == principal
    assert not any("hash" in name or "secret" in name for name in issued["record"])
    for path in (f"/principals/{principal}/history", f"/tokens/{token}/history"):
        assert org.get(path, role="storekeeper").refused == (403, "forbidden")
