"""Every answer of success, field by field: what is documented is there, and nothing else is."""

from copy import deepcopy
from typing import Any

import jsonschema_rs
import pytest

from support.answers_of_access import past_answers, scim_answers, sign_in_answers
from support.api_orgs import RECEIPT, ApiOrg
from support.authenticator import Authenticator
from support.bent_provider import BentProvider
from support.browsers import Browser, sign_in
from support.callback_answers import callback_answers
from support.counts import count_answers
from support.directories import directory
from support.guests import OTHER_PASSWORD, PASSWORD, Guest
from support.http_client import Reply
from support.job_answers import dead_letter_answers, job_answers
from support.logs import log_answers
from support.movement_streams import line, streamed
from support.operators import Operator, act
from support.packs import pack_answers
from support.passkeys import PAGE, SIGN_IN, cookie_of, here, holder, send_passkey, send_proof
from support.people import SCRAP, Person, join, set_rules
from support.people_answers import people_answers
from support.periods import period_answers
from support.reminder_answers import reminder_answers
from support.report_answers import report_answers
from support.reservations import reservation_answers
from support.shipments import shipment_answers
from support.staff import administrator as administrator_of
from support.stock_keys import part_answers
from support.webhook_answers import webhook_answers
from velaurum.db.connection import Database
from velaurum.transport.port import Transport

# A page, what is not offered, what nobody can do here any more (test_claims.py), and what no worker makes here
# (tests/cli/test_downloads.py).
NEVER_A_SUCCESS = ("getProblem", "searchScim", "claim", "getExportArchive")


@pytest.fixture
def answers(
    org: ApiOrg,
    administrator: str,
    api_door: Database,
    api_integrator: Database,
    api_transport: Transport,
    ann: Operator,
    bob: Operator,
    bent: BentProvider,
) -> dict[str, Reply]:
    """Ask every operation for an answer of success."""
    movement = org.movement(RECEIPT, note="gate 4", reference="PO-1")["id"]
    rack = {"code": "A-1", "name": "Rack", "kind": "storage", "parent": "A"}
    rows = [{**RECEIPT, "idempotency_key": "b1"}, {**RECEIPT, "idempotency_key": "b2", "quantity": "0"}]
    return {
        "postMovement": org.move(RECEIPT),
        "postMovementBatch": org.post("/movements/batch", {"mode": "independent", "movements": rows}),
        "postMovementStream": streamed(org, line("s1", RECEIPT, note="gate 4")),
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
        **background_answers(org, api_door, api_integrator, api_transport),
        **callback_answers(org),
        **general_answers(org, movement),
        **break_glass_answers(org, ann, bob, join(api_door, org, "org-admin")),
        **people_answers(administrator_of(org)),
        **session_answers(org, api_door),
        **passkey_answers(org, api_door),
        **sign_in_answers(org, api_door, bent),
        **password_answers(org),
        **webhook_answers(org),
        **scim_answers(directory(org), administrator_of(org)),
        **approval_answers(org, join(api_door, org, "storekeeper"), join(api_door, org, "controller")),
    }


def background_answers(
    org: ApiOrg, door: Database, integrator: Database, transport: Transport
) -> dict[str, Reply]:
    return {
        **job_answers(org, door),
        **dead_letter_answers(org, transport),
        **reminder_answers(org, door, integrator),
        **period_answers(org, join(door, org, "controller")),
    }


def general_answers(org: ApiOrg, movement: str) -> dict[str, Reply]:
    return {
        **log_answers(org, movement),
        **pack_answers(org),
        **part_answers(org),
        **report_answers(org),
        **count_answers(org),
        **reservation_answers(org),
        **shipment_answers(org),
        "getHealth": org.client.get("/healthz"),
        "getReadiness": org.client.get("/readyz"),
        "getVerifierKeys": org.client.get("/.well-known/velaurum/keys"),
        "getOpenApi": org.client.get("/openapi.json"),
        "getTenancyAttestation": org.get("/assurance/tenancy"),
        "getProcessingRecord": org.get("/privacy/record"),
        "listAccessEvents": org.get("/access-events"),
    }


def session_answers(org: ApiOrg, door: Database) -> dict[str, Reply]:
    browser = sign_in(door, org, "auditor")
    return {
        "getSession": browser.ask("GET", "/session"),
        "endSession": browser.ask("DELETE", "/session"),
    }


def password_answers(org: ApiOrg) -> dict[str, Reply]:
    admin = administrator_of(org)
    path = f"/principals/{admin.hires()}/invitations"
    made = admin.post(path, {"login": "ada"})
    ada = Guest(org, "", "ada", made.json["secret"])
    redeemed, signed_in = ada.redeem(), ada.try_sign_in()
    browser, other = (Browser(org, "", cookie_of(org, one)) for one in (signed_in, ada.try_sign_in()))
    enrolled = browser.ask("POST", "/second-factor")
    ada.uri = enrolled.json["uri"]
    return {
        "createInvitation": made,
        "redeemInvitation": redeemed,
        "signInWithPassword": signed_in,
        "listSessions": browser.ask("GET", "/sessions"),
        "endOneSession": browser.ask("DELETE", f"/sessions/{other.ask('GET', '/session').json['id']}"),
        "getPassword": browser.ask("GET", "/password"),
        "changePassword": browser.ask("PUT", "/password", {"old": PASSWORD, "new": OTHER_PASSWORD}),
        "enrolSecondFactor": enrolled,
        "confirmSecondFactor": browser.ask("POST", "/second-factor/confirmation", {"code": ada.code()}),
        "getSecondFactor": browser.ask("GET", "/second-factor"),
        "renewRecoveryCodes": browser.ask("POST", "/second-factor/recovery-codes"),
        "removeSecondFactor": browser.ask("DELETE", "/second-factor"),
    }


def passkey_answers(org: ApiOrg, door: Database) -> dict[str, Reply]:
    ada = holder(door, org)
    options = ada.browser.ask("POST", "/passkeys/options")
    made = Authenticator().create(options.json, here(org))
    asked = org.client.post(f"{org.path}{SIGN_IN}/options", None, headers=PAGE)
    return {
        "getPasskeyOptions": options,
        "registerPasskey": send_passkey(ada.browser, made),
        "getPasskeySignInOptions": asked,
        "signInWithPasskey": send_proof(org, ada.authenticator.get(asked.json, here(org))),
        "listPasskeys": ada.browser.ask("GET", "/passkeys"),
        "revokePasskey": ada.browser.ask("POST", f"/passkeys/{ada.passkey_id}/revocation"),
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
        **past_answers(org, "ApprovalRequest", f"/approval-requests/{asked.json['id']}"),
        "getApprovalRules": keeper.get("/approval-rules"),
        "listApprovalRuleVersions": keeper.get("/approval-rules/history"),
        "replaceApprovalRules": org.client.ask("PUT", path, rules, token=token, headers=headers),
    }


def break_glass_answers(org: ApiOrg, ann: Operator, bob: Operator, head: Person) -> dict[str, Reply]:
    asked, other = ann.request(org), bob.requested(org)
    made = asked.json["id"]
    return {
        "requestBreakGlass": asked,
        "approveOperatorBreakGlass": bob.act(org, made, "approve"),
        "collectBreakGlassToken": ann.act(org, made, "token"),
        "approveBreakGlass": act(head, other, "approve"),
        "endBreakGlass": act(head, made, "end"),
        "endOperatorBreakGlass": bob.act(org, other, "end"),
        "getBreakGlass": org.get(f"/break-glass/{made}"),
        "listBreakGlass": org.get("/break-glass"),
        "getOperatorBreakGlass": ann.get(org, f"/{other}"),
        "listOperatorBreakGlass": ann.get(org),
    }


def test_every_answer_has_its_documented_fields_and_no_other(org: ApiOrg, answers: dict[str, Reply]) -> None:
    document = org.client.get("/openapi.json").json
    closed = deepcopy(document["components"])
    for schema in closed["schemas"].values():
        schema["additionalProperties"] = False
    operations = [one for methods in document["paths"].values() for one in methods.values()]

    for operation in operations:
        name = operation["operationId"]
        if name in NEVER_A_SUCCESS:
            continue
        reply = answers[name]
        if reply.status == 303:
            assert (reply.body, operation["responses"]["303"]["content"]) == (b"", {})
            assert reply.headers["location"].startswith("http://")
        elif reply.status == 204:
            assert (reply.body, operation["responses"]["204"]["content"]) == (b"", {})
        elif not reply.headers["content-type"].endswith("json"):
            assert reply.headers["content-type"].partition(";")[0] in operation["responses"]["200"]["content"]
            assert reply.body
        else:
            content = operation["responses"][str(reply.status)]["content"][reply.headers["content-type"]]
            whole: Any = {**content["schema"], "components": closed}
            validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
            assert not [str(error) for error in validator.iter_errors(reply.json)], name
