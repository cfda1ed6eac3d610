"""Schemathesis against the served OpenAPI document: what the document says is what the server does."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.bent_provider import BentProvider
from support.browsers import person
from support.counts import opened
from support.directories import directory, maps
from support.logs import when_signed
from support.packs import pack
from support.people import SCRAP, Person
from support.periods import period
from support.reservations import made
from support.sign_ins import let_vouch
from support.staff import administrator as administrator_of
from support.stock_keys import parts
from support.webhook_answers import told_by
from velaurum.api import openapi_examples as examples
from velaurum.db.connection import Database

SEED = 20_261_122
MOST_EXAMPLES = 100
TIMEOUT_S = 1500
ROLES = ("storekeeper", "counter", "provisioner", "controller", "auditor")
HOOKS = Path(__file__).parents[1] / "support" / "schemathesis_lines.py"
CONFIGURATION = """
seed = {seed}
hooks = "{hooks}"
workers = 1
headers = {{ Authorization = "Bearer {storekeeper}" }}

[dictionaries]
# Codes that this organisation has, so that requests reach the ledger and not only the door.
items = {{ values = ["{item}", "BOLT", "MILK", "PUMP"] }}
sub_orgs = {{ values = ["STORES"] }}
principals = {{ values = ["{principal}"] }}
roles = {{ values = ["auditor", "night-shift"] }}
locations = {{ values = ["{location}", "A", "B", "SUPPLIER", "CONSUMPTION", "ADJUSTMENT"] }}
movements = {{ values = ["{movement}"] }}
approvals = {{ values = ["{approval}"] }}
providers = {{ values = ["{provider}"] }}
kinds = {{ values = ["User", "Group"] }}
users = {{ values = ["{user}"] }}
groups = {{ values = ["{group}"] }}
mappings = {{ values = ["{mapping}"] }}
webhooks = {{ values = ["{webhook}"] }}
deliveries = {{ values = ["{delivery}"] }}
links = {{ values = ["{link}"] }}
packs = {{ values = ["{pack}"] }}
lots = {{ values = ["{lot}"] }}
serials = {{ values = ["{serial}"] }}
periods = {{ values = ["{period}"] }}
counts = {{ values = ["{count}"] }}
reservations = {{ values = ["{reservation}"] }}
waits = {{ values = [0] }}
etags = {{ values = ['"v1"', '"v2"', '"v3"'] }}
quantities = {{ values = ["1", "0.5", "24.000000001", "9999999999999999999.999999999"] }}

[parameters]
"path.org" = "{org}"
"path.item" = {{ dictionary = "items", probability = 0.7 }}
"path.sub_org" = {{ dictionary = "sub_orgs", probability = 0.7 }}
"path.principal" = {{ dictionary = "principals", probability = 0.7 }}
"path.role" = {{ dictionary = "roles", probability = 0.7 }}
"body.role" = {{ dictionary = "roles", probability = 0.7 }}
"path.location" = {{ dictionary = "locations", probability = 0.7 }}
"path.approval" = {{ dictionary = "approvals", probability = 0.7 }}
"path.provider" = {{ dictionary = "providers", probability = 0.7 }}
"path.kind" = {{ dictionary = "kinds", probability = 0.7 }}
"path.user" = {{ dictionary = "users", probability = 0.7 }}
"path.group" = {{ dictionary = "groups", probability = 0.7 }}
"path.mapping" = {{ dictionary = "mappings", probability = 0.7 }}
"path.webhook" = {{ dictionary = "webhooks", probability = 0.7 }}
"path.delivery" = {{ dictionary = "deliveries", probability = 0.7 }}
"path.pack" = {{ dictionary = "packs", probability = 0.7 }}
"path.lot" = {{ dictionary = "lots", probability = 0.7 }}
"path.serial" = {{ dictionary = "serials", probability = 0.7 }}
"path.period" = {{ dictionary = "periods", probability = 0.7 }}
"path.count" = {{ dictionary = "counts", probability = 0.7 }}
"path.reservation" = {{ dictionary = "reservations", probability = 0.7 }}
"path.link" = {{ dictionary = "links", probability = 0.7 }}
"body.principal" = {{ dictionary = "principals", probability = 0.8 }}
"path.movement" = {{ dictionary = "movements", probability = 0.7 }}
"query.item" = {{ dictionary = "items", probability = 0.7 }}
"query.location" = {{ dictionary = "locations", probability = 0.7 }}
"query.wait" = {{ dictionary = "waits", probability = 1.0 }}
"header.If-Match" = {{ dictionary = "etags", probability = 0.7 }}
"body.item" = {{ dictionary = "items", probability = 0.8 }}
"body.source" = {{ dictionary = "locations", probability = 0.8 }}
"body.target" = {{ dictionary = "locations", probability = 0.8 }}
"body.quantity" = {{ dictionary = "quantities", probability = 0.5 }}

[checks]
# A body that fits its schema may still name what the organisation does not have, or overdraw a location.
positive_data_acceptance.enabled = false

[checks.missing_required_header]
expected-statuses = [400, 401, 428]

[checks.negative_data_rejection]
# Beside Schemathesis's own list: what is refused before or after a field is looked at, each with its own status.
expected-statuses = [400, 401, 403, 404, 405, 412, 413, 415, 422, 428]

[phases.stateful]
enabled = false

[[operations]]
include-operation-id = [
    "createItem", "changeItem", "createPack", "changePack", "deletePack", "createLot", "changeLot",
    "createSerial", "changeSerial", "listWrappingKeyVersions",
    "createLocation", "changeLocation", "createSubOrg", "changeSubOrg",
    "replaceApprovalRules", "listBreakGlass", "getBreakGlass", "approveBreakGlass", "endBreakGlass",
    "createProvider", "getProvider", "changeProvider", "listProviders", "linkSubject", "unlinkSubject", "listSubjects",
    "createPrincipal", "listPrincipals", "getPrincipal", "changePrincipal", "disablePrincipal",
    "enablePrincipal", "holdPrincipal", "restrictPrincipal", "erasePrincipal", "getPrincipalBundle",
    "createAssignment", "listAssignments",
    "revokeAssignment", "createRole", "changeRole",
    "createToken", "listTokens", "getToken", "revokeToken", "listIdentityChanges", "createInvitation",
    "linkScimUser", "listScimUsers", "unlinkScimUser", "listScimGroups", "createScimMapping", "listScimMappings",
    "deleteScimMapping", "createWebhook", "listWebhooks", "getWebhook", "changeWebhook", "rotateWebhookSecret",
    "testWebhook", "listDeliveries", "getDelivery", "redeliver", "listDeadLetters", "replayDeadLetter", "rotateKeys",
    "requestExport", "getExportArchive"
]
headers = {{ Authorization = "Bearer {org_admin}" }}

[[operations]]
# Directories send more than the standard has, and less than the document asks for: what is not kept is ignored.
include-operation-id = [
    "createUser", "getUser", "listUsers", "replaceUser", "patchUser", "deleteUser", "createGroup", "getGroup",
    "listGroups", "replaceGroup", "patchGroup", "deleteGroup", "getScimConfig", "listResourceTypes",
    "getResourceType", "listSchemas", "getSchema", "searchScim"
]
headers = {{ Authorization = "Bearer {provisioner}" }}
checks.negative_data_rejection.enabled = false

[[operations]]
# 501 says that this part of the standard is not offered.
include-operation-id = "searchScim"
checks.not_a_server_error.enabled = false

[[operations]]
# A stream goes on; what is asked here ends.
include-operation-id = "listEvents"
headers = {{ Authorization = "Bearer {storekeeper}", Accept = "application/json" }}

[[operations]]
include-operation-id = [
    "approveRequest", "rejectRequest", "approveCount", "createPeriod", "softClosePeriod", "closePeriod", "reopenPeriod"
]
headers = {{ Authorization = "Bearer {controller}" }}

[[operations]]
include-operation-id = "addCountLines"
headers = {{ Authorization = "Bearer {counter}" }}

[[operations]]
include-operation-id = ["requestVerification", "listKeys", "listAccessEvents"]
headers = {{ Authorization = "Bearer {auditor}" }}

[[operations]]
# A token may not do it, and a made-up session is none, whatever else is missing.
include-operation-id = "registerPasskey"
checks.missing_required_header.expected-statuses = [401, 403]

[[operations]]
# Whoever shows no secret of a job is told that there is none.
include-operation-id = ["takeCallbackJob", "endCallbackJob"]
checks.missing_required_header.expected-statuses = [404]

[[operations]]
include-operation-id = ["getPasskeySignInOptions", "signInWithPasskey", "signInWithPassword", "redeemInvitation"]
headers = {{ Sec-Fetch-Site = "same-origin" }}

[[operations]]
include-operation-id = [
    "listOrgs", "requestBreakGlass", "listOperatorBreakGlass", "getOperatorBreakGlass",
    "approveOperatorBreakGlass", "collectBreakGlassToken", "endOperatorBreakGlass"
]
headers = {{ Authorization = "Bearer {administrator}" }}

[[operations]]
# What could be read answers 200, with the refusal of each movement in its own result (ADR 0012).
include-operation-id = ["postMovementBatch", "postMovementStream"]
checks.negative_data_rejection.enabled = false
"""


@pytest.mark.timeout(TIMEOUT_S + 60)
def test_the_server_does_what_its_openapi_document_says(
    org: ApiOrg, administrator: str, bent: BentProvider, api_door: Database, tmp_path: Path
) -> None:
    org.item(examples.ITEM_CODE)
    org.location(examples.LOCATION_CODE)
    movement = org.movement(RECEIPT)["id"]
    approval = Person(org, org.tokens["storekeeper"]).asked(SCRAP)
    front = let_vouch(org, bent.issuer, client_auth="private-key")
    principal = person(api_door, org)
    group = directory(org).groups()["id"]
    when_signed(lambda: org.get("/log/meta"))
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(
        CONFIGURATION.format(
            seed=SEED,
            hooks=HOOKS,
            org=org.code,
            item=examples.ITEM_CODE,
            location=examples.LOCATION_CODE,
            movement=movement,
            pack=pack(org, examples.ITEM_CODE)["id"],
            approval=approval,
            provider=front.provider["code"],
            link=front.link("ada", principal).json["id"],
            principal=administrator_of(org).hires(),
            **({role: org.tokens[role] for role in ROLES} | {"reservation": made(org)}),
            user=directory(org).hires()["id"],
            group=group,
            mapping=maps(administrator_of(org), group, "auditor")["id"],
            **(parts(org) | told_by(org) | {"period": period(org)["code"], "count": opened(org)}),
            org_admin=org.tokens["org-admin"],
            administrator=administrator,
        )
    )

    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run"),
            f"{org.client.url}/openapi.json",
            *("--phases", "examples,coverage,fuzzing"),
            *("--max-examples", str(MOST_EXAMPLES), "--no-shrink", "--continue-on-failure"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
