"""Bodies as Entra ID and Okta send them, where they go beyond RFC 7644 or read it in their own way."""

from typing import Any

import pytest

from support.api_orgs import ApiOrg
from support.directories import ENTERPRISE, GROUP, PATCH, USER, Directory, directory

# Entra ID writes `op` with a capital letter, and false as a text unless it is asked not to (aadOptscim062020).
LEAVES = {
    "Entra, by a path": [{"op": "Replace", "path": "active", "value": "False"}],
    "Entra, with the flag": [{"op": "replace", "path": "active", "value": False}],
    "Entra, several at once": [
        {"op": "Replace", "path": "displayName", "value": "Ada L."},
        {"op": "Replace", "path": "active", "value": "false"},
    ],
    "Okta, an object without a path": [{"op": "replace", "value": {"active": False}}],
    "in a path of another case": [{"op": "REPLACE", "path": "ACTIVE", "value": False}],
    "by the whole name of the attribute": [{"op": "Add", "path": f"{USER}:active", "value": "False"}],
}
ENTRA_USER = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "test_user_ab6490ee@example.com",
    "active": True,
    "displayName": "lennay",
    "emails": [{"type": "work", "primary": True, "value": "lennay@example.com"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
    "roles": [],
    ENTERPRISE: {"department": "Stores", "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d"}},
}
OKTA_USER = {
    "schemas": [USER],
    "userName": "test.user@okta.local",
    "name": {"givenName": "Test", "familyName": "User"},
    "emails": [{"primary": True, "value": "test.user@okta.local", "type": "work"}],
    "displayName": "Test User",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}


@pytest.fixture
def sent(org: ApiOrg) -> Directory:
    return directory(org)


def change(sent: Directory, user: str, *operations: dict[str, Any]) -> Any:
    return sent.must(sent.patch(f"/Users/{user}", *operations))


@pytest.mark.parametrize("name", LEAVES)
def test_somebody_leaves_in_whichever_words(name: str, sent: Directory) -> None:
    user = sent.hires(displayName="Ada")["id"]

    assert change(sent, user, *LEAVES[name])["active"] is False
    assert sent.get(f"/Users/{user}").json["active"] is False


@pytest.mark.parametrize("body", [ENTRA_USER, OKTA_USER], ids=["Entra", "Okta"])
def test_a_user_is_created_as_directories_send_it(body: dict[str, Any], sent: Directory) -> None:
    made = sent.ask("POST", "/Users?aadOptscim062020", body)

    assert made.status == 201, made
    assert made.headers["content-type"] == "application/scim+json"
    assert made.headers["location"] == made.json["meta"]["location"]
    assert made.headers["etag"] == made.json["meta"]["version"]
    kept = {"userName", "externalId", "displayName", "name", "emails", "active"}
    assert {name: made.json[name] for name in kept} == {name: body[name] for name in kept}
    assert not {"password", "roles", "groups"} & set(made.json)


def test_what_is_no_attribute_here_is_neither_kept_nor_shown(sent: Directory) -> None:
    secret = "correct horse battery staple"  # noqa: S105 - what a directory may send along
    user = sent.ask(
        "POST", "/Users", {**OKTA_USER, "password": secret, "roles": [{"value": "org-admin"}]}
    ).json

    changed = change(
        sent,
        user["id"],
        {"op": "replace", "value": {"password": secret, "nickName": "T", "roles": [{"value": "org-admin"}]}},
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "26118915-6090-4610-87e4-49d8ca9f808d"},
    )

    assert changed["meta"]["version"] == user["meta"]["version"]
    assert secret.encode() not in sent.get(f"/Users/{user['id']}").body
    assert "org-admin" not in str(changed)


def test_a_filter_in_a_path_makes_what_it_describes(sent: Directory) -> None:
    user = sent.hires()["id"]

    changed = change(
        sent,
        user,
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "ada@example.com"},
        {"op": "Add", "path": "name.givenName", "value": "Ada"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Stores"},
    )
    again = change(
        sent, user, {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "a@example.com"}
    )

    assert changed["emails"] == [{"value": "ada@example.com", "type": "work"}]
    assert (changed["name"], changed[ENTERPRISE]) == ({"givenName": "Ada"}, {"department": "Stores"})
    assert again["emails"] == [{"value": "a@example.com", "type": "work"}]


def test_an_object_without_a_path_may_name_paths(sent: Directory) -> None:
    user = sent.hires()["id"]

    changed = change(
        sent,
        user,
        {
            "op": "Replace",
            "value": {"displayName": "Ada B.", "name.familyName": "Byron", f"{ENTERPRISE}:division": "North"},
        },
    )

    assert (changed["displayName"], changed["name"]) == ("Ada B.", {"familyName": "Byron"})
    assert changed[ENTERPRISE] == {"division": "North"}


GOES = {
    "by a filter": [{"op": "remove", "path": 'members[value eq "{id}"]'}],
    "Entra, by a value": [{"op": "Remove", "path": "members", "value": [{"value": "{id}"}]}],
    "Okta, by a value that is none": [{"op": "remove", "path": 'members[value eq "{id}"]', "value": None}],
    "as one of a new list": [{"op": "replace", "path": "members", "value": [{"value": "{other}"}]}],
    "as one of a new list without a path": [{"op": "Replace", "value": {"members": [{"value": "{other}"}]}}],
}


def named(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, known in names.items():
            value = value.replace("{" + name + "}", known)
        return value
    if isinstance(value, list):
        return [named(one, names) for one in value]
    return {key: named(one, names) for key, one in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("name", GOES)
def test_a_member_goes_in_whichever_words(name: str, sent: Directory) -> None:
    ada, bob = sent.hires()["id"], sent.hires()["id"]
    group = sent.groups("", ada, bob)["id"]

    left = sent.must(
        sent.patch(f"/Groups/{group}", *[named(one, {"id": ada, "other": bob}) for one in GOES[name]])
    )

    assert [one["value"] for one in left["members"]] == [bob]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "{id}"}]},
        {"op": "add", "path": "members", "value": {"value": "{id}"}},
        {"op": "add", "value": {"members": [{"value": "{id}", "display": "ada@example.com"}]}},
    ],
    ids=["Entra", "one that is no list", "Okta, without a path"],
)
def test_a_member_comes_in_whichever_words(operation: dict[str, Any], sent: Directory) -> None:
    ada, bob = sent.hires()["id"], sent.hires()["id"]
    group = sent.groups("", bob)["id"]

    for _ in range(2):
        reply = sent.patch(f"/Groups/{group}", named(operation, {"id": ada}))
        assert reply.status == 200, reply
        assert {one["value"] for one in reply.json["members"]} == {ada, bob}


def test_a_group_is_created_renamed_and_emptied_as_directories_do(sent: Directory) -> None:
    made = sent.ask(
        "POST",
        "/Groups",
        {
            "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
            "displayName": "Stores",
            "meta": {"resourceType": "Group"},
        },
    )
    assert made.status == 201, made
    path = f"/Groups/{made.json['id']}"

    okta = sent.ask(
        "PATCH",
        path,
        {
            "schemas": [PATCH],
            "Operations": [{"op": "replace", "value": {"id": made.json["id"], "displayName": "Stores 2"}}],
        },
    )
    entra = sent.patch(path, {"op": "Replace", "path": "displayName", "value": "Stores 3"})
    empty = sent.patch(path, {"op": "remove", "path": "members"})

    assert [one.status for one in (okta, entra, empty)] == [200, 200, 200], (
        okta.body,
        entra.body,
        empty.body,
    )
    assert sent.get(path).json["displayName"] == "Stores 3"


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("Users", 'userName eq "{name}"'),
        ("Users", 'userName eq "{upper}"'),
        ("Users", 'username Eq "{name}"'),
        ("Users", 'externalId eq "{external}"'),
        ("Users", 'id eq "{user}"'),
        ("Users", 'displayName eq "ADA {name}"'),
        ("Users", 'active eq true and userName eq "{name}"'),
        ("Groups", 'displayName eq "group {name}"'),
        ("Groups", 'externalId eq "{external}"'),
        ("Groups", 'id eq "{group}"'),
        ("Groups", 'id eq "{group}" and members eq "{user}"'),
        ("Groups", 'id eq "{group}" and members[value eq "{user}"]'),
    ],
)
def test_directories_find_what_they_made(kind: str, condition: str, sent: Directory) -> None:
    name = "ada@example.com"
    user = sent.hires(name, externalId="x-1", displayName=f"Ada {name}")["id"]
    group = sent.groups(f"Group {name}", user, externalId="x-1")["id"]
    sent.hires(), sent.groups()
    names = {"name": name, "upper": name.upper(), "external": "x-1", "user": user, "group": group}

    found = sent.find(kind, named(condition, names))

    assert [one["id"] for one in found] == [user if kind == "Users" else group]


@pytest.mark.parametrize(
    "condition",
    [
        'userName eq "nobody"',
        'externalId eq "X-1"',
        'id eq "nobody"',
        'active eq false and userName eq "ada"',
    ],
)
def test_what_nobody_is_finds_nothing(condition: str, sent: Directory) -> None:
    sent.hires("ada", externalId="x-1")

    assert sent.find("Users", condition) == []


@pytest.mark.parametrize(
    "condition",
    ["userName", 'userName eq "', 'userName sw "a"', "active eq true", 'userName eq "a" or id eq "b"', "((("],
)
def test_what_no_index_answers_is_refused_as_a_filter(condition: str, sent: Directory) -> None:
    with pytest.raises(AssertionError, match="invalidFilter"):
        sent.find("Users", condition)
