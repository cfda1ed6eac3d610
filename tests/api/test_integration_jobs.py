"""Integration jobs over HTTP: asked for once per key, with a secret that is shown once, by who posts."""

import re
from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.callback_answers import NEW, acted, ask, hand_out, read
from support.departments import Departments
from velaurum.db.connection import Database

SECRET = re.compile(r"vlj_[0-9A-Za-z]{92}[0-9a-f]{32}")


def test_a_job_is_asked_for_once_per_key_and_its_secret_is_shown_once(org: ApiOrg) -> None:
    made, again = ask(org, key="k1"), ask(org, key="k1")

    assert (made.status, made.json["state"]) == (201, "queued")
    assert SECRET.fullmatch(made.json["secret"])
    assert made.json["callback"] == f"/v1/callbacks/{made.json['id']}"
    assert (again.status, again.is_replayed) == (200, True)
    assert again.json == {**made.json, "secret": None}
    assert ask(org, key="k1", kind="other").refused == (422, "idempotency-key-reused")
    assert ask(org, key="k1", payload={}).refused == (422, "idempotency-key-reused")


def test_what_is_read_of_a_job_has_no_secret(org: ApiOrg) -> None:
    outside = hand_out(org)
    shown = [
        org.get(f"/integration-jobs/{outside.job_id}"),
        org.get("/integration-jobs"),
        acted(org, outside.job_id, "sent"),
        acted(org, outside.job_id, "cancel"),
    ]

    for one in shown:
        assert one.status == 200
        assert outside.secret.encode() not in one.body
        assert b"secret" not in one.body
        assert b"hash" not in one.body


def test_jobs_are_listed_the_newest_first_and_by_state(org: ApiOrg) -> None:
    first, second, third = (hand_out(org).job_id for _ in range(3))
    acted(org, second, "cancel")

    page = org.get("/integration-jobs?limit=2").json
    rest = org.get(f"/integration-jobs?limit=2&cursor={page['next_cursor']}").json
    waiting = org.get("/integration-jobs?state=queued").json

    assert [one["id"] for one in (*page["data"], *rest["data"])] == [third, second, first]
    assert [one["id"] for one in waiting["data"]] == [third, first]


def test_a_job_that_names_another_organisations_record_is_refused_when_it_is_asked_for(
    org: ApiOrg, other_org: ApiOrg
) -> None:
    foreign = {
        "item": other_org.ids["BOLT"],
        "location": other_org.ids["A"],
        "movement": other_org.movement(RECEIPT)["id"],
    }
    for field, record_id in foreign.items():
        refused = ask(org, **{field: record_id})
        assert (refused.refused, refused.pointers) == ((400, "unknown-reference"), [f"/{field}"])
    assert org.get("/integration-jobs").json["data"] == []


def test_a_job_is_about_a_record_of_the_organisation(org: ApiOrg) -> None:
    movement = org.movement(RECEIPT)["id"]

    assert ask(org, item="BOLT").json["item"] == {"id": org.ids["BOLT"], "code": "BOLT"}
    assert ask(org, location=org.ids["A"]).json["location"] == {"id": org.ids["A"], "code": "A"}
    assert ask(org, movement=movement).json["movement"] == movement


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"kind": "Print Label"}, "/kind"),
    ({"kind": ""}, "/kind"),
    ({"payload": {"half": 0.5}}, "/payload"),
    ({"payload": {"large": 2**53}}, "/payload"),
    ({"payload": {"é": 1}}, "/payload"),
    ({"payload": {"x": "y" * 9000}}, "/payload"),
    ({"payload": []}, "/payload"),
    ({"expires": "31d"}, "/expires"),
    ({"expires": "0s"}, "/expires"),
    ({"expires": "soon"}, "/expires"),
    ({"item": "BOLT", "location": "A"}, "/location"),
    ({"secret": "x"}, "/secret"),
    ({"callback_secret_hash": "x"}, "/callback_secret_hash"),
]


@pytest.mark.parametrize(("members", "pointer"), REFUSED)
def test_what_cannot_be_asked_for_is_refused(org: ApiOrg, members: dict[str, Any], pointer: str) -> None:
    refused = ask(org, **members)

    assert (refused.refused, refused.pointers) == ((400, "invalid-field"), [pointer])


def test_a_payload_of_the_largest_size_is_kept(org: ApiOrg) -> None:
    payload = {"x": [1] * 4088}

    assert read(org, hand_out(org, payload=payload).job_id)["payload"] == payload


def test_it_takes_who_posts(org: ApiOrg) -> None:
    outside = hand_out(org)

    for role in ("auditor", "org-admin", "provisioner"):
        assert ask(org, role=role).refused == (403, "forbidden")
        assert acted(org, outside.job_id, "cancel", role).refused == (403, "forbidden")
    assert ask(org, role="integration").status == 201
    assert org.client.post(f"{org.path}/integration-jobs", NEW, key="k").refused == (401, "unauthenticated")


def test_sent_and_cancelled_come_in_their_time(org: ApiOrg) -> None:
    outside = hand_out(org)
    assert [acted(org, outside.job_id, "sent").json["attempts"] for _ in range(2)] == [1, 2]
    outside.take(org.client)
    assert acted(org, outside.job_id, "sent").refused == (409, "conflict")
    assert acted(org, outside.job_id, "cancel").json["state"] == "cancelled"
    assert acted(org, outside.job_id, "cancel").refused == (409, "conflict")
    assert acted(org, outside.job_id, "sent").refused == (409, "conflict")


def test_a_department_sees_and_ends_its_own_alone(org: ApiOrg, api_door: Database) -> None:
    whole, narrow = hand_out(org), _narrow(org, api_door)
    own = hand_out(narrow)

    listed = narrow.get("/integration-jobs", role="storekeeper").json["data"]
    assert [one["id"] for one in listed] == [own.job_id]
    for action in ("sent", "cancel"):
        assert acted(narrow, whole.job_id, action).refused == (404, "not-found")
    assert acted(narrow, own.job_id, "cancel").status == 200
    assert read(org, own.job_id)["state"] == "cancelled"


def test_a_location_out_of_reach_is_unknown_to_a_department(org: ApiOrg, api_door: Database) -> None:
    refused = ask(_narrow(org, api_door), location="A")

    assert (refused.refused, refused.pointers) == ((400, "unknown-reference"), ["/location"])


def _narrow(org: ApiOrg, door: Database) -> ApiOrg:
    org.post("/sub-orgs", {"code": "STORES", "name": "Stores"}, role="org-admin")
    return Departments(org, door, {}).within("STORES")
