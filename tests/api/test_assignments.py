"""Assignments and roles over HTTP: given by somebody else, made of permissions that go together (V-23)."""

from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.people import Person, at_once
from support.staff import Staff, administrator


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


def test_an_assignment_is_answered_listed_and_revoked(admin: Staff) -> None:
    made = admin.hires()
    path = f"/principals/{made}/assignments"
    reply = admin.post(path, {"role": "auditor"}, key="once")
    again = admin.post(path, {"role": "auditor"}, key="once")

    revoked = admin.post(f"{path}/{reply.json['id']}/revocation")

    assert (reply.status, again.status, again.is_replayed, again.json) == (201, 200, True, reply.json)
    assert (reply.json["principal"], reply.json["role"], reply.json["sub_org"]) == (made, "auditor", None)
    assert admin.get(path).json["data"] == [revoked.json]
    assert revoked.json["revoked_at"] is not None
    assert admin.post(f"{path}/{reply.json['id']}/revocation").json == revoked.json


def test_a_role_is_given_once_in_one_place_and_again_after_it_was_revoked(admin: Staff) -> None:
    path = f"/principals/{admin.hires()}/assignments"
    first = admin.must(admin.post(path, {"role": "auditor"}))

    assert admin.post(path, {"role": "auditor"}).refused == (409, "conflict")
    admin.must(admin.post(f"{path}/{first['id']}/revocation"))
    assert admin.post(path, {"role": "auditor"}).status == 201


def test_nobody_gives_rights_to_themselves(admin: Staff) -> None:
    me = admin.me["principal"]["id"]

    replies = [
        admin.post(f"/principals/{me}/assignments", {"role": "auditor"}),
        admin.post(f"/principals/{me}/tokens", {"role": "storekeeper"}),
    ]

    assert [reply.refused for reply in replies] == [(403, "forbidden")] * 2
    assert admin.get(f"/principals/{me}/assignments").json["data"] == []


def test_an_assignment_of_somebody_else_is_not_revoked_by_another_path(admin: Staff) -> None:
    one, other = admin.hires(), admin.hires()
    given = admin.must(admin.post(f"/principals/{one}/assignments", {"role": "auditor"}))

    reply = admin.post(f"/principals/{other}/assignments/{given['id']}/revocation")

    assert reply.refused == (404, "not-found")


def test_two_revocations_at_once_are_one_change(admin: Staff) -> None:
    path = f"/principals/{admin.hires()}/assignments"
    given = admin.must(admin.post(path, {"role": "auditor"}))["id"]
    whole = f"{admin.org.path}{path}/{given}/revocation"

    statuses = at_once(
        admin.org.client.url, [lambda client: client.ask("POST", whole, token=admin.token)] * 4
    )

    lines = admin.get("/identity-changes?limit=200").json["data"]
    assert statuses == [200] * 4
    assert [one["action"] for one in lines if one["subject"]["id"] == given] == ["revoked", "created"]


def test_a_role_of_ones_own_acts_and_a_change_of_it_acts_on_the_next_request(admin: Staff) -> None:
    body = {"code": "night-shift", "name": "Night shift", "permissions": ["post", "read"]}
    made = admin.post("/roles", body)
    holder = admin.appoints("night-shift")
    assert Person(admin.org, holder.token).move(RECEIPT).status == 201

    changed = admin.patch("/roles/night-shift", {"permissions": ["read"]}, made.headers["etag"])

    assert (made.status, made.json["permissions"], made.json["is_seeded"]) == (201, ["read", "post"], False)
    assert (changed.status, changed.json["permissions"], changed.headers["etag"]) == (200, ["read"], '"v2"')
    assert Person(admin.org, holder.token).move(RECEIPT).refused == (403, "forbidden")
    assert admin.get(f"/roles/{made.json['id']}").json == changed.json


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"permissions": ["post", "manage-catalog"]}, "/permissions"),
        ({"permissions": ["approve", "manage-identity"]}, "/permissions"),
        ({"permissions": []}, "/permissions"),
        ({"permissions": ["everything"]}, "/permissions/0"),
        ({"code": "A"}, "/code"),
        ({"code": "a0000000-0000-4000-8000-000000000000"}, "/code"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_no_role_may_be_is_named(change: dict[str, Any], pointer: str, admin: Staff) -> None:
    body = {"code": "mine", "name": "Mine", "permissions": ["read"]}
    made = admin.post("/roles", {**body, "code": "made"})

    reply = admin.post("/roles", {**body, **change})

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [pointer])
    if "code" not in change:
        changed = admin.patch("/roles/made", change, made.headers["etag"])
        assert (changed.refused, changed.pointers) == ((400, "invalid-field"), [pointer])


def test_a_code_of_a_role_is_taken_once(admin: Staff) -> None:
    body = {"code": "auditor", "name": "Mine", "permissions": ["read"]}

    assert admin.post("/roles", body).refused == (409, "code-taken")


def test_a_seeded_role_is_not_changed(admin: Staff) -> None:
    reply = admin.patch("/roles/storekeeper", {"permissions": ["read"]}, '"v1"')

    assert reply.refused == (409, "conflict")


def test_nobody_changes_a_role_that_they_hold(admin: Staff) -> None:
    body = {"code": "chief", "name": "Chief", "permissions": ["read", "manage-identity"]}
    made = admin.post("/roles", body)
    chief = admin.appoints("chief")
    more = {"permissions": ["read", "manage-identity", "post"]}

    assert chief.patch("/roles/chief", more, made.headers["etag"]).refused == (403, "forbidden")
    assert admin.patch("/roles/chief", more, made.headers["etag"]).status == 200


def test_roles_are_listed_by_code_to_whoever_reads(admin: Staff) -> None:
    codes = [one["code"] for one in admin.org.get("/roles").json["data"]]

    assert codes == [
        *("auditor", "controller", "counter", "integration", "org-admin", "provisioner", "storekeeper")
    ]
