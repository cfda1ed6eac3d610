"""Every answer of success, field by field: what is documented is there, and nothing else is."""

from copy import deepcopy
from typing import Any

import jsonschema_rs
import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.browsers import sign_in
from support.http_client import Reply
from support.people import SCRAP, Person, join, set_rules
from velaurum.db.connection import Database


@pytest.fixture
def answers(org: ApiOrg, administrator: str, api_door: Database) -> dict[str, Reply]:
    """Ask every operation for an answer of success."""
    movement = org.movement(RECEIPT, note="gate 4", reference="PO-1")["id"]
    rack = {"code": "A-1", "name": "Rack", "kind": "storage", "parent": "A"}
    rows = [{**RECEIPT, "idempotency_key": "b1"}, {**RECEIPT, "idempotency_key": "b2", "quantity": "0"}]
    return {
        "postMovement": org.move(RECEIPT),
        "postMovementBatch": org.post("/movements/batch", {"mode": "independent", "movements": rows}),
        "reverseMovement": org.post(f"/movements/{movement}/reversal", {"reason": "wrong"}),
        "getMovement": org.get(f"/movements/{movement}"),
        "listMovements": org.get("/movements?limit=1"),
        "listBalances": org.get("/balances"),
        "createItem": org.post(
            "/items", {"code": "NUT", "name": "Nut", "attributes": {"a": 1}}, role="org-admin"
        ),
        "getItem": org.get("/items/BOLT"),
        "changeItem": org.patch("/items/BOLT", {"name": "Bolt"}, '"v1"'),
        "listItems": org.get("/items?limit=1"),
        "createLocation": org.post("/locations", rack, role="org-admin"),
        "getLocation": org.get("/locations/A-1"),
        "changeLocation": org.patch("/locations/A", {"name": "Hall"}, '"v1"'),
        "listLocations": org.get("/locations"),
        "createSubOrg": org.post("/sub-orgs", {"code": "STORES", "name": "Stores"}, role="org-admin"),
        "getSubOrg": org.get("/sub-orgs/STORES"),
        "changeSubOrg": org.patch("/sub-orgs/STORES", {"name": "All stores"}, '"v1"'),
        "listSubOrgs": org.get("/sub-orgs"),
        "listOrgs": org.client.get("/v1/orgs", token=administrator),
        "getHealth": org.client.get("/healthz"),
        "getReadiness": org.client.get("/readyz"),
        "getOpenApi": org.client.get("/openapi.json"),
        **session_answers(org, api_door),
        **approval_answers(org, join(api_door, org, "storekeeper"), join(api_door, org, "controller")),
    }


def session_answers(org: ApiOrg, door: Database) -> dict[str, Reply]:
    browser = sign_in(door, org, "auditor")
    return {
        "getSession": browser.ask("GET", "/session"),
        "endSession": browser.ask("DELETE", "/session"),
    }


def approval_answers(org: ApiOrg, keeper: Person, approver: Person) -> dict[str, Reply]:
    set_rules(org, {"kind": "scrap", "above": "1"})
    asked = keeper.ask(SCRAP, reference="DOC-7")
    path, headers = f"{org.path}/approval-rules", [("If-Match", '"v2"')]
    rules, token = {"rules": [{"kind": "scrap"}]}, org.tokens["org-admin"]
    return {
        "requestApproval": asked,
        "approveRequest": approver.approve(asked.json["id"]),
        "rejectRequest": approver.reject(keeper.asked(SCRAP)),
        "getApprovalRequest": keeper.get(f"/approval-requests/{asked.json['id']}"),
        "listApprovalRequests": keeper.get("/approval-requests"),
        "getApprovalRules": keeper.get("/approval-rules"),
        "replaceApprovalRules": org.client.ask("PUT", path, rules, token=token, headers=headers),
    }


def test_every_answer_has_its_documented_fields_and_no_other(org: ApiOrg, answers: dict[str, Reply]) -> None:
    document = org.client.get("/openapi.json").json
    closed = deepcopy(document["components"])
    for schema in closed["schemas"].values():
        schema["additionalProperties"] = False
    operations = [one for methods in document["paths"].values() for one in methods.values()]

    for operation in operations:
        name = operation["operationId"]
        if name != "getProblem":
            reply = answers[name]
            content = operation["responses"][str(reply.status)]["content"]["application/json"]
            whole: Any = {**content["schema"], "components": closed}
            validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
            assert not [str(error) for error in validator.iter_errors(reply.json)], name
