"""A directory that wants more than it was given: other organisations, other people, roles, the last administrator."""

from typing import Any

import pytest

from support.api_orgs import ApiOrg
from support.browsers import sign_in
from support.directories import LEAVES, Directory, directory, lines, maps, principal_of, roles_of, told
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


def sole(admin: Staff) -> tuple[Staff, str]:
    """Make a person, by hand, the last who manages identity; return them and their principal."""
    ada = admin.hires("Ada")
    admin.must(admin.post(f"/principals/{ada}/assignments", {"role": "org-admin"}))
    works = Staff(admin.org, admin.issues(ada, "org-admin")["token"])
    works.must(works.post(f"/principals/{admin.me['principal']['id']}/disabling"))
    return works, ada


@pytest.mark.parametrize("kind", ["Users", "Groups"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_what_another_directory_made_is_what_nobody_made(
    method: str, kind: str, org: ApiOrg, other_org: ApiOrg
) -> None:
    ours, theirs = directory(org), directory(other_org)
    foreign = theirs.hires()["id"] if kind == "Users" else theirs.groups()["id"]
    body = {
        "PUT": {"userName": "x", "displayName": "x"},
        "PATCH": {"Operations": [{"op": "replace", "path": "displayName", "value": "x"}]},
    }.get(method)

    replies = [ours.ask(method, f"/{kind}/{one}", body) for one in (foreign, UNKNOWN)]

    assert [told(one) for one in replies] == [(404, None)] * 2
    assert replies[0].body == replies[1].body
    assert theirs.get(f"/{kind}/{foreign}").status == 200


def test_a_foreign_member_is_refused_as_an_unknown_one(org: ApiOrg, other_org: ApiOrg) -> None:
    ours, foreign = directory(org), directory(other_org).hires()["id"]
    group = ours.groups()["id"]
    asked = [
        lambda one: ours.ask("POST", "/Groups", {"displayName": "x", "members": [{"value": one}]}),
        lambda one: ours.ask("PUT", f"/Groups/{group}", {"displayName": "x", "members": [{"value": one}]}),
        lambda one: ours.patch(
            f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": one}]}
        ),
    ]

    for ask in asked:
        replies = [ask(one) for one in (foreign, UNKNOWN, "nobody")]
        assert [told(one) for one in replies] == [(400, "invalidValue")] * 3
        assert len({one.body for one in replies}) == 1
    assert ours.find("Groups", 'displayName eq "x"') == []
    assert ours.find("Users", f'id eq "{foreign}"') == []


def test_a_name_that_another_organisation_has_is_free(org: ApiOrg, other_org: ApiOrg) -> None:
    made = [directory(one).hires("ada@example.com")["id"] for one in (org, other_org)]

    assert made[0] != made[1]


def test_a_principal_that_it_did_not_make_is_out_of_reach_until_it_is_handed_over(
    sent: Directory, admin: Staff
) -> None:
    ada = admin.hires("Ada")
    assert told(sent.patch(f"/Users/{ada}", LEAVES)) == (404, None)
    assert sent.get("/Users").json["totalResults"] == 0

    handed = admin.must(admin.post("/scim-users", {"principal": ada, "user_name": "ada@example.com"}))
    left = sent.patch(f"/Users/{handed['id']}", LEAVES)

    assert (handed["is_linked"], left.json["active"], left.json["userName"]) == (
        True,
        False,
        "ada@example.com",
    )
    shown = admin.get(f"/principals/{ada}").json
    assert (shown["name"], shown["disabled_at"] is None) == ("Ada", False)
    taken = admin.org.client.ask("DELETE", f"{admin.org.path}/scim-users/{handed['id']}", token=admin.token)
    assert taken.json["removed_at"] is not None
    assert told(sent.get(f"/Users/{handed['id']}")) == (404, None)


def test_it_neither_maps_nor_hands_out_nor_reads_what_is_not_its_own(sent: Directory, admin: Staff) -> None:
    group, user = sent.groups()["id"], sent.hires()["id"]
    principal = principal_of(admin.org, user)
    it = Staff(admin.org, sent.token)

    replies = [
        it.post(f"/scim-groups/{group}/mappings", {"role": "org-admin"}),
        it.post("/scim-users", {"principal": principal, "user_name": "x"}),
        it.post(f"/principals/{principal}/assignments", {"role": "org-admin"}),
        it.post(f"/principals/{principal}/tokens", {"role": "org-admin"}),
        it.post("/roles", {"code": "mine", "name": "x", "permissions": ["read"]}),
        it.get("/items"),
        it.get("/principals"),
    ]

    assert [one.refused for one in replies] == [(403, "forbidden")] * 7


def test_a_group_gives_what_is_mapped_to_it_and_a_name_gives_nothing(sent: Directory, admin: Staff) -> None:
    user = sent.hires(roles=[{"value": "org-admin"}])["id"]
    mapped = sent.groups("Storekeepers")["id"]
    maps(admin, mapped, "storekeeper")
    assert sent.ask("DELETE", f"/Groups/{mapped}").status == 204

    again = sent.groups("Storekeepers", user)["id"]
    sent.must(sent.patch(f"/Groups/{again}", {"op": "replace", "path": "displayName", "value": "org-admin"}))

    assert roles_of(admin.org, user) == []


def test_a_role_of_two_groups_goes_with_the_second_and_one_given_by_hand_stays(
    sent: Directory, admin: Staff
) -> None:
    user = sent.hires()["id"]
    groups = [sent.groups("", user)["id"] for _ in range(2)]
    for one in groups:
        maps(admin, one, "auditor")
    admin.must(admin.post(f"/principals/{principal_of(admin.org, user)}/assignments", {"role": "auditor"}))

    stood = [roles_of(admin.org, user)]
    for one in groups:
        sent.ask("DELETE", f"/Groups/{one}")
        stood.append(roles_of(admin.org, user))

    assert stood == [["auditor"] * 2, ["auditor"] * 2, ["auditor"]]


def test_a_mapping_that_goes_takes_what_it_gave(sent: Directory, admin: Staff) -> None:
    user = sent.hires()["id"]
    group = sent.groups("", user)["id"]
    mapping, _ = (maps(admin, group, role)["id"] for role in ("auditor", "storekeeper"))
    assert roles_of(admin.org, user) == ["auditor", "storekeeper"]

    path = f"{admin.org.path}/scim-groups/{group}/mappings/{mapping}"
    gone = admin.org.client.ask("DELETE", path, token=admin.token)

    assert (gone.status, gone.json["removed_at"] is None) == (200, False)
    assert roles_of(admin.org, user) == ["storekeeper"]


@pytest.mark.parametrize("role", ["provisioner", "break-glass"])
def test_no_group_makes_a_directory_or_an_operator(role: str, sent: Directory, admin: Staff) -> None:
    group = sent.groups()["id"]

    reply = admin.post(f"/scim-groups/{group}/mappings", {"role": role})

    assert reply.refused in ((403, "forbidden"), (400, "unknown-reference"))
    assert admin.get(f"/scim-groups/{group}/mappings").json["data"] == []


def test_nobody_maps_a_group_that_they_are_in_nor_hands_themselves_over(
    sent: Directory, admin: Staff
) -> None:
    works, ada = sole(admin)
    assert works.post("/scim-users", {"principal": ada, "user_name": "ada"}).refused == (403, "forbidden")
    bob = works.appoints("org-admin", "Bob")
    handed = bob.must(bob.post("/scim-users", {"principal": ada, "user_name": "ada"}))["id"]
    group = sent.groups("", handed)["id"]

    assert works.post(f"/scim-groups/{group}/mappings", {"role": "controller"}).refused == (403, "forbidden")
    assert bob.post(f"/scim-groups/{group}/mappings", {"role": "controller"}).status == 201


def test_the_last_administrator_is_not_the_directorys_to_disable(sent: Directory, admin: Staff) -> None:
    bob = admin.appoints("org-admin", "Bob")
    works, ada = sole(admin)
    handed = bob.must(bob.post("/scim-users", {"principal": ada, "user_name": "ada"}))["id"]
    works.must(works.post(f"/principals/{bob.me['principal']['id']}/disabling"))
    before = lines(works)

    replies = [
        sent.patch(f"/Users/{handed}", LEAVES),
        sent.ask("PUT", f"/Users/{handed}", {"userName": "ada", "active": False}),
        sent.ask("DELETE", f"/Users/{handed}"),
    ]

    assert [told(one) for one in replies] == [(409, None)] * 3
    assert lines(works) == before
    assert works.get("/me").status == 200


def test_the_last_administrator_by_a_group_stays_in_it(sent: Directory, admin: Staff) -> None:
    user = sent.hires()["id"]
    group = sent.groups("Administrators", user)["id"]
    maps(admin, group, "org-admin")
    others = [one["id"] for one in admin.get("/tokens?limit=200").json["data"] if one["role"] == "org-admin"]
    for one in others:
        admin.must(admin.post(f"/tokens/{one}/revocation"))

    replies = [
        sent.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{user}"]'}),
        sent.ask("PUT", f"/Groups/{group}", {"displayName": "x"}),
        sent.ask("DELETE", f"/Groups/{group}"),
        sent.patch(f"/Users/{user}", LEAVES),
        sent.ask("DELETE", f"/Users/{user}"),
    ]

    assert [told(one) for one in replies] == [(409, None)] * 5
    assert [one["value"] for one in sent.get(f"/Groups/{group}").json["members"]] == [user]


def test_whom_an_administrator_disabled_the_directory_does_not_enable(sent: Directory, admin: Staff) -> None:
    user = sent.hires()["id"]
    principal = principal_of(admin.org, user)
    sent.must(sent.patch(f"/Users/{user}", LEAVES))
    admin.must(admin.post(f"/principals/{principal}/enabling"))
    assert sent.get(f"/Users/{user}").json["active"] is True
    admin.must(admin.post(f"/principals/{principal}/disabling"))

    back = sent.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": True})

    assert told(back) == (403, None)
    assert admin.get(f"/principals/{principal}").json["disabled_at"] is not None


@pytest.mark.parametrize("kind", ["user", "process"])
def test_only_a_service_account_provisions(kind: Any, org: ApiOrg, api_door: Database) -> None:
    other = Directory(org, join(api_door, org, "provisioner", kind=kind).token)

    replies = [other.get("/Users"), other.get("/Schemas"), other.ask("POST", "/Users", {"userName": "x"})]

    assert [told(one) for one in replies] == [(403, None)] * 3


def test_a_session_does_not_provision(org: ApiOrg, api_door: Database) -> None:
    browser = sign_in(api_door, org, "provisioner")

    assert told(browser.ask("GET", "/scim/v2/Users")) == (403, None)


def test_a_directory_of_a_department_is_none(org: ApiOrg, api_door: Database) -> None:
    assert org.post("/sub-orgs", {"code": "STORES", "name": "x"}, role="org-admin").status == 201
    narrow = Directory(org, join(api_door, org, "provisioner", kind="service", sub_org="STORES").token)

    assert told(narrow.get("/Users")) == (403, None)
    assert told(narrow.ask("POST", "/Users", {"userName": "x"})) == (403, None)
