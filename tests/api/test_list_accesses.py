"""Who saw a person as one of many: lists of people, and notes in lists, are told in their bundles (V-25)."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.directories import Directory, directory, principal_of
from support.logs import PATIENCE_S
from support.staff import Staff, administrator

NOTED = {**RECEIPT, "note": "left at gate 4"}
Told = Callable[..., dict[str, Any]]


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


@pytest.fixture
def told(org: ApiOrg, admin: Staff) -> Told:
    """Return what a person is told of an operation, once a read that came after everything else is told as well."""

    def ask(principal: str, operation: str = "") -> list[dict[str, Any]]:
        mark = org.get(f"/principals/{principal}/history", role="auditor").headers["x-request-id"]
        deadline = time.monotonic() + PATIENCE_S
        while True:
            held = admin.must(admin.get(f"/principals/{principal}/bundle"))["held"]
            found: list[dict[str, Any]] = held.get("accessed_by", [])
            if mark in {one["request"] for one in found}:
                return [one for one in found if one["operation"] == operation]
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    return ask


def _who(org: ApiOrg, role: str) -> str:
    found: str = org.get("/me", role=role).json["principal"]["id"]
    return found


def test_a_list_of_people_is_told_to_each_whom_it_showed(org: ApiOrg, admin: Staff, told: Told) -> None:
    ada, bob = admin.hires(), admin.hires("Bob")

    listed = admin.get("/principals")
    unseen = admin.hires("Cleo")

    assert listed.status == 200
    for one in (ada, bob):
        (seen,) = told(one, "listPrincipals")
        assert (seen["in"], seen["request"], seen["actor"]) == (
            "list",
            listed.headers["x-request-id"],
            _who(org, "org-admin"),
        )
        assert seen["at"].endswith("Z")
    assert told(unseen, "listPrincipals") == []


def test_whom_a_page_has_no_room_for_it_did_not_show(org: ApiOrg, admin: Staff, told: Told) -> None:
    eve = admin.appoints("org-admin", "Eve")
    ada, bob = admin.hires(), admin.hires("Bob")
    there = len(admin.get("/principals?limit=200").json["data"])

    page = eve.get(f"/principals?limit={there - 1}")

    assert page.json["data"][-1]["id"] == ada
    by_eve = [
        [one["request"] for one in told(shown, "listPrincipals") if one["actor"] != _who(org, "org-admin")]
        for shown in (ada, bob)
    ]
    assert by_eve == [[page.headers["x-request-id"]], []]


def test_a_reader_is_told_once_a_day_for_each_way_to_see_a_person(admin: Staff, told: Told) -> None:
    ada = admin.hires()
    admin.issues(ada)

    people = [admin.get("/principals") for _ in range(3)]
    tokens = [admin.get("/tokens") for _ in range(2)]

    assert [one["request"] for one in told(ada, "listPrincipals")] == [people[0].headers["x-request-id"]]
    assert [one["request"] for one in told(ada, "listTokens")] == [tokens[0].headers["x-request-id"]]


def test_a_note_in_a_list_is_told_to_its_writer_and_a_name_beside_stock_is_not(
    org: ApiOrg, admin: Staff, told: Told
) -> None:
    ada, bob = admin.hires(), admin.hires("Bob")
    for one, body in ((ada, NOTED), (bob, RECEIPT)):
        token = admin.issues(one)["token"]
        admin.must(org.client.post(f"{org.path}/movements", body, token=token, key=one))

    newest = org.get("/movements?limit=1")
    whole = org.get("/movements")

    assert newest.json["data"][0]["actor"] == {"id": bob, "kind": "user", "name": "Bob"}
    assert [one["request"] for one in told(ada, "listMovements")] == [whole.headers["x-request-id"]]
    assert told(bob, "listMovements") == []


@pytest.mark.parametrize("form", ["", "&format=csv"])
def test_a_note_in_a_report_is_told_to_its_writer_as_a_page_and_in_a_file(
    org: ApiOrg, admin: Staff, told: Told, form: str
) -> None:
    ada, bob = admin.hires(), admin.hires("Bob")
    for one, body in ((ada, NOTED), (bob, RECEIPT)):
        token = admin.issues(one)["token"]
        admin.must(org.client.post(f"{org.path}/movements", body, token=token, key=one))

    for name, operation in (("movement-register", "listMovementRegister"), ("stock-card", "listStockCard")):
        shown = org.get(f"/reports/{name}?item=BOLT{form}")
        assert shown.status == 200
        assert [one["request"] for one in told(ada, operation)] == [shown.headers["x-request-id"]]
        assert told(bob, operation) == []


def test_a_change_is_told_to_whose_record_it_was_and_not_to_who_made_it(
    org: ApiOrg, admin: Staff, told: Told
) -> None:
    eve = admin.appoints("org-admin", "Eve")
    eve_id, ada = eve.me["principal"]["id"], admin.hires()
    token = eve.issues(ada)["id"]
    admin.must(admin.post(f"/tokens/{token}/revocation"))

    shown = org.get("/identity-changes?limit=2", role="auditor")

    assert [one["subject"]["kind"] for one in shown.json["data"]] == ["token", "token"]
    assert [one["actor"]["id"] for one in shown.json["data"]] == [_who(org, "org-admin"), eve_id]
    assert [one["request"] for one in told(ada, "listIdentityChanges")] == [shown.headers["x-request-id"]]
    assert told(eve_id, "listIdentityChanges") == []


def test_a_token_by_its_own_id_is_a_record_of_its_person(org: ApiOrg, admin: Staff, told: Told) -> None:
    ada = admin.hires()
    token = admin.issues(ada)["id"]

    read = admin.get(f"/tokens/{token}")
    past = org.get(f"/tokens/{token}/history", role="auditor")
    revoked = admin.post(f"/tokens/{token}/revocation")

    for operation, reply in (("getToken", read), ("listTokenVersions", past), ("revokeToken", revoked)):
        (seen,) = told(ada, operation)
        assert (seen["in"], seen["request"]) == ("record", reply.headers["x-request-id"])


@pytest.fixture
def at_work(org: ApiOrg) -> Directory:
    return directory(org)


def test_a_directory_is_told_to_whom_its_lists_showed(org: ApiOrg, at_work: Directory, told: Told) -> None:
    ada, bob = (at_work.hires(f"{name}-{org.code}@example.com") for name in ("ada", "bob"))

    found = at_work.get(f"/Users?filter=userName%20eq%20%22{ada['userName']}%22")
    everybody = at_work.get("/Users")

    persons = [principal_of(org, one["id"]) for one in (ada, bob)]
    requests = [[one["request"] for one in told(person, "listUsers")] for person in persons]
    assert requests == [[found.headers["x-request-id"]], [everybody.headers["x-request-id"]]]
    assert [one["in"] for one in told(persons[0], "listScimUsers")] == ["list"]


def test_who_is_in_a_group_is_told_where_its_members_were_asked_for(
    org: ApiOrg, at_work: Directory, told: Told
) -> None:
    ada, bob = at_work.hires(), at_work.hires()
    group = at_work.groups("", bob["id"])
    heads = at_work.get("/Groups?excludedAttributes=members")
    at_work.puts_into(group["id"], ada["id"])

    whole = at_work.get(f"/Groups/{group['id']}")

    assert heads.json["Resources"][0].get("members") is None
    person = principal_of(org, ada["id"])
    assert [one["request"] for one in told(person, "getGroup")] == [whole.headers["x-request-id"]]
    assert told(principal_of(org, bob["id"]), "listGroups") == []


def test_services_are_nobodys_data_and_nobody_is_told_of_themselves(admin: Staff, told: Told) -> None:
    eve, robot = admin.appoints("org-admin", "Eve"), admin.hires("robot", "service")
    ada = admin.hires()

    listed = eve.get("/principals?limit=200")

    shown = {one["id"] for one in listed.json["data"]}
    assert {robot, ada, eve.me["principal"]["id"]} <= shown
    assert [one["request"] for one in told(ada, "listPrincipals")] == [listed.headers["x-request-id"]]
    assert told(robot, "listPrincipals") == []
    assert told(eve.me["principal"]["id"], "listPrincipals") == []


def test_a_list_that_was_refused_showed_nobody(org: ApiOrg, admin: Staff, told: Told) -> None:
    ada = admin.hires()

    refused = [org.get("/principals", role="storekeeper"), admin.get("/principals?cursor=none")]

    assert [one.status for one in refused] == [403, 400]
    assert told(ada, "listPrincipals") == []
