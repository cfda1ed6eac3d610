"""Signing in by a provider: a real one as a process of its own, and what a browser sees on the way."""

import re
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.api_orgs import ApiOrg
from support.bent_provider import BentProvider
from support.browsers import disable, person
from support.http_client import Client
from support.oidc_provider import OidcProvider
from support.server_process import ServerProcess, running
from support.sign_ins import CODE, NOBODY, Front, let_vouch, refused
from support.web_browser import WebBrowser
from velaurum.api.gate import CACHE_S
from velaurum.db.connection import Database
from velaurum.tenancy import orgs

SECRET_NAME = "of-the-provider"  # noqa: S105 - the name of a file


@pytest.fixture
def real(org: ApiOrg, oidc_provider: OidcProvider, server: ServerProcess) -> Front:
    """Let the real provider vouch, as a client that registered with it and whose secret is in a file."""
    origin = f"http://localhost:{server.url.rpartition(':')[2]}"
    client_id, secret = oidc_provider.register(f"{origin}{org.path}/providers/{CODE}/callback")
    keep_secret(server, org, secret)
    members = {"client_auth": "secret-file", "client_secret": f"file:{SECRET_NAME}"}
    return let_vouch(org, oidc_provider.issuer, client_id=client_id, **members)


def keep_secret(server: ServerProcess, org: ApiOrg, secret: str) -> None:
    folder = Path(server.data_dir, "secrets", "providers", org.code)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SECRET_NAME).write_text(secret + "\n")


def test_somebody_signs_in_by_a_real_provider(real: Front, api_door: Database) -> None:
    principal_id = real.linked_person(api_door, "grace@example.com", "auditor")

    form = real.sign_in()
    assert urlsplit(form.url).path == "/oauth2/authorize"
    page = real.browser.submit(form, sub="grace@example.com")

    assert page.reply.status == 200, page
    assert page.url == f"{real.origin}{real.org.path}/session"
    assert (page.reply.json["principal"]["id"], page.reply.json["method"]) == (principal_id, "oidc")
    items = real.browser.visit(f"{real.origin}{real.org.path}/items")
    assert items.reply.status == 200


def test_an_answer_without_the_state_is_nobodys(real: Front) -> None:
    """This provider forgets the state where somebody says no: nothing of its answer counts then."""
    page = real.browser.submit(real.sign_in(), action="deny")

    assert page.reply.refused == (400, "invalid-field")
    assert real.session is None


def test_a_server_that_has_opened_no_key_signs_somebody_in(
    org: ApiOrg, bent: BentProvider, server: ServerProcess, api_database: str, api_door: Database
) -> None:
    front = let_vouch(org, bent.issuer)
    principal_id = front.linked_person(api_door)

    with running(server.data_dir, api_database) as fresh, closing(Client(fresh.url)) as client:
        page = Front(replace(org, client=client), front.provider).sign_in()

    assert page.reply.status == 200, page
    assert page.reply.json["principal"]["id"] == principal_id


def test_who_says_no_is_told_so(org: ApiOrg, bent: BentProvider) -> None:
    front = let_vouch(org, bent.issuer)
    bent.came_back_with = {"code": None, "error": "access_denied"}

    page = front.sign_in()

    assert page.reply.refused == (403, "forbidden")
    assert "access_denied" in page.reply.json["detail"]


def test_a_client_with_a_wrong_secret_signs_nobody_in(
    real: Front, server: ServerProcess, api_door: Database
) -> None:
    real.linked_person(api_door, "grace@example.com")
    keep_secret(server, real.org, "guessed")

    page = real.browser.submit(real.sign_in(), sub="grace@example.com")

    assert refused(page) == (403, "forbidden", NOBODY)


def test_a_secret_of_another_organisation_is_out_of_reach(
    real: Front, other_org: ApiOrg, oidc_provider: OidcProvider, api_door: Database
) -> None:
    members = {"client_auth": "secret-file", "client_secret": f"file:{SECRET_NAME}"}
    thief = let_vouch(other_org, oidc_provider.issuer, client_id=real.provider["client_id"], **members)
    thief.linked_person(api_door)
    redirect_uri = f"{real.origin}{other_org.path}/providers/{CODE}/callback"
    client_id, _ = oidc_provider.register(redirect_uri)
    changed = other_org.patch(f"/providers/{CODE}", {"client_id": client_id}, '"v1"')
    assert changed.status == 200

    page = thief.browser.submit(thief.sign_in(), sub="ada")

    assert refused(page)[:2] == (502, "provider-failed")


def test_unknown_and_disabled_people_are_told_the_same(
    org: ApiOrg, bent: BentProvider, api_door: Database
) -> None:
    front = let_vouch(org, bent.issuer)
    unknown = front.sign_in()
    disable(api_door, org, front.linked_person(api_door))
    disabled = front.sign_in()
    bent.claims = {"aud": "somebody-else"}
    forged = front.sign_in()

    bodies = {re.sub(rb'"request_id":"[^"]*"', b"", page.reply.body) for page in (unknown, disabled, forged)}
    assert len(bodies) == 1
    assert refused(unknown) == (403, "forbidden", NOBODY)
    assert front.session is None


def test_a_subject_is_nobodys_name_or_address(org: ApiOrg, bent: BentProvider, api_door: Database) -> None:
    front = let_vouch(org, bent.issuer)
    front.linked_person(api_door, "ada@example.com")

    assert refused(front.sign_in()) == (403, "forbidden", NOBODY)


def test_claims_of_the_provider_grant_nothing(org: ApiOrg, bent: BentProvider, api_door: Database) -> None:
    front = let_vouch(org, bent.issuer)
    front.linked_person(api_door, "ada", "auditor")
    bent.claims = {"roles": ["org-admin"], "groups": ["org-admin"], "organization": [org.code], "org_id": "x"}

    assert front.sign_in().reply.status == 200

    providers = front.browser.visit(f"{front.origin}{org.path}/providers")
    assert providers.reply.refused == (403, "forbidden")


def test_two_organisations_have_their_own_people_with_one_provider(
    org: ApiOrg, other_org: ApiOrg, bent: BentProvider, api_door: Database
) -> None:
    here, there = let_vouch(org, bent.issuer), let_vouch(other_org, bent.issuer)
    there.browser = here.browser
    principals = [here.linked_person(api_door), there.linked_person(api_door)]

    pages = [here.sign_in(), there.sign_in()]

    assert [page.reply.json["principal"]["id"] for page in pages] == principals
    assert here.browser.visit(f"{here.origin}{org.path}/items").reply.status == 200


def test_a_subject_that_is_linked_elsewhere_signs_nobody_in(
    org: ApiOrg, other_org: ApiOrg, bent: BentProvider, api_door: Database
) -> None:
    here, there = let_vouch(org, bent.issuer), let_vouch(other_org, bent.issuer)
    there.linked_person(api_door)

    assert refused(here.sign_in()) == (403, "forbidden", NOBODY)


def test_the_session_before_ends_with_the_next(org: ApiOrg, bent: BentProvider, api_door: Database) -> None:
    front = let_vouch(org, bent.issuer)
    front.linked_person(api_door)
    front.sign_in()
    port = int(front.origin.rpartition(":")[2])
    before = dict(front.browser.jars[port])

    front.sign_in()
    time.sleep(CACHE_S)

    old = WebBrowser({port: before}).visit(f"{front.origin}{org.path}/session")
    assert old.reply.refused == (401, "unauthenticated")


@pytest.mark.parametrize("how", ["unlink", "disable"])
def test_who_is_no_longer_vouched_for_goes_out(
    org: ApiOrg, bent: BentProvider, api_door: Database, how: str
) -> None:
    front = let_vouch(org, bent.issuer)
    linked = front.link("ada", person(api_door, org, "auditor")).json["id"]
    assert front.sign_in().reply.status == 200

    if how == "unlink":
        path, token = f"{org.path}/providers/{CODE}/subjects/{linked}", org.tokens["org-admin"]
        assert org.client.ask("DELETE", path, token=token).status == 200
    else:
        assert org.patch(f"/providers/{CODE}", {"is_disabled": True}, '"v1"').status == 200
    time.sleep(CACHE_S)

    here = front.browser.visit(f"{front.origin}{org.path}/session")
    assert here.reply.refused == (401, "unauthenticated")
    expected: Any = (403, "forbidden") if how == "unlink" else (404, "not-found")
    assert front.sign_in().reply.refused == expected


def test_a_provider_that_is_disabled_on_the_way_signs_nobody_in(
    org: ApiOrg, bent: BentProvider, api_door: Database
) -> None:
    front = let_vouch(org, bent.issuer)
    front.linked_person(api_door)
    callback = front.stopped().url
    assert org.patch(f"/providers/{CODE}", {"is_disabled": True}, '"v1"').status == 200

    assert front.browser.follow(callback).reply.refused == (404, "not-found")


def test_nobody_signs_in_to_an_organisation_that_is_suspended(
    org: ApiOrg, bent: BentProvider, api_door: Database
) -> None:
    front = let_vouch(org, bent.issuer)
    front.linked_person(api_door)
    callback = front.stopped().url
    with api_door.installation() as outside:
        found = orgs.find(outside, org.code)
        assert found is not None
        orgs.suspend(outside, found, "unpaid")

    assert front.browser.follow(callback).reply.refused == (403, "suspended")
    assert front.sign_in().reply.refused == (403, "suspended")


def test_unknown_organisations_and_providers_answer_alike(org: ApiOrg, bent: BentProvider) -> None:
    let_vouch(org, bent.issuer, code="disabled")
    assert org.patch("/providers/disabled", {"is_disabled": True}, '"v1"').status == 200
    paths = [
        f"{org.path}/providers/nobody",
        f"{org.path}/providers/disabled",
        "/v1/orgs/nobody/providers/idp",
    ]

    for end in ("/sign-in", "/callback?state=x", "/client-keys"):
        replies = [org.client.get(path + end) for path in paths]
        bodies = {re.sub(rb'"request_id":"[^"]*"', b"", reply.body) for reply in replies}
        assert (len(bodies), replies[0].refused) == (1, (404, "not-found"))
