"""Jobs over HTTP: who may ask, who may see, who may have one tried again or called off (V-16, V-17)."""

from datetime import timedelta

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.job_answers import acted, fail, requested
from support.keyrings import keyring_within
from velaurum.db.connection import Database
from velaurum.identity import tokens

PATH = "/assurance/log/verifications"


def narrow(door: Database, org: ApiOrg, code: str) -> str:
    """Make a token of an auditor of one department."""
    org.post("/sub-orgs", {"code": code, "name": code}, role="org-admin")
    with door.installation() as outside:
        tx = outside.within(org.org_id)
        made = tokens.create(
            tx,
            org.org_id,
            keyring_within(tx),
            "auditor",
            kind="service",
            name="narrow",
            life=timedelta(days=1),
            sub_org=code,
        )
    return made.text


def test_a_repeat_is_the_same_job_and_says_so(org: ApiOrg) -> None:
    first, again = (org.post(PATH, None, role="auditor", key="monday") for _ in range(2))

    assert (first.status, again.status) == (202, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json["id"] == first.json["id"]


def test_a_key_that_something_else_was_decided_by_is_refused(org: ApiOrg) -> None:
    org.movement(RECEIPT, key="mine")

    refused = org.post(PATH, None, role="auditor", key="mine")

    assert refused.refused == (422, "idempotency-key-reused")


@pytest.mark.parametrize("role", ["storekeeper", "controller", "integration"])
def test_who_may_not_read_assurance_asks_for_no_verification(org: ApiOrg, role: str) -> None:
    assert org.post(PATH, None, role=role).refused == (403, "forbidden")


def test_a_job_is_listed_by_its_state_the_newest_first(org: ApiOrg, api_door: Database) -> None:
    one, two = requested(org).json["id"], requested(org).json["id"]
    failed = requested(org).json["id"]
    fail(api_door, org, failed)

    assert [each["id"] for each in org.get("/jobs").json["data"]] == [failed, two, one]
    assert [each["id"] for each in org.get("/jobs?state=queued").json["data"]] == [two, one]
    assert org.get("/jobs?state=lost").refused == (400, "invalid-field")


def test_what_went_wrong_is_said_with_a_code_and_a_sentence(org: ApiOrg, api_door: Database) -> None:
    job_id = requested(org).json["id"]
    fail(api_door, org, job_id)

    told = org.get(f"/jobs/{job_id}").json

    assert (told["state"], told["error"]) == ("failed", {"code": "internal", "detail": "It went wrong."})


@pytest.mark.parametrize(("action", "state"), [("retry", "failed"), ("cancel", "queued")])
def test_who_may_not_do_what_a_job_does_changes_nothing_of_it(
    org: ApiOrg, api_door: Database, action: str, state: str
) -> None:
    job_id = requested(org).json["id"]
    if state == "failed":
        fail(api_door, org, job_id)

    refused = acted(org, job_id, action, role="storekeeper")

    assert refused.refused == (403, "forbidden")
    assert org.get(f"/jobs/{job_id}").json["state"] == state


def test_what_has_ended_conflicts(org: ApiOrg) -> None:
    job_id = requested(org).json["id"]
    acted(org, job_id, "cancel")

    assert acted(org, job_id, "cancel").refused == (409, "conflict")
    assert acted(org, job_id, "retry").refused == (409, "conflict")


def test_a_department_sees_and_calls_off_its_own_requests_alone(org: ApiOrg, api_door: Database) -> None:
    theirs = requested(org).json["id"]
    token = narrow(api_door, org, "STORES")
    own = org.client.post(org.path + PATH, None, token=token, key="own").json["id"]

    listed = org.client.get(f"{org.path}/jobs", token=token).json["data"]
    foreign = org.client.ask("POST", f"{org.path}/jobs/{theirs}/cancel", token=token)
    cancelled = org.client.ask("POST", f"{org.path}/jobs/{own}/cancel", token=token)

    assert [one["id"] for one in listed] == [own]
    assert foreign.refused == (404, "not-found")
    assert cancelled.json["state"] == "cancelled"


def test_another_organisations_job_is_none(org: ApiOrg, other_org: ApiOrg) -> None:
    foreign = requested(other_org).json["id"]

    assert org.get(f"/jobs/{foreign}").refused == (404, "not-found")
    assert foreign not in [one["id"] for one in org.get("/jobs").json["data"]]


def test_jobs_are_counted_by_kind_and_state_with_the_age_of_the_oldest(
    org: ApiOrg, other_org: ApiOrg, api_door: Database
) -> None:
    first, *_ = (requested(org).json for _ in range(3))
    acted(org, requested(org).json["id"], "cancel")
    requested(other_org)

    found = org.get("/jobs/summary").json["data"]

    assert [(one["kind"], one["state"], one["jobs"]) for one in found] == [
        ("verification", "cancelled", 1),
        ("verification", "queued", 3),
    ]
    assert found[1]["oldest_at"] == first["created_at"]
    assert 0 <= found[1]["oldest_s"] <= 60
    assert (
        org.client.get(f"{org.path}/jobs/summary", token=narrow(api_door, org, "STORES")).json["data"] == []
    )
