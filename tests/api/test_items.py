"""Items over HTTP: created once, read by id or code, changed by version."""

from typing import Any
from urllib.parse import quote

import pytest

from support.api_orgs import ApiOrg

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
FULL = {
    "code": "NUT-M8",
    "name": "Nut M8",
    "unit": "C62",
    "tracking": "none",
    "description": "Hexagon,\nzinc plated",
    "attributes": {"material": "steel", "hazard": False, "pieces": 100, "norm": None},
}


def test_an_item_is_answered_as_it_was_created(org: ApiOrg) -> None:
    reply = org.post("/items", FULL, role="org-admin")

    assert reply.status == 201
    assert reply.headers["etag"] == '"v1"'
    assert reply.json == FULL | {
        **{name: reply.json[name] for name in ("id", "created_at", "updated_at")},
        "version": 1,
    }


def test_code_and_name_are_enough(org: ApiOrg) -> None:
    item = org.item("NUT")

    assert (item["unit"], item["tracking"]) == ("EA", "none")
    assert (item["description"], item["attributes"]) == (None, {})


def test_an_item_is_found_by_its_id_and_by_its_code(org: ApiOrg) -> None:
    item = org.item("NUT")

    for address in ("NUT", item["id"], item["id"].upper()):
        reply = org.get(f"/items/{address}")
        assert (reply.json, reply.headers["etag"]) == (item, '"v1"')


@pytest.mark.parametrize(
    "code", ["M8 x 40", "Schraube \u00df", "\u87ba\u4e1d", "50%", "a+b", "a?b#c", "\U0001f529"]
)
def test_a_code_of_any_script_is_an_address(org: ApiOrg, code: str) -> None:
    item = org.item(code)

    assert org.get(f"/items/{quote(code, safe='')}").json == item
    assert org.get(f"/balances?item={quote(code, safe='')}").status == 200


def test_a_code_with_a_slash_is_addressed_by_id(org: ApiOrg) -> None:
    item = org.item("BOLT/M8")

    assert org.get("/items/BOLT/M8").refused == (404, "not-found")
    assert org.get("/items/BOLT%2FM8").refused == (404, "not-found")
    assert org.get(f"/items/{item['id']}").json["code"] == "BOLT/M8"
    assert org.get("/balances?item=BOLT/M8").status == 200


@pytest.mark.parametrize(
    "address",
    [
        *("NOPE", "bolt", UNKNOWN_ID, "%00", "BOLT%00", "%ED%A0%80", "%FF", "%E2%80%AEBOLT", "%20BOLT"),
        *("x" * 65, "x" * 10_000, "..", "%2e%2e", "BOLT%0A", "'%20or%201=1", "{item}"),
    ],
)
def test_an_address_of_no_item_is_not_found(org: ApiOrg, address: str) -> None:
    assert org.get(f"/items/{address}").refused == (404, "not-found")


def test_a_foreign_item_is_answered_as_an_unknown_one(org: ApiOrg, other_org: ApiOrg) -> None:
    other_org.item("SECRET")

    answers = [org.get(f"/items/{one}") for one in (UNKNOWN_ID, other_org.ids["BOLT"], "SECRET")]

    assert {one.status for one in answers} == {404}
    assert len({str(one.json | {"request_id": ""}) for one in answers}) == 1


def test_items_of_two_organisations_share_a_code(org: ApiOrg, other_org: ApiOrg) -> None:
    assert org.get("/items/BOLT").json["id"] != other_org.get("/items/BOLT").json["id"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "a\u200bb"}, "/name"),
        ({"name": "e\u0301"}, "/name"),
        ({"name": 7}, "/name"),
        ({"unit": ""}, "/unit"),
        ({"unit": "x" * 17}, "/unit"),
        ({"tracking": "batch"}, "/tracking"),
        ({"description": ""}, "/description"),
        ({"description": "x" * 2_001}, "/description"),
        ({"description": "a\x07b"}, "/description"),
        ({"attributes": {"price": 1.5}}, "/attributes/price"),
        ({"attributes": {"nested": {"a": 1}}}, "/attributes/nested"),
        ({"attributes": {"": 1}}, "/attributes"),
        ({"attributes": {"x" * 65: 1}}, "/attributes"),
        ({"attributes": {"a": "x" * 1_001}}, "/attributes"),
        ({"attributes": {"a": 2**53}}, "/attributes"),
        ({"attributes": {str(n): n for n in range(51)}}, "/attributes"),
        ({"attributes": []}, "/attributes"),
        ({"colour": "red"}, "/colour"),
        ({"id": UNKNOWN_ID}, "/id"),
        ({"org": "other"}, "/org"),
        ({"a/b~c": 1}, "/a~1b~0c"),
    ],
)
def test_what_an_item_cannot_be_is_named_by_its_field(
    org: ApiOrg, change: dict[str, Any], pointer: str
) -> None:
    reply = org.post("/items", {"code": "NUT", "name": "Nut", **change}, role="org-admin")

    assert reply.refused == (400, "invalid-field")
    assert any(named.startswith(pointer) for named in reply.pointers)


def test_an_empty_attribute_is_text(org: ApiOrg) -> None:
    assert org.item("NUT", attributes={"remark": ""})["attributes"] == {"remark": ""}


def test_an_item_changes_what_is_named_and_keeps_the_rest(org: ApiOrg) -> None:
    item = org.post("/items", FULL, role="org-admin").json

    reply = org.patch("/items/NUT-M8", {"name": "Nut M8, A2"}, '"v1"')

    assert (reply.status, reply.headers["etag"]) == (200, '"v2"')
    assert reply.json == item | {
        "name": "Nut M8, A2",
        "version": 2,
        "updated_at": reply.json["updated_at"],
    }
    assert reply.json["updated_at"] > item["updated_at"]
    assert org.get(f"/items/{item['id']}").json == reply.json


def test_null_leaves_a_field_and_an_empty_description_takes_it_away(org: ApiOrg) -> None:
    org.post("/items", FULL, role="org-admin")

    kept = org.patch("/items/NUT-M8", {"name": "Nut", "description": None, "attributes": None}, '"v1"').json
    cleared = org.patch("/items/NUT-M8", {"description": "", "attributes": {}}, '"v2"').json

    assert (kept["description"], kept["attributes"]) == (FULL["description"], FULL["attributes"])
    assert (cleared["description"], cleared["attributes"]) == (None, {})


@pytest.mark.parametrize("body", [{}, {"name": None}])
def test_a_change_of_nothing_is_refused(org: ApiOrg, body: dict[str, Any]) -> None:
    assert org.patch("/items/BOLT", body, '"v1"').refused == (400, "invalid-field")


@pytest.mark.parametrize("field", ["code", "unit", "tracking", "id", "version", "created_at"])
def test_what_an_item_is_never_changes(org: ApiOrg, field: str) -> None:
    reply = org.patch("/items/BOLT", {field: "X"}, '"v1"')

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [f"/{field}"])


def test_a_change_needs_if_match(org: ApiOrg) -> None:
    assert org.patch("/items/BOLT", {"name": "B"}, None).refused == (428, "precondition-required")


@pytest.mark.parametrize(
    "etag", ['"v2"', '"v0"', 'W/"v1"', "v1", "*", "", '"v1", "v2"', '"x"', '"v' + "9" * 30 + '"']
)
def test_a_change_of_another_version_is_refused(org: ApiOrg, etag: str) -> None:
    assert org.patch("/items/BOLT", {"name": "B"}, etag).refused == (412, "stale-version")
    assert org.get("/items/BOLT").json["name"] == "BOLT"


def test_of_two_changes_to_one_version_the_second_is_refused(org: ApiOrg) -> None:
    assert org.patch("/items/BOLT", {"name": "B1"}, '"v1"').status == 200

    assert org.patch("/items/BOLT", {"name": "B2"}, '"v1"').refused == (412, "stale-version")


def test_a_doubled_if_match_is_refused(org: ApiOrg) -> None:
    headers = [("If-Match", '"v1"'), ("If-Match", '"v1"')]

    reply = org.client.patch(
        f"{org.path}/items/BOLT", {"name": "B"}, token=org.tokens["org-admin"], headers=headers
    )

    assert reply.refused == (412, "stale-version")


def test_a_foreign_item_is_not_changed(org: ApiOrg, other_org: ApiOrg) -> None:
    reply = org.patch(f"/items/{other_org.ids['BOLT']}", {"name": "B"}, '"v1"')

    assert reply.refused == (404, "not-found")
    assert other_org.get("/items/BOLT").json["version"] == 1


def test_an_item_is_not_deleted(org: ApiOrg) -> None:
    reply = org.client.ask("DELETE", f"{org.path}/items/BOLT", token=org.tokens["org-admin"])

    assert reply.refused == (405, "method-not-allowed")
    assert reply.headers["allow"] == "GET, PATCH"
