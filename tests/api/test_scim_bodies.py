"""What a directory writes is kept once, whole, within bounds and at its version, or refused and not written at all."""

from typing import Any
from uuid import uuid4

import pytest

from support.api_orgs import ApiOrg
from support.directories import GROUP, LEAVES, MEDIA_TYPE, USER, Directory, directory, lines, told
from support.http_client import Client, Reply
from support.people import at_once
from support.staff import Staff, administrator

UNKNOWN = "019a9f00-0000-7000-8000-000000000000"


@pytest.fixture
def sent(org: ApiOrg) -> Directory:
    return directory(org)


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_of_two_with_one_name_at_once_one_is_told_that_it_is_taken(kind: str, sent: Directory) -> None:
    name = f"ada-{uuid4().hex}"
    body = (
        {"userName": name, "schemas": [USER]}
        if kind == "Users"
        else {"displayName": name, "schemas": [GROUP]}
    )
    path, headers = f"{sent.org.path}/scim/v2/{kind}", [("Content-Type", MEDIA_TYPE)]

    def ask(client: Client) -> Reply:
        return client.ask("POST", path, body, token=sent.token, headers=headers)

    assert at_once(sent.org.client.url, [ask] * 4) == [201, 409, 409, 409]
    assert sent.get(f"/{kind}").json["totalResults"] == 1


def test_a_taken_name_is_a_conflict_and_writes_nothing(sent: Directory, admin: Staff) -> None:
    first, other = sent.hires("ada@example.com")["id"], sent.hires("bob@example.com")["id"]
    before, people = lines(admin), len(admin.get("/principals?limit=200").json["data"])

    replies = [
        sent.ask("POST", "/Users", {"userName": "Ada@Example.com"}),
        sent.ask("PUT", f"/Users/{other}", {"userName": "ADA@example.com"}),
        sent.patch(f"/Users/{other}", {"op": "replace", "path": "userName", "value": "ada@example.com"}),
    ]

    assert [told(one) for one in replies] == [(409, "uniqueness")] * 3
    assert (lines(admin), len(admin.get("/principals?limit=200").json["data"])) == (before, people)
    assert sent.ask("DELETE", f"/Users/{first}").status == 204
    assert sent.ask("POST", "/Users", {"userName": "ada@example.com"}).json["id"] != first


def test_operations_are_applied_all_or_none(sent: Directory, admin: Staff) -> None:
    ada = sent.hires(displayName="Ada")
    before = lines(admin)

    reply = sent.patch(
        f"/Users/{ada['id']}",
        {"op": "replace", "path": "displayName", "value": "Eve"},
        {"op": "replace", "path": "id", "value": UNKNOWN},
    )

    assert told(reply) == (400, "mutability")
    assert sent.get(f"/Users/{ada['id']}").json == ada
    assert lines(admin) == before


def test_a_version_that_was_overtaken_changes_nothing(sent: Directory) -> None:
    user = sent.hires()
    path, old = f"/Users/{user['id']}", [("If-Match", user["meta"]["version"])]
    changed = sent.patch(path, {"op": "add", "path": "title", "value": "Clerk"}, headers=old)
    assert changed.headers["etag"] == changed.json["meta"]["version"] != user["meta"]["version"]

    replies = [
        sent.patch(path, LEAVES, headers=old),
        sent.ask("PUT", path, {"userName": "x"}, headers=old),
        sent.ask("DELETE", path, headers=old),
        sent.ask("DELETE", path, headers=[("If-Match", "x")]),
    ]

    assert [told(one) for one in replies] == [(412, None)] * 4
    assert sent.ask("DELETE", path, headers=[("If-Match", f"W/{changed.headers['etag']}")]).status == 204


@pytest.mark.parametrize(
    ("body", "keyword"),
    [
        (b"{", "invalidSyntax"),
        ({}, "invalidValue"),
        ({"userName": ""}, "invalidValue"),
        ({"userName": "a\u202eb"}, "invalidValue"),
        ({"userName": "x" * 256}, "invalidValue"),
        ({"userName": "\ufdfa" * 255}, "invalidValue"),
        ({"userName": 7}, "invalidValue"),
        ({"userName": "ada", "active": "perhaps"}, "invalidValue"),
        ({"userName": "ada", "displayName": "a\u202eb"}, "invalidValue"),
        ({"userName": "ada", "emails": [{"value": "x"}] * 21}, "invalidValue"),
        ({"userName": "ada", "emails": [{"value": "\u20ac" * 255}] * 20}, None),
        ({"userName": "ada", "name": {"formatted": "x" * 256}}, "invalidValue"),
        ({"userName": "ada", "id": "mine"}, None),
    ],
)
def test_what_cannot_be_kept_is_refused_and_what_is_not_the_directorys_ignored(
    body: Any, keyword: str | None, sent: Directory
) -> None:
    reply = sent.ask("POST", "/Users", body)

    if keyword is None:
        assert reply.status == 201
        assert reply.json["id"] != "mine"
    else:
        assert told(reply) == (400, keyword)
        assert sent.get("/Users").json["totalResults"] == 0


def test_lists_come_in_parts_and_are_bounded(sent: Directory) -> None:
    made = [sent.hires()["id"] for _ in range(5)]
    pages = [sent.get(f"/Users?startIndex={start}&count=2").json for start in (1, 3, 5, 7)]

    assert [[one["id"] for one in page["Resources"]] for page in pages] == [made[:2], made[2:4], made[4:], []]
    assert {page["totalResults"] for page in pages} == {5}
    assert sent.get("/Users?startIndex=-4&count=-1").json["itemsPerPage"] == 0
    assert told(sent.get("/Users?count=x")) == (400, "invalidValue")
    assert sent.get("/Users?count=100000").json["itemsPerPage"] == 5
    (shown,) = sent.get("/Users?count=1&attributes=userName").json["Resources"]
    assert shown.keys() == {"schemas", "id", "userName"}


def test_a_member_is_not_sent_where_members_are_not_asked_for(sent: Directory) -> None:
    group = sent.groups("", sent.hires()["id"])["id"]

    for selection in (
        "excludedAttributes=members",
        "attributes=displayName",
        f"excludedAttributes={GROUP}:members",
    ):
        assert "members" not in sent.get(f"/Groups/{group}?{selection}").json
    assert "members" in sent.get(f"/Groups/{group}?attributes=members.value").json
