"""Providers of Entra's shape: a person is tenant and object, in a tenant that is let in, by its own issuer."""

from typing import Any

import pytest

from support.api_orgs import ApiOrg
from support.bent_provider import KEY, BentProvider, Claims
from support.sign_ins import NOBODY, Front, let_vouch, refused
from velaurum.db.connection import Database

FAILED = (502, "provider-failed")
FORGED = (403, "forbidden", NOBODY)
TENANT = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
OTHER_TENANT = "11111111-2222-4333-8444-555555555555"
OBJECT = "9f4880d8-80ba-4c40-97bc-f7a23c703084"


def entra(org: ApiOrg, bent: BentProvider, tenant: str, **members: Any) -> Front:
    """Let a provider of Entra's shape vouch: the issuer is a tenant's, or for many that of each."""
    bent.metadata = {"issuer": f"{bent.issuer}/{'{tenantid}' if tenant == 'common' else tenant}/v2.0"}
    path = f"/{tenant}/v2.0/.well-known/openid-configuration"
    bent.answers = {}
    document = bent.answer("/.well-known/openid-configuration", {}, {})
    bent.answers = {path: document}
    issuer = f"{bent.issuer}/{tenant}/v2.0"
    return let_vouch(org, issuer, kind="entra", tenant_ids=[TENANT], **members)


def of_tenant(bent: BentProvider, tenant: str = TENANT, **members: Any) -> Claims:
    return {"iss": f"{bent.issuer}/{tenant}/v2.0", "tid": tenant, "oid": OBJECT, **members}


@pytest.mark.parametrize("tenant", [TENANT, "common", "organizations"])
def test_a_person_of_entra_is_tenant_and_object(
    org: ApiOrg, bent: BentProvider, api_door: Database, tenant: str
) -> None:
    front = entra(org, bent, tenant) if tenant != "organizations" else entra_for_work(org, bent)
    front.linked_person(api_door, f"{TENANT.upper()}/{OBJECT}")
    bent.claims = of_tenant(bent, sub="changes-with-the-client", preferred_username="ada@example.com")

    assert front.sign_in().reply.status == 200


def entra_for_work(org: ApiOrg, bent: BentProvider) -> Front:
    bent.metadata = {"issuer": bent.issuer + "/{tenantid}/v2.0"}
    document = bent.answer("/.well-known/openid-configuration", {}, {})
    bent.answers = {"/organizations/v2.0/.well-known/openid-configuration": document}
    return let_vouch(org, f"{bent.issuer}/organizations/v2.0", kind="entra", tenant_ids=[TENANT])


STRANGERS: dict[str, Claims] = {
    "another tenant": {"tid": OTHER_TENANT, "iss": "other"},
    "another tenant by the issuer of ours": {"tid": OTHER_TENANT},
    "our tenant by the issuer of another": {"iss": "other"},
    "the issuer of all": {"iss": "common"},
    "the template": {"iss": "{tenantid}"},
    "no tenant": {"tid": None},
    "no object": {"oid": None, "sub": OBJECT},
    "an object that is none": {"oid": "ada"},
    "another object": {"oid": OTHER_TENANT},
}


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_of_entra_is_refused(
    org: ApiOrg, bent: BentProvider, api_door: Database, who: str
) -> None:
    front = entra(org, bent, "common")
    front.linked_person(api_door, f"{TENANT}/{OBJECT}")
    names = {"other": OTHER_TENANT, "common": "common", "{tenantid}": "{tenantid}"}
    said = {
        name: f"{bent.issuer}/{names[value]}/v2.0" if name == "iss" else value
        for name, value in STRANGERS[who].items()
    }
    bent.claims = of_tenant(bent, **said)

    assert refused(front.sign_in()) == FORGED


def test_the_document_of_many_tenants_is_entras_alone(org: ApiOrg, bent: BentProvider) -> None:
    entra(org, bent, "common")
    generic = let_vouch(org, f"{bent.issuer}/common/v2.0", code="generic")

    assert generic.sign_in().reply.refused == FAILED


@pytest.mark.parametrize(("tenant", "is_good"), [(TENANT, True), ("{tenantid}", True), (OTHER_TENANT, False)])
def test_a_key_of_another_tenant_signs_nobody_in(
    org: ApiOrg, bent: BentProvider, api_door: Database, tenant: str, is_good: bool
) -> None:
    front = entra(org, bent, "common")
    front.linked_person(api_door, f"{TENANT}/{OBJECT}")
    bent.claims = of_tenant(bent)
    bent.keys = [{**KEY.as_dict(private=False), "issuer": f"{bent.issuer}/{tenant}/v2.0"}]

    assert front.sign_in().reply.status == (200 if is_good else 403)


def test_one_tenant_does_not_vouch_for_people_of_another(
    org: ApiOrg, bent: BentProvider, api_door: Database
) -> None:
    front = entra(org, bent, "common")
    assert org.patch("/providers/idp", {"tenant_ids": [TENANT, OTHER_TENANT]}, '"v1"').status == 200
    front.linked_person(api_door, f"{TENANT}/{OBJECT}")

    bent.claims = of_tenant(bent, iss=f"{bent.issuer}/{OTHER_TENANT}/v2.0")
    assert refused(front.sign_in()) == FORGED
    bent.claims = of_tenant(bent)
    assert front.sign_in().reply.status == 200
