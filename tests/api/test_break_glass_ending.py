"""The end of a break-glass: by itself, by either side, with its administrator, and never put off."""

import time

import pytest

from support.api_orgs import ApiOrg
from support.operators import Operator, act, dismiss, look, opened
from support.people import Person
from velaurum.api.gate import CACHE_S
from velaurum.db.connection import Database
from velaurum.tenancy import orgs


def test_it_ends_by_itself_in_the_midst_of_use(org: ApiOrg, ann: Operator, bob: Operator) -> None:
    made, token = opened(org, ann, bob, "4s")
    before = look(org, token)
    time.sleep(4.1)

    after = look(org, token)

    assert before.status == 200
    assert after.refused == (401, "unauthenticated")
    shown = org.get(f"/break-glass/{made}").json
    assert (shown["status"], shown["ended_at"], shown["ended_by"]) == ("ended", shown["expires_at"], None)
    assert ann.act(org, made, "token").refused == (409, "conflict")
    assert bob.act(org, made, "approve").refused == (409, "conflict")


def test_what_nobody_collected_in_time_is_not_collected_any_more(
    org: ApiOrg, ann: Operator, bob: Operator
) -> None:
    made = ann.requested(org, expires="1s")
    bob.act(org, made, "approve")
    time.sleep(1.1)

    assert ann.act(org, made, "token").refused == (409, "conflict")


@pytest.mark.parametrize("side", ["organisation", "who asked", "another administrator"])
def test_either_side_ends_it_and_the_next_request_is_refused(
    org: ApiOrg, ann: Operator, bob: Operator, head: Person, side: str
) -> None:
    made, token = opened(org, ann, bob)
    assert look(org, token).status == 200

    ended = (
        act(head, made, "end")
        if side == "organisation"
        else (ann if side == "who asked" else bob).act(org, made, "end")
    )
    at_the_transaction = look(org, token)
    time.sleep(CACHE_S + 0.1)

    assert ended.json["status"] == "ended"
    assert at_the_transaction.refused == (401, "unauthenticated")
    assert look(org, token).refused == (401, "unauthenticated")
    assert act(head, made, "end").json == ended.json
    assert ann.act(org, made, "token").refused == (409, "conflict")


def test_a_request_that_was_ended_is_not_approved(
    org: ApiOrg, ann: Operator, bob: Operator, head: Person
) -> None:
    made = ann.requested(org)

    ended = act(head, made, "end").json

    assert (ended["status"], ended["opened_at"]) == ("ended", None)
    assert bob.act(org, made, "approve").refused == (409, "conflict")
    assert ann.act(org, made, "token").refused == (409, "conflict")


def test_a_revoked_administrator_asks_approves_and_reads_no_more(
    api_door: Database, org: ApiOrg, ann: Operator, bob: Operator
) -> None:
    made, token = opened(org, ann, bob)
    waits = ann.requested(org)
    others = bob.requested(org)

    dismiss(api_door, ann)

    assert look(org, token).refused == (401, "unauthenticated")
    assert ann.request(org).refused == (401, "unauthenticated")
    assert ann.act(org, others, "approve").refused == (401, "unauthenticated")
    assert ann.client.get("/v1/orgs", token=ann.token).refused == (401, "unauthenticated")
    for one in (made, waits):
        shown = org.get(f"/break-glass/{one}").json
        assert (shown["status"], shown["ended_by"]["name"]) == ("ended", "platform-operator")
    assert bob.act(org, waits, "approve").refused == (409, "conflict")
    assert org.get(f"/break-glass/{others}").json["status"] == "pending"


def test_a_suspended_organisation_is_not_opened_and_what_is_open_there_can_be_ended(
    api_door: Database, org: ApiOrg, ann: Operator, bob: Operator
) -> None:
    made, token = opened(org, ann, bob)
    waits = ann.requested(org)
    with api_door.installation() as tx:
        found = orgs.find(tx, org.code)
        assert found is not None
        orgs.suspend(tx, found, "unpaid")

    assert look(org, token).refused == (403, "suspended")
    assert ann.request(org).refused == (403, "suspended")
    assert bob.act(org, waits, "approve").refused == (403, "suspended")
    assert ann.act(org, waits, "token").refused == (403, "suspended")
    assert ann.get(org).json["data"][0]["id"] == waits
    assert bob.act(org, made, "end").json["status"] == "ended"
