"""Approval rules over HTTP: the organisation's own, attributed, and none of their versions lost."""

from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client, Reply
from support.people import SCRAP, at_once, set_rules


def put(org: ApiOrg, rules: Any, *, etag: str | None = '"v1"', role: str = "org-admin") -> Reply:
    headers = [] if etag is None else [("If-Match", etag)]
    path = f"{org.path}/approval-rules"
    return org.client.ask("PUT", path, {"rules": rules}, token=org.tokens[role], headers=headers)


def test_an_organisation_begins_without_rules(org: ApiOrg) -> None:
    reply = org.get("/approval-rules")

    assert (reply.status, reply.headers["etag"]) == (200, '"v1"')
    assert reply.json == {"version": 1, "rules": [], "changes": []}


def test_rules_are_replaced_as_a_whole_and_every_version_is_kept(org: ApiOrg) -> None:
    put(org, [{"kind": "scrap", "above": "10.50"}, {"kind": "opening"}])

    reply = put(org, [{"kind": "scrap", "above": "20"}], etag='"v2"')

    assert (reply.status, reply.headers["etag"]) == (200, '"v3"')
    assert reply.json["rules"] == [{"kind": "scrap", "above": "20"}]
    changes = [
        (one["version"], one["kind"], one["is_required"], one["above"]) for one in reply.json["changes"]
    ]
    assert changes == [
        (3, "opening", False, None),
        (3, "scrap", True, "20"),
        (2, "opening", True, None),
        (2, "scrap", True, "10.5"),
    ]
    assert {one["by"]["name"] for one in reply.json["changes"]} == {"org-admin"}
    assert org.get("/approval-rules").json == reply.json


def test_a_change_needs_the_version_that_was_read(org: ApiOrg) -> None:
    put(org, [{"kind": "scrap"}])

    assert put(org, [], etag=None).refused == (428, "precondition-required")
    assert put(org, []).refused == (412, "stale-version")
    assert org.get("/approval-rules").json["rules"] == [{"kind": "scrap", "above": None}]


def test_of_two_changes_at_once_one_stands(org: ApiOrg) -> None:
    path, token = f"{org.path}/approval-rules", org.tokens["org-admin"]

    def change(client: Client) -> Reply:
        body, headers = {"rules": [{"kind": "scrap"}]}, [("If-Match", '"v1"')]
        return client.ask("PUT", path, body, token=token, headers=headers)

    assert at_once(org.client.url, [change] * 4) == [200, 412, 412, 412]


@pytest.mark.parametrize("role", ["storekeeper", "controller", "auditor", "integration"])
def test_only_who_manages_identities_makes_rules(org: ApiOrg, role: str) -> None:
    assert put(org, [], role=role).refused == (403, "forbidden")


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ([{"kind": "receipt"}], "/rules/0/kind"),
        ([{"kind": "scrap", "above": "-1"}], "/rules/0/above"),
        ([{"kind": "scrap", "above": 1}], "/rules/0/above"),
        ([{"kind": "scrap"}, {"kind": "scrap", "above": "2"}], "/rules/1/kind"),
        ([{"kind": "scrap", "who": "me"}], "/rules/0/who"),
        (None, "/rules"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(org: ApiOrg, rules: Any, pointer: str) -> None:
    reply = put(org, rules)

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [pointer])


def test_a_rule_holds_from_the_next_posting_on_and_no_decided_key_is_touched(org: ApiOrg) -> None:
    org.movement(RECEIPT)
    before = org.move(SCRAP, key="before")
    set_rules(org, {"kind": "scrap"})

    again, after = org.move(SCRAP, key="before"), org.move(SCRAP, key="after")

    assert (again.status, again.json) == (200, before.json)
    assert after.refused == (409, "approval-required")
    set_rules(org)
    assert org.move(SCRAP, key="after").status == 201
