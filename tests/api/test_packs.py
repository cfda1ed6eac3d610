"""Packs over HTTP: what one of another unit holds of an item, created once per key, changed by version, ended."""

from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.packs import PACK, end, pack
from support.rollbacks import signed

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"


def test_a_pack_is_answered_as_it_was_created(org: ApiOrg) -> None:
    reply = org.post("/items/BOLT/packs", {"unit": "BX", "numerator": 1, "denominator": 3}, role="org-admin")

    assert (reply.status, reply.headers["etag"]) == (201, '"v1"')
    assert reply.json == {
        **{name: reply.json[name] for name in ("id", "created_at", "updated_at")},
        "item_id": org.ids["BOLT"],
        "unit": "BX",
        "numerator": 1,
        "denominator": 3,
        "version": 1,
        "removed_at": None,
    }
    assert org.get(f"/items/BOLT/packs/{reply.json['id']}").json == reply.json
    assert org.get("/items/BOLT/packs").json["data"] == [reply.json]


def test_a_repeat_with_the_same_key_makes_no_other_pack(org: ApiOrg) -> None:
    first = org.post("/items/BOLT/packs", PACK, key="pack-1", role="org-admin")
    again = org.post("/items/BOLT/packs", PACK, key="pack-1", role="org-admin")
    other = org.post("/items/BOLT/packs", {**PACK, "numerator": 10}, key="pack-1", role="org-admin")

    assert (again.status, again.is_replayed, again.json) == (200, True, first.json)
    assert other.refused == (422, "idempotency-key-reused")


def test_an_item_has_one_pack_of_a_unit_at_a_time(org: ApiOrg) -> None:
    made = pack(org)

    taken = org.post("/items/BOLT/packs", {**PACK, "numerator": 10}, role="org-admin")
    end(org, f"/items/BOLT/packs/{made['id']}")
    anew = pack(org, numerator=10)

    assert taken.refused == (409, "code-taken")
    assert taken.pointers == ["/unit"]
    assert [one["id"] for one in org.get("/items/BOLT/packs").json["data"]] == [anew["id"]]


def test_a_pack_is_changed_by_its_version(org: ApiOrg) -> None:
    path = f"/items/BOLT/packs/{pack(org)['id']}"

    changed = org.patch(path, {"numerator": 10}, '"v1"')
    stale = org.patch(path, {"numerator": 11}, '"v1"')
    blind = org.patch(path, {"numerator": 11}, None)

    assert (changed.status, changed.headers["etag"]) == (200, '"v2"')
    assert (changed.json["numerator"], changed.json["denominator"], changed.json["version"]) == (10, 1, 2)
    assert stale.refused == (412, "stale-version")
    assert blind.refused == (428, "precondition-required")


def test_a_pack_that_ended_holds_nothing_and_stays_readable(org: ApiOrg) -> None:
    path = f"/items/BOLT/packs/{pack(org)['id']}"

    ended, again = end(org, path), end(org, path)

    assert (ended.status, ended.json["version"]) == (200, 2)
    assert ended.json["removed_at"] is not None
    assert again.json == ended.json == org.get(path).json
    assert org.patch(path, {"numerator": 10}, '"v2"').refused == (409, "conflict")
    assert org.move(RECEIPT, unit="CS").pointers == ["/unit"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"unit": ""}, "/unit"),
        ({"unit": "x" * 17}, "/unit"),
        ({"unit": "a\u200bb"}, "/unit"),
        ({"unit": "EA"}, "/unit"),
        ({"unit": "DZN"}, "/unit"),
        ({"numerator": 0}, "/numerator"),
        ({"numerator": -1}, "/numerator"),
        ({"numerator": 10**12 + 1}, "/numerator"),
        ({"numerator": 1.5}, "/numerator"),
        ({"numerator": "12"}, "/numerator"),
        ({"denominator": 0}, "/denominator"),
        ({"denominator": True}, "/denominator"),
        ({"gtin": "1"}, "/gtin"),
    ],
)
def test_what_a_pack_cannot_be_is_named_by_its_field(
    org: ApiOrg, change: dict[str, Any], pointer: str
) -> None:
    reply = org.post("/items/BOLT/packs", {**PACK, **change}, role="org-admin")

    assert reply.refused == (400, "invalid-field")
    assert reply.pointers == [pointer]


def test_a_pack_is_of_its_item_alone(org: ApiOrg) -> None:
    org.item("NUT")
    made = pack(org)

    assert org.get(f"/items/NUT/packs/{made['id']}").refused == (404, "not-found")
    assert end(org, f"/items/NUT/packs/{made['id']}").refused == (404, "not-found")
    assert org.get("/items/NUT/packs").json["data"] == []


def test_packs_of_the_past_are_read_as_they_were(org: ApiOrg) -> None:
    before = org.log_size()
    made = pack(org)
    path = f"/items/BOLT/packs/{made['id']}"
    created = org.log_size()
    org.patch(path, {"numerator": 10}, '"v1"')
    changed = org.log_size()
    end(org, path)

    def at(size: int) -> list[tuple[int, int]]:
        found = org.get(f"/items/BOLT/packs?at_size={size}").json["data"]
        return [(one["numerator"], one["version"]) for one in found]

    assert [at(size) for size in (before, created, changed, org.log_size())] == [[], [(12, 1)], [(10, 2)], []]
    assert org.get(f"{path}?at_size={created}").json == made
    history = org.get(f"{path}/history").json["data"]
    assert [one["record"]["version"] for one in history] == [3, 2, 1]
    assert [one["action"] for one in history] == ["changed", "changed", "created"]


def test_a_change_and_an_end_are_events(org: ApiOrg) -> None:
    made = pack(org)
    path = f"/items/BOLT/packs/{made['id']}"
    org.patch(path, {"numerator": 10}, '"v1"')
    end(org, path)

    signed(org, org.log_size())
    found = org.get("/events?after=-1&limit=200&types=velaurum.pack.*").json["data"]

    assert [one["type"] for one in found] == [
        "velaurum.pack.created.v1",
        "velaurum.pack.changed.v1",
        "velaurum.pack.changed.v1",
    ]
    assert found[1]["data"]["changed"] == ["numerator", "version"]
