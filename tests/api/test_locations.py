"""Locations over HTTP: where stock can be, and the virtual edge of the world that every organisation has."""

from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
VIRTUAL = {"SUPPLIER", "CUSTOMER", "CONSUMPTION", "ADJUSTMENT", "SCRAP", "OPENING"}


def test_an_organisation_is_born_with_one_location_of_each_virtual_kind(org: ApiOrg) -> None:
    found = org.get("/locations").json["data"]

    assert {one["code"]: one["kind"] for one in found if one["code"] not in ("A", "B")} == {
        code: code.lower() for code in VIRTUAL
    }


def test_a_location_is_answered_as_it_was_created(org: ApiOrg) -> None:
    body = {"code": "A-1", "name": "Rack 1", "kind": "storage", "parent": "A"}

    reply = org.post("/locations", body, role="org-admin")

    assert (reply.status, reply.headers["etag"], reply.json["version"]) == (201, '"v1"', 1)
    assert reply.json | body == reply.json | {"parent": "A"}
    assert reply.json["parent"] == {"id": org.ids["A"], "code": "A"}
    assert org.get("/locations/A-1").json == org.get(f"/locations/{reply.json['id']}").json == reply.json


@pytest.mark.parametrize(
    "kind", ["storage", "transit", "supplier", "customer", "consumption", "adjustment", "scrap", "opening"]
)
def test_a_location_has_a_kind(org: ApiOrg, kind: str) -> None:
    assert org.location("NEW", kind=kind)["kind"] == kind


def test_a_location_in_transit_holds_stock(org: ApiOrg) -> None:
    org.location("TRUCK", kind="transit")

    assert org.movement(RECEIPT, target="TRUCK")["target"]["on_hand"] == "24"


def test_a_second_supplier_is_named_by_the_movement(org: ApiOrg) -> None:
    org.location("ACME", kind="supplier")

    assert org.movement(RECEIPT, source="ACME")["source"]["code"] == "ACME"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "shelf"}, "/kind"),
        ({"kind": None}, "/kind"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_a_location_cannot_be_is_named_by_its_field(
    org: ApiOrg, change: dict[str, Any], pointer: str
) -> None:
    reply = org.post("/locations", {"code": "C", "name": "C", "kind": "storage", **change}, role="org-admin")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [pointer])


@pytest.mark.parametrize("field", ["parent", "sub_org"])
@pytest.mark.parametrize("reference", ["NOPE", UNKNOWN_ID])
def test_an_unknown_reference_is_named(org: ApiOrg, field: str, reference: str) -> None:
    body = {"code": "C", "name": "C", "kind": "storage", field: reference}

    reply = org.post("/locations", body, role="org-admin")

    assert (reply.refused, reply.pointers) == ((400, "unknown-reference"), [f"/{field}"])


def test_a_foreign_parent_is_answered_as_an_unknown_one(org: ApiOrg, other_org: ApiOrg) -> None:
    answers = [
        org.post(
            "/locations", {"code": "C", "name": "C", "kind": "storage", "parent": parent}, role="org-admin"
        )
        for parent in (UNKNOWN_ID, other_org.ids["A"])
    ]

    assert {one.refused for one in answers} == {(400, "unknown-reference")}
    assert len({str(one.json | {"request_id": ""}) for one in answers}) == 1


def test_a_location_is_renamed_by_version(org: ApiOrg) -> None:
    reply = org.patch("/locations/A", {"name": "Hall A"}, '"v1"')

    assert (reply.status, reply.headers["etag"], reply.json["name"]) == (200, '"v2"', "Hall A")
    assert org.patch("/locations/A", {"name": "Hall B"}, '"v1"').refused == (412, "stale-version")
    assert org.patch("/locations/A", {"name": "Hall B"}, None).refused == (428, "precondition-required")


@pytest.mark.parametrize("field", ["code", "kind", "parent"])
def test_what_a_location_is_never_changes(org: ApiOrg, field: str) -> None:
    reply = org.patch("/locations/A", {"name": "A", field: "B"}, '"v1"')

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [f"/{field}"])


@pytest.mark.parametrize("address", ["NOPE", UNKNOWN_ID, "%00", "%ED%A0%80", "x" * 10_000])
def test_an_address_of_no_location_is_not_found(org: ApiOrg, address: str) -> None:
    assert org.get(f"/locations/{address}").refused == (404, "not-found")
    assert org.patch(f"/locations/{address}", {"name": "A"}, '"v1"').refused == (404, "not-found")


def test_a_foreign_location_is_not_found(org: ApiOrg, other_org: ApiOrg) -> None:
    assert org.get(f"/locations/{other_org.ids['A']}").refused == (404, "not-found")
