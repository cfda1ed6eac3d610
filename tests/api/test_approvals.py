"""Approvals over HTTP: asked for by one person, decided by another, used by one posting."""

import secrets
from datetime import timedelta
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.http_client import Client, Reply
from support.people import SCRAP, Person, at_once, join, set_rules
from velaurum.db.connection import Database
from velaurum.identity import secrets as bearer
from velaurum.identity import tokens
from velaurum.ledger import approvals, intakes
from velaurum.ledger.intakes import NewMovement

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
SCRAP_RULE = {"kind": "scrap", "above": None}


@pytest.fixture
def keeper(api_door: Database, org: ApiOrg) -> Person:
    """Make a storekeeper in an organisation with 24 bolts, where every scrapping needs an approval."""
    org.movement(RECEIPT)
    set_rules(org, SCRAP_RULE)
    return join(api_door, org, "storekeeper")


@pytest.fixture
def approver(api_door: Database, org: ApiOrg) -> Person:
    return join(api_door, org, "controller")


def test_a_movement_is_asked_for_approved_by_another_and_posted_once(
    keeper: Person, approver: Person
) -> None:
    refused = keeper.move(SCRAP, key="scrap-1")
    asked = keeper.ask(SCRAP)
    pending = approver.get("/approval-requests?status=pending")
    approved = approver.approve(asked.json["id"])
    posted = keeper.move(SCRAP, key="scrap-1", approval=asked.json["id"])
    again = keeper.move(SCRAP, key="scrap-1", approval=asked.json["id"])

    assert refused.refused == (409, "approval-required")
    assert (asked.status, asked.json["status"]) == (201, "pending")
    assert pending.json["data"] == [asked.json]
    assert (approved.status, approved.json["status"]) == (200, "approved")
    assert (posted.status, posted.json["approval"]) == (201, asked.json["id"])
    assert (again.status, again.is_replayed, again.json) == (200, True, posted.json)
    used = keeper.get(f"/approval-requests/{asked.json['id']}").json
    assert (used["status"], used["used_by"]) == ("used", posted.json["id"])
    assert used["decision"]["by"]["name"] == "user controller"
    assert keeper.get(f"/movements/{posted.json['id']}").json == posted.json


def test_the_approver_is_shown_the_exact_movement(keeper: Person, approver: Person) -> None:
    asked = keeper.asked(SCRAP, quantity="2.50", reference="DOC-7", guard={"source_on_hand": "24"})

    shown = approver.get(f"/approval-requests/{asked}").json["movement"]

    assert (shown["kind"], shown["item"]["code"], shown["quantity"], shown["unit"]) == (
        "scrap",
        "BOLT",
        "2.5",
        "EA",
    )
    assert (shown["source"]["code"], shown["target"]["code"]) == ("A", "SCRAP")
    assert (shown["reason"], shown["reference"], shown["occurred_at"]) == ("corroded", "DOC-7", None)
    assert shown["guard"] == {"source_on_hand": "24", "target_on_hand": None}


def test_nobody_approves_what_they_asked_for(api_door: Database, keeper: Person) -> None:
    controller = join(api_door, keeper.org, "controller")
    asked = controller.asked(SCRAP)

    assert controller.approve(asked).refused == (403, "forbidden")
    assert controller.reject(asked).refused == (403, "forbidden")
    assert controller.move(SCRAP, approval=asked).refused == (409, "approval-invalid")


@pytest.mark.parametrize("kind", ["service", "process"])
def test_only_a_person_approves(api_door: Database, keeper: Person, kind: Any) -> None:
    machine = join(api_door, keeper.org, "controller", kind=kind)

    assert machine.approve(keeper.asked(SCRAP)).refused == (403, "forbidden")


@pytest.mark.parametrize("role", ["org-admin", "storekeeper", "auditor", "integration"])
def test_it_takes_the_permission_to_approve(api_door: Database, keeper: Person, role: Any) -> None:
    assert join(api_door, keeper.org, role).approve(keeper.asked(SCRAP)).refused == (403, "forbidden")


def test_a_rejected_request_opens_nothing(keeper: Person, approver: Person) -> None:
    asked = keeper.asked(SCRAP)

    rejected = approver.reject(asked)

    assert rejected.json["status"] == "rejected"
    assert rejected.json["decision"]["reason"] == "count again"
    assert keeper.move(SCRAP, approval=asked).refused == (409, "approval-invalid")
    assert approver.approve(asked).refused == (409, "conflict")
    assert approver.reject(asked).status == 200


@pytest.mark.parametrize("reason", ["", None, 7, "x" * 201])
def test_a_rejection_has_a_reason(keeper: Person, approver: Person, reason: Any) -> None:
    reply = approver.reject(keeper.asked(SCRAP), reason)

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["/reason"])


@pytest.mark.parametrize(
    "changes",
    [{"quantity": "6"}, {"reason": "stolen"}, {"source": "B"}, {"occurred_at": "2026-11-01T00:00:00Z"}],
)
def test_an_approval_is_for_one_exact_movement(
    keeper: Person, approver: Person, changes: dict[str, str]
) -> None:
    asked = keeper.asked(SCRAP)
    approver.approve(asked)

    reply = keeper.move(SCRAP, approval=asked, **changes)

    assert (reply.refused, reply.pointers) == ((409, "approval-invalid"), ["/approval"])
    assert keeper.move(SCRAP, quantity="5.0", approval=asked).status == 201


def test_an_approval_is_used_once(keeper: Person, approver: Person) -> None:
    asked = keeper.asked(SCRAP)
    approver.approve(asked)
    keeper.move(SCRAP, approval=asked)

    assert keeper.move(SCRAP, approval=asked).refused == (409, "approval-invalid")


def test_an_approval_is_used_once_within_one_batch(keeper: Person, approver: Person) -> None:
    asked = keeper.asked(SCRAP)
    approver.approve(asked)
    rows = [{**SCRAP, "approval": asked, "idempotency_key": f"b{n}"} for n in range(2)]

    reply = keeper.post("/movements/batch", {"mode": "independent", "movements": rows})

    assert [one["status"] for one in reply.json["results"]] == [201, 409]
    assert reply.json["results"][1]["problem"]["code"] == "approval-invalid"
    assert reply.json["results"][1]["problem"]["errors"][0]["pointer"] == "/movements/1/approval"


def test_a_refused_posting_leaves_the_approval_alive(keeper: Person, approver: Person) -> None:
    asked = keeper.asked(SCRAP, quantity="30")
    approver.approve(asked)

    refused = keeper.move(SCRAP, quantity="30", approval=asked)
    keeper.org.movement(RECEIPT)

    assert refused.refused == (409, "insufficient-stock")
    assert keeper.move(SCRAP, quantity="30", approval=asked).status == 201


def test_two_postings_at_once_use_one_approval_once(keeper: Person, approver: Person) -> None:
    asked = keeper.asked(SCRAP)
    approver.approve(asked)
    path, body = f"{keeper.org.path}/movements", {**SCRAP, "approval": asked}

    def post(client: Client) -> Reply:
        return client.post(path, body, token=keeper.token, key=secrets.token_hex(8))

    statuses = at_once(keeper.org.client.url, [post] * 8)

    assert statuses == [201, *[409] * 7]
    assert keeper.org.on_hand() == "19"


def test_whoever_asked_posts(api_door: Database, keeper: Person, approver: Person) -> None:
    asked = keeper.asked(SCRAP)
    approver.approve(asked)

    for other in (approver, join(api_door, keeper.org, "storekeeper")):
        assert other.move(SCRAP, approval=asked).refused == (409, "approval-invalid")


def test_an_unknown_and_a_foreign_approval_are_answered_alike(
    api_door: Database, keeper: Person, other_org: ApiOrg
) -> None:
    other_org.movement(RECEIPT)
    foreign = join(api_door, other_org, "storekeeper").asked(SCRAP)

    answers = [keeper.move(SCRAP, key="k", approval=one) for one in (UNKNOWN_ID, foreign)]

    assert [one.refused for one in answers] == [(409, "approval-invalid")] * 2
    assert answers[0].json | {"request_id": ""} == answers[1].json | {"request_id": ""}
    looked_at = [keeper.get(f"/approval-requests/{one}") for one in (UNKNOWN_ID, foreign)]
    assert [one.refused for one in looked_at] == [(404, "not-found")] * 2


def test_an_expired_request_is_neither_approved_nor_used(
    api_door: Database, keeper: Person, approver: Person
) -> None:
    token = bearer.parse(keeper.token)
    assert token is not None
    new = NewMovement("scrap", "BOLT", "5", source="A", reason="corroded")
    with api_door.installation() as outside:
        credential = tokens.verify(outside, token)
        assert credential is not None
        tx, org = outside.enter(credential.context(UNKNOWN_ID, "post"))
        life = timedelta(microseconds=1)
        made = approvals.create(tx, org, intakes.for_approval(new, "short"), life=life).require()

    assert approver.approve(made.id).refused == (409, "conflict")
    assert keeper.get(f"/approval-requests/{made.id}").json["status"] == "expired"
    assert keeper.move(SCRAP, approval=made.id).refused == (409, "approval-invalid")


def test_a_reversal_is_approved_like_any_other(keeper: Person, approver: Person) -> None:
    set_rules(keeper.org, {"kind": "reversal"})
    movement = keeper.move(ISSUE).json
    path = f"/movements/{movement['id']}/reversal"
    refused = keeper.post(path, {"reason": "mistake"}, key="r1")
    asked = keeper.post(
        "/approval-requests", {"reversal": {"movement": movement["id"], "reason": "mistake"}}
    ).json
    approver.approve(asked["id"])

    reversal = keeper.post(path, {"reason": "mistake", "approval": asked["id"]}, key="r1")

    assert refused.refused == (409, "approval-required")
    assert asked["movement"]["reverses"] == movement["id"]
    assert (reversal.status, reversal.json["approval"]) == (201, asked["id"])


def test_a_quantity_up_to_the_rule_needs_no_approval(keeper: Person) -> None:
    set_rules(keeper.org, {"kind": "scrap", "above": "5"})

    assert keeper.move(SCRAP).status == 201
    assert keeper.move(SCRAP, quantity="5.000000001").refused == (409, "approval-required")


def test_an_approval_that_is_not_needed_is_used_up_all_the_same(keeper: Person, approver: Person) -> None:
    asked = keeper.asked(SCRAP)
    set_rules(keeper.org)

    assert keeper.move(SCRAP, approval=asked).refused == (409, "approval-invalid")
    approver.approve(asked)
    assert keeper.move(SCRAP, approval=asked).json["approval"] == asked


@pytest.mark.parametrize(
    ("movement", "pointer"),
    [
        ({**SCRAP, "item": "NOPE"}, "/movement/item"),
        ({**SCRAP, "quantity": "0"}, "/movement/quantity"),
        ({**SCRAP, "note": "by Ann"}, "/movement/note"),
        ({**SCRAP, "approval": UNKNOWN_ID}, "/movement/approval"),
        ({**SCRAP, "what": "7"}, "/movement/what"),
        (ISSUE, "/movement/kind"),
    ],
)
def test_what_could_not_be_posted_is_not_asked_for(keeper: Person, movement: Any, pointer: str) -> None:
    refused = keeper.ask(movement, key="k1")

    assert refused.status == 400
    assert refused.pointers == [pointer]
    assert keeper.ask(SCRAP, key="k1").status == 201


@pytest.mark.parametrize("body", [{}, {"movement": SCRAP, "reversal": {"movement": "x", "reason": "y"}}])
def test_a_request_is_for_one_thing(keeper: Person, body: dict[str, Any]) -> None:
    assert keeper.post("/approval-requests", body).refused == (400, "invalid-field")


@pytest.mark.parametrize("body", [ISSUE, RECEIPT])
def test_a_movement_of_another_kind_takes_no_approval(keeper: Person, body: dict[str, Any]) -> None:
    reply = keeper.move(body, approval=UNKNOWN_ID)

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["/approval"])


def test_a_repeated_request_returns_the_first_and_its_key_is_not_the_movements(keeper: Person) -> None:
    first = keeper.ask(SCRAP, key="k1")

    again = keeper.ask(SCRAP, key="k1", quantity="5.0")

    assert (again.status, again.is_replayed, again.json) == (200, True, first.json)
    assert keeper.ask(SCRAP, key="k1", quantity="6").refused == (422, "idempotency-key-reused")
    assert keeper.move(SCRAP, key="k1").refused == (422, "idempotency-key-reused")


def test_the_list_shows_what_its_status_says_page_by_page(keeper: Person, approver: Person) -> None:
    asked = [keeper.asked(SCRAP, reason=f"r{n}") for n in range(3)]
    approver.approve(asked[0])

    first = keeper.get("/approval-requests?status=pending&limit=1").json
    second = keeper.get(f"/approval-requests?status=pending&limit=1&cursor={first['next_cursor']}").json

    assert [first["data"][0]["id"], second["data"][0]["id"]] == [asked[2], asked[1]]
    assert second["next_cursor"] is None
    assert [one["id"] for one in keeper.get("/approval-requests?status=approved").json["data"]] == [asked[0]]
    assert keeper.get("/approval-requests?status=other").refused == (400, "invalid-field")
