"""Integration jobs at the command line: asked for, with a secret that is printed once (V-11)."""

import json
import re

import pytest

from support.command import Installation, Tenant

SECRET = re.compile(r"vlj_[0-9A-Za-z]{92}[0-9a-f]{32}\n")


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def test_the_secret_is_printed_once_and_alone(tenant: Tenant) -> None:
    words = ("integration-job", "create", "print-label", "--item", "BOLT", "--payload", '{"copies": 2}')
    made = tenant.keeper(*words, "--key", "k1")
    again = tenant.keeper(*words, "--key", "k1")

    assert SECRET.fullmatch(made.stdout)
    assert "/v1/callbacks/" in made.stderr
    assert (again.code, again.stdout) == (0, "")
    assert "is gone" in again.stderr


def test_a_job_is_shown_without_its_secret_and_called_off(tenant: Tenant) -> None:
    made = tenant.keeper("integration-job", "create", "print-label", "--expires", "1h", "--json").document
    job_id, secret = made["id"], made["secret"]
    sent = tenant.keeper("integration-job", "sent", job_id, "--json").document
    shown = tenant.keeper("integration-job", "show", job_id)
    listed = tenant.keeper("integration-job", "list", "--state", "sent")
    document = tenant.keeper("integration-job", "list", "--json").document
    off = tenant.keeper("integration-job", "cancel", job_id, "--json").document

    assert (sent["state"], off["state"]) == ("sent", "cancelled")
    assert job_id in listed.stdout
    for said in (shown.stdout, listed.stdout, json.dumps(document), json.dumps(off)):
        assert secret not in said
        assert "secret" not in said
    refused = tenant.keeper("integration-job", "cancel", job_id, "--json")
    assert (refused.code, refused.envelope["code"]) == (5, "conflict")


def test_what_cannot_be_meant_is_one_sentence(tenant: Tenant) -> None:
    refused = tenant.keeper("integration-job", "create", "print-label", "--payload", "[1]")

    assert refused.code == 2
    assert "--payload is no JSON object" in refused.sentence
    unknown = tenant.keeper("integration-job", "show", "019a9f00-0000-7000-8000-000000000000", "--json")
    assert (unknown.code, unknown.envelope["code"]) == (3, "not-found")
