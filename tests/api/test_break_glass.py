"""Break-glass over HTTP: an administrator asks, a second person opens, and the organisation sees it."""

import secrets
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.http_client import Client, Reply
from support.operators import REASON, Operator, act, look, opened, path
from support.people import Person, at_once, join
from velaurum.db.connection import Database
from velaurum.errors import Refusal

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"


def test_the_journey_from_the_request_to_the_end(
    org: ApiOrg, ann: Operator, bob: Operator, head: Person
) -> None:
    refused = org.client.get(f"{org.path}/items", token=ann.token)
    asked = ann.request(org)
    made = asked.json["id"]
    waiting = org.get("/break-glass?status=pending").json["data"]
    too_early = ann.act(org, made, "token")
    approved = bob.act(org, made, "approve")
    collected = ann.act(org, made, "token")
    seen = look(org, collected.json["token"])
    ended = act(head, made, "end")

    assert refused.refused == (403, "forbidden")
    assert (asked.status, asked.json["status"], asked.json["reason"]) == (201, "pending", REASON)
    assert waiting == [asked.json]
    assert too_early.refused == (409, "conflict")
    assert (approved.status, approved.json["status"]) == (200, "open")
    assert collected.json["id"] == made
    assert collected.json["expires_at"] == approved.json["expires_at"]
    assert seen.status == 200
    assert (ended.json["status"], ended.json["ended_by"]["name"]) == ("ended", "user org-admin")
    assert org.get(f"/break-glass/{made}").json == ended.json
    assert ann.get(org, f"/{made}").json == ended.json


def test_the_organisation_sees_who_why_with_whom_and_when(org: ApiOrg, ann: Operator, bob: Operator) -> None:
    made, _ = opened(org, ann, bob)

    shown = org.get(f"/break-glass/{made}").json

    assert shown["requested_by"] == {"id": ann.id, "kind": "user", "name": f"break-glass: {ann.name}"}
    assert shown["approved_by"] == {"id": bob.id, "kind": "user", "name": f"break-glass: {bob.name}"}
    assert shown["requested_at"] < shown["opened_at"] < shown["collected_at"] < shown["expires_at"]
    assert (shown["lasts_s"], shown["ended_at"], shown["ended_by"]) == (3600, None, None)
    assert org.get("/break-glass", role="org-admin").json["data"] == [shown]


def test_the_organisations_own_administrator_can_be_the_second_person(
    org: ApiOrg, ann: Operator, head: Person
) -> None:
    made = ann.requested(org)

    approved = act(head, made, "approve")

    assert (approved.status, approved.json["approved_by"]["name"]) == (200, "user org-admin")
    assert look(org, ann.collected(org, made)).status == 200


def test_nobody_opens_alone(org: ApiOrg, ann: Operator) -> None:
    made = ann.requested(org)

    assert ann.act(org, made, "approve").refused == (403, "forbidden")
    assert ann.act(org, made, "token").refused == (409, "conflict")


def test_only_who_asked_collects(org: ApiOrg, ann: Operator, bob: Operator) -> None:
    made = ann.requested(org)
    bob.act(org, made, "approve")

    assert bob.act(org, made, "token").refused == (403, "forbidden")
    assert ann.act(org, made, "token").status == 200


def test_a_token_is_collected_once(org: ApiOrg, ann: Operator, bob: Operator) -> None:
    made, token = opened(org, ann, bob)

    assert ann.act(org, made, "token").refused == (409, "conflict")
    assert look(org, token).status == 200


def test_a_token_is_collected_once_also_by_many_at_once(org: ApiOrg, ann: Operator, bob: Operator) -> None:
    made = ann.requested(org)
    bob.act(org, made, "approve")

    def collect(client: Client) -> Reply:
        return client.ask("POST", f"{path(org)}/{made}/token", token=ann.token)

    assert at_once(org.client.url, [collect] * 6) == [200, *[409] * 5]


def test_an_approval_is_given_once_and_repeated_by_who_gave_it(
    org: ApiOrg, ann: Operator, bob: Operator, head: Person
) -> None:
    made = ann.requested(org)
    first = bob.act(org, made, "approve")

    again = bob.act(org, made, "approve")

    assert (again.status, again.json) == (200, first.json)
    assert act(head, made, "approve").refused == (409, "conflict")


@pytest.mark.parametrize("kind", ["service", "process"])
def test_no_machine_is_the_second_person(api_door: Database, org: ApiOrg, ann: Operator, kind: Any) -> None:
    machine = join(api_door, org, "org-admin", kind=kind)
    made = ann.requested(org)

    assert act(machine, made, "approve").refused == (403, "forbidden")
    assert act(machine, made, "end").json["status"] == "ended"


@pytest.mark.parametrize("verb", ["approve", "end"])
def test_who_administers_a_department_alone_neither_opens_nor_ends(
    api_door: Database, org: ApiOrg, ann: Operator, verb: str
) -> None:
    org.post("/sub-orgs", {"code": "STORES", "name": "Stores"}, role="org-admin")
    narrow = join(api_door, org, "org-admin", sub_org="STORES")
    made = ann.requested(org)

    assert act(narrow, made, verb).refused == (403, "forbidden")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"reason": "too short"}, "/reason"),
        ({"reason": ""}, "/reason"),
        ({"reason": "x" * 201}, "/reason"),
        ({"reason": "with a bell \u0007 in it"}, "/reason"),
        ({"reason": None}, "/reason"),
        ({"expires": "5h"}, "/expires"),
        ({"expires": "241m"}, "/expires"),
        ({"expires": "0s"}, "/expires"),
        ({"expires": "1 h"}, "/expires"),
        ({"expires": "999999w"}, "/expires"),
        ({"expires": 3600}, "/expires"),
    ],
)
def test_a_request_has_a_reason_and_a_bounded_time(
    org: ApiOrg, ann: Operator, changes: dict[str, Any], pointer: str
) -> None:
    reply = ann.request(org, **changes)

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [pointer])
    assert org.get("/break-glass").json["data"] == []


def test_a_request_says_for_how_long(org: ApiOrg, ann: Operator) -> None:
    reply = ann.client.post(path(org), {"reason": REASON}, token=ann.token, key="k")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["/expires"])


def test_a_repeated_request_returns_the_first(org: ApiOrg, ann: Operator, bob: Operator) -> None:
    first = ann.request(org, key="k1", expires="1h")

    again = ann.request(org, key="k1", expires="60m")

    assert (again.status, again.is_replayed, again.json) == (200, True, first.json)
    assert ann.request(org, key="k1", expires="2h").refused == (422, "idempotency-key-reused")
    assert bob.request(org, key="k1").refused == (422, "idempotency-key-reused")
    assert ann.request(org, key="").refused == (400, "idempotency-key-missing")
    assert len(org.get("/break-glass").json["data"]) == 1


def test_it_reads_and_does_nothing_else(org: ApiOrg, ann: Operator, bob: Operator) -> None:
    org.movement(RECEIPT)
    made, token = opened(org, ann, bob)
    client, key = org.client, secrets.token_hex(8)

    def send(method: str, rest: str, body: Any) -> Reply:
        return client.ask(method, org.path + rest, body, token=token, key=key)

    assert look(org, token, "/movements").status == 200
    assert look(org, token, f"/break-glass/{made}").status == 200
    for method, rest, body in (
        ("POST", "/movements", ISSUE),
        ("POST", "/items", {"code": "NUT", "name": "Nut"}),
        ("PATCH", "/items/BOLT", {"name": "Nut"}),
        ("POST", "/sub-orgs", {"code": "X", "name": "X"}),
        ("POST", "/approval-requests", {"movement": ISSUE}),
        ("PUT", "/approval-rules", {"rules": []}),
        ("POST", f"/break-glass/{made}/approve", None),
        ("POST", f"/break-glass/{made}/end", None),
    ):
        assert send(method, rest, body).refused == (403, "forbidden"), rest


def test_it_opens_one_organisation(org: ApiOrg, other_org: ApiOrg, ann: Operator, bob: Operator) -> None:
    _, token = opened(org, ann, bob)

    assert look(other_org, token).refused == (403, "forbidden")
    assert other_org.get("/break-glass").json["data"] == []


def test_the_role_is_for_nobody_else(api_door: Database, org: ApiOrg, ann: Operator, bob: Operator) -> None:
    opened(org, ann, bob)

    with pytest.raises(Refusal, match="no other way"):
        join(api_door, org, "break-glass", kind="service")  # type: ignore[arg-type]


def test_an_unknown_and_a_foreign_break_glass_are_answered_alike(
    org: ApiOrg, other_org: ApiOrg, ann: Operator, head: Person
) -> None:
    foreign = ann.requested(other_org)

    for verb in ("approve", "end"):
        answers = [act(head, one, verb) for one in (UNKNOWN_ID, foreign)]
        answers += [ann.act(org, one, verb) for one in (UNKNOWN_ID, foreign)]
        assert {one.refused for one in answers} == {(404, "not-found")}
        assert len({str(one.json | {"request_id": ""}) for one in answers}) == 1
    assert ann.act(org, foreign, "token").refused == (404, "not-found")
    assert ann.get(org, f"/{foreign}").refused == (404, "not-found")
    assert ann.get(other_org, f"/{foreign}").json["status"] == "pending"


def test_an_organisation_that_there_is_not_has_no_break_glass(ann: Operator) -> None:
    reply = ann.client.get("/v1/operator/orgs/nobody-here/break-glass", token=ann.token)

    assert reply.refused == (404, "not-found")


def test_the_list_is_shown_page_by_page(org: ApiOrg, ann: Operator, bob: Operator) -> None:
    made = [ann.requested(org) for _ in range(3)]
    bob.act(org, made[0], "approve")

    first = org.get("/break-glass?status=pending&limit=1").json
    second = org.get(f"/break-glass?status=pending&limit=1&cursor={first['next_cursor']}").json

    assert [first["data"][0]["id"], second["data"][0]["id"]] == [made[2], made[1]]
    assert second["next_cursor"] is None
    assert [one["id"] for one in org.get("/break-glass?status=open").json["data"]] == [made[0]]
    assert [one["id"] for one in ann.get(org, "?status=open").json["data"]] == [made[0]]
