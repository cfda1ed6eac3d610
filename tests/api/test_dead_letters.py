"""Dead letters over HTTP: an organisation's own, without their bodies, and replayed by who may (V-16)."""

from uuid import uuid4

import pytest

from support import transports
from support.api_orgs import ApiOrg
from support.departments import Departments
from support.job_answers import replayed
from velaurum.db.connection import Database
from velaurum.transport.port import Transport

SECRET = b'{"secret":"of-another-organisation"}'


def listed(org: ApiOrg) -> list[str]:
    return [one["message_id"] for one in org.get("/dead-letters", role="org-admin").json["data"]]


def test_a_dead_letter_says_why_and_is_delivered_again(org: ApiOrg, api_transport: Transport) -> None:
    second, first = (transports.bury(api_transport, org.org_id, n, SECRET) for n in (4, 7))
    answer = org.get("/dead-letters", role="org-admin")

    done = replayed(org, second)

    one = answer.json["data"][0]
    assert [each["message_id"] for each in answer.json["data"]] == [second, first]
    assert (one["log_index"], one["type"], one["code"]) == (
        4,
        "velaurum.item.created.v1",
        "malformed-message",
    )
    assert one["reason"].endswith(".")
    assert b"secret" not in answer.body
    assert (done.status, done.json) == (202, {"message_id": second})
    assert listed(org) == [first]
    (received,) = api_transport.receive(wait_s=10, org_id=org.org_id)
    assert received.message.message_id == second
    api_transport.ack(received)
    assert replayed(org, second).refused == (404, "not-found")


def test_nobody_sees_or_replays_what_is_another_organisations(
    org: ApiOrg, other_org: ApiOrg, api_transport: Transport
) -> None:
    theirs = transports.bury(api_transport, other_org.org_id, 3, SECRET)

    assert listed(org) == []
    for named in (theirs, theirs.replace(other_org.org_id, org.org_id), str(uuid4()), "x", f"{org.org_id}:"):
        assert replayed(org, named).refused == (404, "not-found")
    assert listed(other_org) == [theirs]


@pytest.mark.parametrize("role", ["storekeeper", "auditor", "controller"])
def test_it_takes_what_the_work_takes(org: ApiOrg, api_transport: Transport, role: str) -> None:
    message_id = transports.bury(api_transport, org.org_id)

    assert org.get("/dead-letters", role=role).refused == (403, "forbidden")
    assert replayed(org, message_id, role).refused == (403, "forbidden")
    assert listed(org) == [message_id]


def test_it_takes_reach_of_the_whole_organisation(
    org: ApiOrg, api_door: Database, api_transport: Transport
) -> None:
    message_id = transports.bury(api_transport, org.org_id)
    org.post("/sub-orgs", {"code": "STORES", "name": "Stores"}, role="org-admin")
    token = Departments(org, api_door, {}).within("STORES").tokens["org-admin"]

    answers = [
        org.client.get(f"{org.path}/dead-letters", token=token),
        org.client.ask("POST", f"{org.path}/dead-letters/{message_id}/replay", token=token),
    ]

    assert [one.refused for one in answers] == [(403, "forbidden")] * 2
    assert listed(org) == [message_id]
