"""Approvals and their rules as they stood: at an instant, at a log size, step by step, and proven (V-20, V-21)."""

import time
from datetime import timedelta
from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.logs import when_signed
from support.people import SCRAP, Person, join, set_rules
from velaurum.db.connection import Database
from velaurum.identity import secrets as bearer
from velaurum.identity import tokens
from velaurum.ledger import approvals, intakes
from velaurum.ledger.intakes import NewMovement
from velaurum.proofs import merkle, policies, tlog_proofs

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"


class Asked:
    """One request that was approved and used, with the log's size after each step and how it stood then."""

    def __init__(self, org: ApiOrg, keeper: Person, approver: Person) -> None:
        self.org = org
        self.id = keeper.asked(SCRAP)
        self.path = f"/approval-requests/{self.id}"
        self.steps = [self._stands()]
        approver.approve(self.id)
        self.steps.append(self._stands())
        assert keeper.move(SCRAP, approval=self.id).status == 201
        self.steps.append(self._stands())

    def _stands(self) -> tuple[int, Any]:
        return self.org.log_size(), self.org.get(self.path).json


@pytest.fixture
def keeper(api_door: Database, org: ApiOrg) -> Person:
    org.movement(RECEIPT)
    set_rules(org, {"kind": "scrap", "above": None})
    return join(api_door, org, "storekeeper")


@pytest.fixture
def asked(org: ApiOrg, keeper: Person, api_door: Database) -> Asked:
    return Asked(org, keeper, join(api_door, org, "controller"))


def test_a_request_is_read_as_it_stood(asked: Asked, org: ApiOrg) -> None:
    assert [one["status"] for _, one in asked.steps] == ["pending", "approved", "used"]
    for size, stood in asked.steps:
        assert org.get(f"{asked.path}?at_size={size}").json == stood
        (listed,) = org.get(f"/approval-requests?at_size={size}").json["data"]
        assert listed == stood
    pending, decided, _ = (stood for _, stood in asked.steps)
    assert org.get(f"{asked.path}?as_of={decided['decision']['at']}").json["status"] in (
        "pending",
        "approved",
    )
    assert (pending["decision"], pending["used_by"], decided["used_by"]) == (None, None, None)
    first = org.get(f"{asked.path}/history").json["data"][-1]["log_index"]
    assert org.get(f"{asked.path}?at_size={first}").refused == (404, "not-found")


def test_a_list_of_the_past_is_chosen_by_where_a_request_stood_then(asked: Asked, org: ApiOrg) -> None:
    for size, stood in asked.steps:
        for status in ("pending", "approved", "used", "rejected", "expired"):
            listed = org.get(f"/approval-requests?at_size={size}&status={status}").json["data"]
            assert [one["id"] for one in listed] == ([asked.id] if status == stood["status"] else [])


def test_pages_of_the_past_join_the_newest_first(keeper: Person, org: ApiOrg) -> None:
    made = [keeper.asked(SCRAP, quantity=str(n)) for n in (1, 2, 3)]
    size = org.log_size()
    keeper.asked(SCRAP)

    first = org.get(f"/approval-requests?at_size={size}&limit=2").json
    rest = org.get(f"/approval-requests?at_size={size}&limit=2&cursor={first['next_cursor']}").json

    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert rest["next_cursor"] is None


def test_a_request_had_not_expired_at_a_size_before_it_did(
    keeper: Person, org: ApiOrg, api_door: Database
) -> None:
    token = bearer.parse(keeper.token)
    assert token is not None
    new = NewMovement("scrap", "BOLT", "5", source="A", reason="corroded")
    with api_door.installation() as outside:
        credential = tokens.verify(outside, token)
        assert credential is not None
        tx, poster = outside.enter(credential.context(UNKNOWN_ID, "post"))
        asked = intakes.for_approval(new, "short")
        made = approvals.create(tx, poster, asked, life=timedelta(milliseconds=500)).require()
    size, path = org.log_size(), f"/approval-requests/{made.id}"
    assert org.get(f"{path}?at_size={size}").json["status"] == "pending"
    while org.get(path).json["status"] != "expired":
        time.sleep(0.05)
    assert org.get(f"{path}?at_size={size}").json["status"] == "pending"

    org.movement(RECEIPT)

    assert org.get(f"{path}?at_size={org.log_size()}").json["status"] == "expired"
    assert org.get(f"{path}?at_size={size}").json["status"] == "pending"


def test_each_step_is_an_entry_of_its_own_and_proven(asked: Asked, org: ApiOrg) -> None:
    decided, made = org.get(f"{asked.path}/history").json["data"]

    assert (made["record"], decided["record"]) == (asked.steps[0][1], asked.steps[1][1])
    assert (made["actor"]["name"], decided["actor"]["name"]) == ("user storekeeper", "user controller")
    assert [(one["previous"], one["valid_to"]) for one in (decided, made)] == [(None, None)] * 2
    policy = policies.parse(org.get("/log/status").json["policy"].encode())
    whole = when_signed(lambda: org.get(f"{asked.path}/history?proof=1")).json["data"]
    texts = [one["proof"].encode() for one in whole]
    texts.append(when_signed(lambda: org.get(f"{asked.path}/proof")).body)
    for text, index in zip(
        texts, (decided["log_index"], made["log_index"], decided["log_index"]), strict=True
    ):
        proof = tlog_proofs.parse(text)
        assert proof.extra is not None
        assert proof.verify(merkle.leaf_hash(proof.extra), policy).size > proof.index == index


def test_a_department_reads_where_its_requests_stood(api_door: Database, org: ApiOrg, asked: Asked) -> None:
    size, before = asked.steps[0]
    org.post("/sub-orgs", {"code": "STORES", "name": "Stores"}, role="org-admin")
    etag = org.get("/locations/A").headers["etag"]
    assert org.patch("/locations/A", {"sub_org": "STORES"}, etag).status == 200
    org.post("/sub-orgs", {"code": "OTHER", "name": "Other"}, role="org-admin")
    there, elsewhere = (join(api_door, org, "auditor", sub_org=one) for one in ("STORES", "OTHER"))

    assert there.get(f"{asked.path}?at_size={size}").json == before
    assert elsewhere.get(f"{asked.path}?at_size={size}").refused == (404, "not-found")
    assert elsewhere.get(f"/approval-requests?at_size={size}").json["data"] == []


def test_rules_are_read_as_they_were(org: ApiOrg) -> None:
    born = org.log_size()
    states = [(born, org.get("/approval-rules").json)]
    for rules in ([{"kind": "scrap", "above": "2.5"}], [{"kind": "return", "above": None}], []):
        set_rules(org, *rules)
        states.append((org.log_size(), org.get("/approval-rules").json))

    for size, state in states:
        then = org.get(f"/approval-rules?at_size={size}")
        assert (then.json, "etag" in then.headers) == (state, False)
    assert len({str(state["rules"]) for _, state in states}) == 3


def test_every_setting_of_the_rules_is_in_their_history(org: ApiOrg) -> None:
    set_rules(org, {"kind": "scrap", "above": "2.5"})
    set_rules(org, {"kind": "return", "above": None})

    versions = org.get("/approval-rules/history").json["data"]

    changes = org.get("/approval-rules").json["changes"]
    assert sorted(str(one["record"]) for one in versions) == sorted(map(str, changes))
    assert [one["log_index"] for one in versions] == sorted(
        (one["log_index"] for one in versions), reverse=True
    )
    first = versions[-1]
    at = org.get(f"/approval-rules/history?at_size={first['log_index'] + 1}").json["data"]
    assert [one["record"] for one in at] == [first["record"]]
