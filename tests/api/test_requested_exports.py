"""Exports over HTTP: asked for by who decides who may do what, for a recipient, and by nobody else (V-19)."""

from datetime import timedelta

import pytest

from support.api_orgs import ApiOrg
from support.job_answers import RECIPIENT
from support.keyrings import keyring_within
from velaurum.db.connection import Database
from velaurum.identity import tokens

BODY = {"recipient": RECIPIENT}


def test_a_repeat_is_the_same_export(org: ApiOrg) -> None:
    first, again = (org.post("/exports", BODY, role="org-admin", key="monday") for _ in range(2))

    assert (first.status, again.status) == (202, 200)
    assert (again.json["id"], again.json["kind"]) == (first.json["id"], "export")


@pytest.mark.parametrize("role", ["storekeeper", "controller", "auditor", "integration", "provisioner"])
def test_nobody_else_carries_an_organisation_away(org: ApiOrg, role: str) -> None:
    assert org.post("/exports", BODY, role=role).refused == (403, "forbidden")


@pytest.mark.parametrize(
    "recipient", ["", "age1", "age1" + "q" * 58, "ssh-ed25519 AAAA", "age1" + "q" * 9000]
)
def test_a_recipient_that_is_none_is_named(org: ApiOrg, recipient: str) -> None:
    reply = org.post("/exports", {"recipient": recipient}, role="org-admin")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["/recipient"])


def test_a_department_carries_nothing_away(org: ApiOrg, api_door: Database) -> None:
    org.post("/sub-orgs", {"code": "STORES", "name": "Stores"}, role="org-admin")
    life = timedelta(days=1)
    with api_door.installation() as outside:
        tx = outside.within(org.org_id)
        made = tokens.create(
            tx,
            org.org_id,
            keyring_within(tx),
            "org-admin",
            kind="service",
            name="narrow",
            life=life,
            sub_org="STORES",
        )

    reply = org.client.post(f"{org.path}/exports", BODY, token=made.text, key="mine")

    assert reply.refused == (403, "forbidden")
