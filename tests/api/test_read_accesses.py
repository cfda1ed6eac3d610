"""Who read about a person: each request for one record of theirs is told in their bundle (GDPR, article 15; V-09)."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.directories import directory
from support.logs import PATIENCE_S
from support.staff import Staff, administrator

NOTED = {**RECEIPT, "note": "left at gate 4"}
Told = Callable[[str, int], list[tuple[str, str, str]]]


@pytest.fixture
def admin(org: ApiOrg) -> Staff:
    return administrator(org)


@pytest.fixture
def told(admin: Staff) -> Told:
    """Return what the bundle of a person tells, once it tells so much: operation, request and who it was."""

    def ask(principal: str, least: int) -> list[tuple[str, str, str]]:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            held: dict[str, Any] = admin.must(admin.get(f"/principals/{principal}/bundle"))["held"]
            found = held.get("accessed_by", [])
            if len(found) >= least:
                return [(one["operation"], one["request"], one["actor"]) for one in found]
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    return ask


def _who(org: ApiOrg, role: str) -> str:
    found: str = org.get("/me", role=role).json["principal"]["id"]
    return found


def test_a_read_of_one_person_is_told_with_who_when_and_what(org: ApiOrg, admin: Staff, told: Told) -> None:
    principal, other = admin.hires(), admin.hires("Bob")
    admin.get(f"/principals/{other}")

    read = admin.get(f"/principals/{principal}")
    past = org.get(f"/principals/{principal}/history", role="auditor")

    found = told(principal, 2)
    assert found[:2] == [
        ("getPrincipal", read.headers["x-request-id"], admin.me["principal"]["id"]),
        ("listPrincipalVersions", past.headers["x-request-id"], _who(org, "auditor")),
    ]
    assert read.headers["x-request-id"] not in {request for _, request, _ in told(other, 1)}


def test_to_hand_out_a_bundle_is_told_in_the_next_one(admin: Staff, told: Told) -> None:
    principal = admin.hires()
    made = admin.get(f"/principals/{principal}/bundle")

    assert told(principal, 1)[0][:2] == ("getPrincipalBundle", made.headers["x-request-id"])


def test_a_read_of_what_a_person_wrote_is_about_them_and_of_what_they_did_is_not(
    org: ApiOrg, admin: Staff, told: Told
) -> None:
    principal = admin.hires()
    token = admin.issues(principal)["token"]
    path = f"{org.path}/movements"
    noted = admin.must(org.client.post(path, NOTED, token=token, key="k1"))["id"]
    bare = admin.must(org.client.post(path, RECEIPT, token=token, key="k2"))["id"]

    read, unread = org.get(f"/movements/{noted}"), org.get(f"/movements/{bare}")
    searched = org.get(f"/movements?actor={principal}")

    requests = {request: operation for operation, request, _ in told(principal, 3)}
    assert requests[read.headers["x-request-id"]] == "getMovement"
    assert requests[searched.headers["x-request-id"]] == "listMovements"
    assert unread.headers["x-request-id"] not in requests


def test_a_read_of_a_user_of_the_directory_is_about_its_person(org: ApiOrg, admin: Staff, told: Told) -> None:
    at_work = directory(org)
    made = at_work.hires()
    read = at_work.ask("GET", f"/Users/{made['id']}")
    (link,) = admin.must(admin.get("/scim-users"))["data"]

    found = told(link["principal"]["id"], 1)

    assert read.headers["x-request-id"] in {request for _, request, _ in found}


def test_what_was_refused_read_nothing(org: ApiOrg, admin: Staff, told: Told) -> None:
    principal = admin.hires()
    refused = org.get(f"/principals/{principal}", role="storekeeper")
    read = admin.get(f"/principals/{principal}")

    assert refused.refused == (403, "forbidden")
    requests = {request for _, request, _ in told(principal, 1)}
    assert read.headers["x-request-id"] in requests
    assert refused.headers["x-request-id"] not in requests
