"""What an administrator says of a directory: which roles its groups give, and whom it keeps."""

from typing import Any

import pytest

from support.api_orgs import ApiOrg
from support.directories import USER, Directory, directory, maps, roles_of
from support.http_client import Reply
from support.people import join
from support.staff import Staff, administrator
from velaurum.db.connection import Database

UNKNOWN = "019a9f00-0000-7000-8000-000000000000"


@pytest.fixture
def sent(org: ApiOrg) -> Directory:
    return directory(org)


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


def delete(admin: Staff, path: str) -> Reply:
    return admin.org.client.ask("DELETE", admin.org.path + path, token=admin.token)


def test_a_mapping_is_decided_once_per_key_and_once_per_group_and_role(sent: Directory, admin: Staff) -> None:
    path, body = f"/scim-groups/{sent.groups()['id']}/mappings", {"role": "auditor"}

    first, again = (admin.post(path, body, key="once") for _ in range(2))
    other = admin.post(path, body)

    assert (first.status, again.status, again.is_replayed, again.json) == (201, 200, True, first.json)
    assert (other.refused, other.pointers) == ((409, "code-taken"), ["/role"])
    assert admin.post(path, {"role": "storekeeper"}, key="once").code == "idempotency-key-reused"
    assert [one["role"] for one in admin.get(path).json["data"]] == ["auditor"]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"role": "nope"}, "unknown-reference", "/role"),
        ({"role": "auditor", "sub_org": "NOPE"}, "unknown-reference", "/sub_org"),
        ({"role": "auditor", "more": 1}, "invalid-field", "/more"),
    ],
)
def test_what_cannot_be_mapped_is_named(
    body: dict[str, Any], code: str, pointer: str, sent: Directory, admin: Staff
) -> None:
    reply = admin.post(f"/scim-groups/{sent.groups()['id']}/mappings", body)

    assert (reply.code, reply.pointers) == (code, [pointer])


def test_a_role_is_given_in_the_department_that_the_mapping_names(sent: Directory, admin: Staff) -> None:
    admin.must(admin.post("/sub-orgs", {"code": "NORTH", "name": "North"}))
    user = sent.hires()["id"]
    group = sent.groups("", user)["id"]

    made = maps(admin, group, "storekeeper", sub_org="NORTH")

    assert made["sub_org"]["code"] == "NORTH"
    (listed,) = admin.get("/scim-groups").json["data"]
    assert (listed["id"], listed["size"], listed["roles"]) == (group, 1, ["storekeeper"])
    assert roles_of(admin.org, user) == ["storekeeper"]


def test_a_mapping_that_is_gone_goes_once(sent: Directory, admin: Staff) -> None:
    group = sent.groups()["id"]
    path = f"/scim-groups/{group}/mappings/{maps(admin, group, 'auditor')['id']}"

    first, again = delete(admin, path), delete(admin, path)

    assert (first.status, again.status, again.json) == (200, 200, first.json)
    assert delete(admin, f"/scim-groups/{group}/mappings/{UNKNOWN}").refused == (404, "not-found")
    assert admin.post(f"/scim-groups/{UNKNOWN}/mappings", {"role": "auditor"}).refused == (404, "not-found")


def test_a_person_is_handed_over_once_and_taken_back(sent: Directory, admin: Staff) -> None:
    ada = admin.hires("Ada")
    body = {"principal": ada, "user_name": "ada@example.com", "external_id": "7e1c"}

    first, again = (admin.post("/scim-users", body, key="once") for _ in range(2))
    taken = [admin.post("/scim-users", {**body, "principal": admin.hires(), "user_name": "ADA@example.com"})]
    taken.append(admin.post("/scim-users", {**body, "user_name": "other"}))

    assert (first.status, again.status, again.json) == (201, 200, first.json)
    assert [one.refused for one in taken] == [(409, "code-taken")] * 2
    assert sent.find("Users", 'externalId eq "7e1c"')[0]["userName"] == "ada@example.com"
    back = delete(admin, f"/scim-users/{first.json['id']}")
    assert back.json["removed_at"] is not None
    assert admin.get(f"/principals/{ada}").json["disabled_at"] is None
    assert admin.must(admin.post("/scim-users", body))["id"] != first.json["id"]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"principal": UNKNOWN}, "unknown-reference", "/principal"),
        ({"principal": "ada"}, "unknown-reference", "/principal"),
        ({"user_name": ""}, "invalid-field", "/user_name"),
        ({"user_name": "a\u202eb"}, "invalid-field", "/user_name"),
        ({"external_id": "x" * 256}, "invalid-field", "/external_id"),
    ],
)
def test_what_cannot_be_handed_over_is_named(
    change: dict[str, Any], code: str, pointer: str, admin: Staff
) -> None:
    reply = admin.post("/scim-users", {"principal": admin.hires(), "user_name": "ada", **change})

    assert (reply.code, reply.pointers) == (code, [pointer])


@pytest.mark.parametrize("kind", ["service", "process"])
def test_a_machine_is_not_handed_over(kind: str, admin: Staff) -> None:
    reply = admin.post("/scim-users", {"principal": admin.hires("robot", kind), "user_name": "robot"})

    assert (reply.code, reply.pointers) == ("unknown-reference", ["/principal"])


def test_who_reaches_a_department_says_nothing_of_a_directory(
    sent: Directory, admin: Staff, api_door: Database
) -> None:
    admin.must(admin.post("/sub-orgs", {"code": "NORTH", "name": "North"}))
    narrow = Staff(admin.org, join(api_door, admin.org, "org-admin", sub_org="NORTH").token)
    group, user = sent.groups()["id"], sent.hires()["id"]

    replies = [
        narrow.get("/scim-users"),
        narrow.get("/scim-groups"),
        narrow.get(f"/scim-groups/{group}/mappings"),
        narrow.post(f"/scim-groups/{group}/mappings", {"role": "auditor"}),
        narrow.post("/scim-users", {"principal": admin.hires(), "user_name": "x"}),
        delete(narrow, f"/scim-users/{user}"),
    ]

    assert [one.refused for one in replies] == [(403, "forbidden")] * 6


def test_the_record_says_who_put_whom_where_and_nothing_of_what_they_are(
    sent: Directory, admin: Staff
) -> None:
    user = sent.hires("ada@example.com", emails=[{"value": "secret-address@example.com"}])["id"]
    group = sent.groups("", user)["id"]
    maps(admin, group, "auditor")
    sent.must(sent.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Secret title"}))

    lines = admin.get("/identity-changes?limit=200")
    said = [(one["subject"]["kind"], one["action"], one["actor"]["name"]) for one in lines.json["data"]]

    for one in (
        ("scim-user", "created", "provisioner"),
        ("scim-user", "changed", "provisioner"),
        ("scim-group", "created", "provisioner"),
        ("scim-member", "created", "provisioner"),
        ("scim-mapping", "created", "org-admin"),
        ("assignment", "created", "org-admin"),
    ):
        assert one in said
    assert b"secret-address" not in lines.body
    assert b"Secret title" not in lines.body


def test_the_configuration_says_what_is_there_and_no_more(sent: Directory) -> None:
    config = sent.get("/ServiceProviderConfig").json
    kinds = {one["name"]: one for one in sent.get("/ResourceTypes").json["Resources"]}
    user = sent.get(f"/Schemas/{USER}").json

    offered = ("patch", "bulk", "sort", "etag", "filter", "changePassword")
    assert [config[name]["supported"] for name in offered] == [True, False, False, True, True, False]
    assert kinds.keys() == {"User", "Group"}
    assert not {"password", "roles", "entitlements"} & {one["name"] for one in user["attributes"]}
    assert sent.ask("POST", "/.search", {}).status == 501
    assert sent.ask("POST", "/Bulk", {}).status == 404
