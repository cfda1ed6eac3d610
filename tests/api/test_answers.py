"""Every answer of success, field by field: what is documented is there, and nothing else is."""

from copy import deepcopy
from typing import Any

import jsonschema_rs
import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.authenticator import Authenticator
from support.bent_provider import BentProvider
from support.browsers import Browser, person, sign_in
from support.directories import ENTERPRISE, USER, Directory, directory
from support.guests import OTHER_PASSWORD, PASSWORD, Guest
from support.http_client import Reply
from support.job_answers import job_answers
from support.logs import log_answers, when_signed
from support.operators import Operator, act
from support.passkeys import PAGE, SIGN_IN, cookie_of, here, holder, send_passkey, send_proof
from support.people import SCRAP, Person, join, set_rules
from support.sign_ins import Front
from support.staff import Staff
from support.staff import administrator as administrator_of
from velaurum.db.connection import Database

# A page, what is not offered, and what nobody can do here any more (test_claims.py).
NEVER_A_SUCCESS = ("getProblem", "searchScim", "claim")


@pytest.fixture
def answers(
    org: ApiOrg, administrator: str, api_door: Database, ann: Operator, bob: Operator, bent: BentProvider
) -> dict[str, Reply]:
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
        "getTenancyAttestation": org.get("/assurance/tenancy"),
        **log_answers(org, movement),
        **job_answers(org, api_door),
        "getVerifierKeys": org.client.get("/.well-known/velaurum/keys"),
        "getOpenApi": org.client.get("/openapi.json"),
        **break_glass_answers(org, ann, bob, join(api_door, org, "org-admin")),
        **people_answers(administrator_of(org)),
        **session_answers(org, api_door),
        **passkey_answers(org, api_door),
        **sign_in_answers(org, api_door, bent),
        **password_answers(org),
        **scim_answers(directory(org), administrator_of(org)),
        **approval_answers(org, join(api_door, org, "storekeeper"), join(api_door, org, "controller")),
    }


def people_answers(admin: Staff) -> dict[str, Reply]:
    made = admin.post("/principals", {"name": "Ada", "kind": "user", "sub_org": "STORES"})
    path = f"/principals/{made.json['id']}"
    given = admin.post(f"{path}/assignments", {"role": "auditor", "sub_org": "STORES"})
    issued = admin.post(f"{path}/tokens", {"role": "auditor"})
    role = {"code": "night-shift", "name": "Night shift", "permissions": ["read"]}
    return {
        "createPrincipal": made,
        "getPrincipal": admin.get(path),
        "listPrincipals": admin.get("/principals?limit=1"),
        "changePrincipal": admin.patch(path, {"sub_org": None}, '"v1"'),
        "createAssignment": given,
        "listAssignments": admin.get(f"{path}/assignments"),
        "revokeAssignment": admin.post(f"{path}/assignments/{given.json['id']}/revocation"),
        "createToken": issued,
        "getToken": admin.get(f"/tokens/{issued.json['id']}"),
        "listTokens": admin.get("/tokens?limit=1"),
        "revokeToken": admin.post(f"/tokens/{issued.json['id']}/revocation"),
        "disablePrincipal": admin.post(f"{path}/disabling"),
        "enablePrincipal": admin.post(f"{path}/enabling"),
        "createRole": admin.post("/roles", role),
        "getRole": admin.get("/roles/night-shift"),
        "listRoles": admin.get("/roles?limit=1"),
        "changeRole": admin.patch("/roles/night-shift", {"name": "Nights"}, '"v1"'),
        "getStanding": admin.get("/me"),
        "listIdentityChanges": admin.get("/identity-changes"),
        "listPrincipalVersions": admin.get(f"{path}/history"),
        "listTokenVersions": admin.get(f"/tokens/{issued.json['id']}/history"),
        "listRoleVersions": admin.get("/roles/night-shift/history"),
        "listSubOrgVersions": admin.get("/sub-orgs/STORES/history"),
        "listItemVersions": admin.get("/items/BOLT/history"),
        "listLocationVersions": admin.get("/locations/A/history"),
        **{
            name: when_signed(lambda path=of: admin.get(f"{path}/proof"))
            for name, of in (
                ("getPrincipalProof", path),
                ("getTokenProof", f"/tokens/{issued.json['id']}"),
                ("getRoleProof", "/roles/night-shift"),
                ("getSubOrgProof", "/sub-orgs/STORES"),
                ("getItemProof", "/items/BOLT"),
                ("getLocationProof", "/locations/A"),
            )
        },
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


def sign_in_answers(org: ApiOrg, door: Database, bent: BentProvider) -> dict[str, Reply]:
    body = {"code": "idp", "name": "Provider", "issuer": bent.issuer, "client_id": "velaurum"}
    made = org.post("/providers", body, role="org-admin")
    linked = Front(org, made.json).link("ada", person(door, org, "auditor"))
    front = Front(org, made.json)
    begun = front.browser.visit(front.url, stop_at=bent.issuer)
    back = front.browser.visit(begun.url, stop_at="/callback")
    path, token = f"{org.path}/providers/idp/subjects/{linked.json['id']}", org.tokens["org-admin"]
    return {
        "createProvider": made,
        "getProvider": org.get("/providers/idp", role="org-admin"),
        "listProviders": org.get("/providers", role="org-admin"),
        "linkSubject": linked,
        "listSubjects": org.get("/providers/idp/subjects", role="org-admin"),
        "getClientKeys": org.get("/providers/idp/client-keys"),
        "beginSignIn": begun.reply,
        "finishSignIn": front.browser.visit(back.url, stop_at="/session").reply,
        "unlinkSubject": org.client.ask("DELETE", path, token=token),
        "changeProvider": org.patch("/providers/idp", {"name": "New"}, '"v1"'),
    }


def scim_answers(sent: Directory, admin: Staff) -> dict[str, Reply]:
    body = {"schemas": [USER], "userName": "ada", "externalId": "x", "displayName": "Ada", "title": "Clerk"}
    name, emails = (
        {"givenName": "Ada", "formatted": "Ada B."},
        [{"value": "a", "type": "work", "primary": True}],
    )
    whole = {**body, "name": name, "emails": emails, ENTERPRISE: {"department": "Stores"}}
    user = sent.ask("POST", "/Users", whole)
    of_user = f"/Users/{user.json['id']}"
    members = [{"value": user.json["id"]}]
    group = sent.ask("POST", "/Groups", {"displayName": "Stores", "externalId": "y", "members": members})
    of_group = f"/Groups/{group.json['id']}"
    mapped = admin.post(f"/scim-groups/{group.json['id']}/mappings", {"role": "auditor", "sub_org": "STORES"})
    handed = admin.post("/scim-users", {"principal": admin.hires(), "user_name": "bob", "external_id": "z"})
    ours = f"{admin.org.path}/scim-"
    answers = {
        "getScimConfig": sent.get("/ServiceProviderConfig"),
        "listResourceTypes": sent.get("/ResourceTypes"),
        "getResourceType": sent.get("/ResourceTypes/User"),
        "listSchemas": sent.get("/Schemas"),
        "getSchema": sent.get(f"/Schemas/{USER}"),
        "createUser": user,
        "getUser": sent.get(of_user),
        "listUsers": sent.get("/Users"),
        "patchUser": sent.patch(of_user, {"op": "replace", "path": "title", "value": "Chief"}),
        "replaceUser": sent.ask("PUT", of_user, whole),
        "createGroup": group,
        "getGroup": sent.get(of_group),
        "listGroups": sent.get("/Groups"),
        "patchGroup": sent.patch(of_group, {"op": "replace", "path": "displayName", "value": "More stores"}),
        "replaceGroup": sent.ask("PUT", of_group, {"displayName": "Stores", "members": members}),
        "createScimMapping": mapped,
        "listScimMappings": admin.get(f"/scim-groups/{group.json['id']}/mappings"),
        "listScimGroups": admin.get("/scim-groups"),
        "linkScimUser": handed,
        "listScimUsers": admin.get("/scim-users"),
    }
    gone = {
        "deleteScimMapping": f"{ours}groups/{group.json['id']}/mappings/{mapped.json['id']}",
        "unlinkScimUser": f"{ours}users/{handed.json['id']}",
    }
    answers |= {name: admin.org.client.ask("DELETE", path, token=admin.token) for name, path in gone.items()}
    return {
        **answers,
        "deleteUser": sent.ask("DELETE", of_user),
        "deleteGroup": sent.ask("DELETE", of_group),
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
