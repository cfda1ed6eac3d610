"""The record of processing over HTTP: for who may, with the organisation's own recipients alone (V-25)."""

import pytest

from support.api_orgs import ApiOrg
from support.webhook_answers import NEW

PATH = "/privacy/record"


@pytest.mark.parametrize("role", ["org-admin", "auditor"])
def test_who_keeps_the_organisation_sound_reads_it(org: ApiOrg, role: str) -> None:
    reply = org.get(PATH, role=role)

    assert reply.status == 200
    assert reply.json["org"]["code"] == org.code
    assert reply.json["org"]["region"]


@pytest.mark.parametrize("role", ["storekeeper", "controller", "integration", "provisioner"])
def test_nobody_else_does(org: ApiOrg, role: str) -> None:
    assert org.get(PATH, role=role).refused == (403, "forbidden")


def test_it_is_the_same_each_time(org: ApiOrg) -> None:
    assert org.get(PATH).json == org.get(PATH).json


def test_it_names_the_hosts_that_the_organisation_tells_and_no_others(org: ApiOrg, other_org: ApiOrg) -> None:
    everybodys = org.get(PATH).json["recipients"]  # a message bus, where one carries messages
    assert org.post("/webhooks", NEW, role="org-admin").status == 201

    after = org.get(PATH).json["recipients"]

    assert other_org.get(PATH).json["recipients"] == everybodys
    assert "webhook" not in {one["kind"] for one in everybodys}
    assert [(one["kind"], one["host"], one["webhooks"]) for one in after if one not in everybodys] == [
        ("webhook", "hooks.invalid", ["erp"])
    ]


def test_who_reaches_a_department_alone_does_not_read_it(org: ApiOrg) -> None:
    assert org.post("/sub-orgs", {"code": "STORES", "name": "Stores"}, role="org-admin").status == 201
    made = org.post("/principals", {"kind": "service", "name": "Head", "sub_org": "STORES"}, role="org-admin")
    issued = org.post(
        f"/principals/{made.json['id']}/tokens",
        {"role": "auditor", "sub_org": "STORES"},
        role="org-admin",
    )
    assert issued.status == 201, issued.json

    reply = org.client.get(org.path + PATH, token=issued.json["token"])

    assert reply.refused == (403, "forbidden")
