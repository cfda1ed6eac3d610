"""Providers that fail, lie about who they are, or send us elsewhere; and how we prove to them which client we are."""

import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from support import bent_provider
from support.api_orgs import ApiOrg
from support.bent_provider import BentProvider
from support.sign_ins import CODE, NOBODY, Front, let_vouch, refused
from velaurum.api.sign_ins import MOST_OF_ONE_ORG
from velaurum.db.connection import Database
from velaurum.outbound.fetching import DEADLINE_S

FAILED = (502, "provider-failed")
FORGED = (403, "forbidden", NOBODY)


@pytest.fixture
def front(org: ApiOrg, bent: BentProvider, api_door: Database) -> Front:
    """Let the bent provider vouch for one person."""
    made = let_vouch(org, bent.issuer)
    made.linked_person(api_door)
    return made


ISSUERS: dict[str, tuple[bool, str | None, bool]] = {
    "announced and right": (True, "own", True),
    "announced and missing": (True, None, False),
    "announced and another": (True, "https://evil.example", False),
    "not announced and missing": (False, None, True),
    "not announced and right": (False, "own", True),
    "not announced and another": (False, "https://evil.example", False),
}


@pytest.mark.parametrize("how", ISSUERS)
def test_an_answer_is_of_the_issuer_that_was_asked(front: Front, bent: BentProvider, how: str) -> None:
    announced, said, is_good = ISSUERS[how]
    bent.metadata = {"authorization_response_iss_parameter_supported": announced}
    bent.came_back_with = {"iss": bent.issuer if said == "own" else said}

    page = front.sign_in()

    assert page.reply.status == (200 if is_good else 403)
    assert len(bent.forms("/token")) == is_good


JSON = {"Content-Type": "application/json"}
BROKEN: dict[str, dict[str, tuple[int, Mapping[str, str], bytes]]] = {
    "no document": {"/.well-known/openid-configuration": (404, JSON, b"{}")},
    "a document that is none": {"/.well-known/openid-configuration": (200, JSON, b"<html>")},
    "a document that is a list": {"/.well-known/openid-configuration": (200, JSON, b"[]")},
    "a document elsewhere": {"/.well-known/openid-configuration": (302, {"Location": "/elsewhere"}, b"")},
    "a huge document": {"/.well-known/openid-configuration": (200, JSON, b" " * 100_000 + b"{}")},
    "no keys": {"/keys": (500, JSON, b"{}")},
    "keys elsewhere": {"/keys": (307, {"Location": "/elsewhere"}, b"")},
    "keys that are none": {"/keys": (200, JSON, b'{"keys": 7}')},
    "no token": {"/token": (200, JSON, b'{"access_token": "x"}')},
    "a token elsewhere": {"/token": (302, {"Location": "/elsewhere"}, b"")},
    "a fault": {"/token": (500, JSON, b"{}")},
    "a huge token": {"/token": (200, JSON, b'{"id_token": "' + b"x" * 100_000 + b'"}')},
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_provider_that_does_not_do_its_part_is_told_of(front: Front, bent: BentProvider, what: str) -> None:
    bent.answers = BROKEN[what]

    page = front.sign_in()

    assert page.reply.refused == FAILED
    assert bent.forms("/elsewhere") == []
    assert front.session is None


def test_a_code_that_the_provider_does_not_know_signs_nobody_in(front: Front, bent: BentProvider) -> None:
    bent.came_back_with = {"code": "guessed"}

    page = front.sign_in()

    assert refused(page) == FORGED
    assert b"secret of the provider" not in page.reply.body


ADDRESSES = {
    "another issuer": {"issuer": "https://evil.example"},
    "the issuer with a slash": {"issuer": "/"},
    "plain HTTP elsewhere": {"token_endpoint": "http://provider.example/token"},
    "a script": {"authorization_endpoint": "javascript:alert(1)"},
    "a file": {"jwks_uri": "file:///etc/passwd"},
    "no address": {"jwks_uri": None},
    "an address with a user": {"jwks_uri": "https://a@provider.example/keys"},
    "a fragment": {"authorization_endpoint": "https://provider.example/#"},
}


@pytest.mark.parametrize("what", ADDRESSES)
def test_a_provider_that_names_what_cannot_be_asked_is_not_asked(
    front: Front, bent: BentProvider, what: str
) -> None:
    bent.metadata = {
        name: bent.issuer + "/" if (name, value) == ("issuer", "/") else value
        for name, value in ADDRESSES[what].items()
    }

    assert front.sign_in().reply.refused == FAILED
    assert bent.forms("/authorize") == []


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "168.63.129.16", "[fd00::1]", "0x7f.1:1"])
def test_keys_on_an_address_that_is_not_public_are_not_fetched(
    front: Front, bent: BentProvider, host: str
) -> None:
    bent.metadata = {"jwks_uri": f"https://{host}/keys"}
    begin = time.monotonic()

    assert front.sign_in().reply.refused == FAILED
    assert time.monotonic() - begin < DEADLINE_S


def test_a_slow_provider_is_given_up_and_holds_up_nobody_else(
    front: Front, bent: BentProvider, other_org: ApiOrg
) -> None:
    bent.delay_s = {"/token": 20}
    begin = time.monotonic()

    page = front.sign_in()

    assert page.reply.refused == FAILED
    assert 4 < time.monotonic() - begin < 15
    assert other_org.get("/items").status == 200


def test_only_so_many_people_wait_for_a_slow_provider(
    org: ApiOrg, other_org: ApiOrg, bent: BentProvider, api_door: Database
) -> None:
    slow, fronts = "/.well-known/openid-configuration", [let_vouch(org, bent.issuer)]
    fronts += [Front(org, fronts[0].provider) for _ in range(MOST_OF_ONE_ORG)]
    bent.delay_s = {slow: 3}
    with bent_provider.running() as quick, ThreadPoolExecutor(len(fronts)) as together:
        beside = let_vouch(other_org, quick.issuer)
        beside.linked_person(api_door)
        asked = [together.submit(front.stopped) for front in fronts]
        wait(asked, return_when=FIRST_COMPLETED)  # the one too many
        begin = time.monotonic()
        assert beside.sign_in().reply.status == 200
        assert time.monotonic() - begin < 2
        codes = [one.result().reply.code for one in asked]

    assert (codes.count("overloaded"), codes.count(None)) == (1, MOST_OF_ONE_ORG)


def test_a_client_proves_itself_with_a_key_of_its_own(
    org: ApiOrg, bent: BentProvider, api_door: Database
) -> None:
    front = let_vouch(org, bent.issuer, client_auth="private-key")
    beside = let_vouch(org, bent.issuer, client_auth="private-key", code="beside")
    front.linked_person(api_door)

    assert front.sign_in().reply.status == 200

    (form,) = bent.forms("/token")
    keys = [
        org.client.get(f"{org.path}/providers/{code}/client-keys").json["keys"] for code in (CODE, "beside")
    ]
    assertion = jwt.decode(form["client_assertion"], ECKey.import_key(keys[0][0]), ["ES256"])
    assert form["client_assertion_type"].endswith(":jwt-bearer")
    assert assertion.header["kid"] == keys[0][0]["kid"] != keys[1][0]["kid"]
    assert assertion.claims["iss"] == assertion.claims["sub"] == form["client_id"] == "velaurum"
    assert assertion.claims["aud"] == bent.issuer
    assert assertion.claims["exp"] - assertion.claims["iat"] == 60
    assert all("d" not in key for one in keys for key in one)
    assert beside.provider["client_auth"] == "private-key"


def test_a_public_client_has_no_keys(front: Front) -> None:
    assert front.org.client.get(f"{front.org.path}/providers/{CODE}/client-keys").refused == (
        404,
        "not-found",
    )
