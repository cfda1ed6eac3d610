"""Signing in by a provider, as a browser sees it: its own state alone, once, and to this site alone."""

from urllib.parse import parse_qs, urlsplit

import pytest

from support.api_orgs import ApiOrg
from support.bent_provider import BentProvider
from support.sign_ins import CODE, NOBODY, Front, let_vouch, refused
from support.web_browser import WebBrowser
from velaurum.db.connection import Database


def test_what_goes_along_to_the_provider(org: ApiOrg, bent: BentProvider) -> None:
    front = let_vouch(org, bent.issuer)

    front.sign_in()

    (asked,) = bent.forms("/authorize")
    assert asked.keys() == {
        *("response_type", "client_id", "redirect_uri", "scope", "state"),
        *("nonce", "code_challenge", "code_challenge_method"),
    }
    assert (asked["response_type"], asked["scope"]) == ("code", "openid")
    assert asked["redirect_uri"] == f"{front.callback}"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    (exchanged,) = bent.forms("/token")
    assert exchanged["code_verifier"] not in (asked["state"], asked["nonce"], asked["code_challenge"])


def test_no_two_sign_ins_are_alike(org: ApiOrg, bent: BentProvider) -> None:
    front = let_vouch(org, bent.issuer)

    for _ in range(3):
        front.stopped()

    for name in ("state", "nonce", "code_challenge"):
        assert len({asked[name] for asked in bent.forms("/authorize")}) == 3


def test_the_browser_goes_on_where_it_wanted_to(org: ApiOrg, bent: BentProvider, api_door: Database) -> None:
    front = let_vouch(org, bent.issuer)
    front.linked_person(api_door)

    page = front.sign_in(f"?return_to={org.path}/items%3Flimit=1")

    assert (page.url, page.reply.status) == (f"{front.origin}{org.path}/items?limit=1", 200)


@pytest.mark.parametrize(
    "return_to",
    [
        *(
            "https://evil.example/",
            "//evil.example/",
            "%2F%2Fevil.example",
            "/%5Cevil.example",
            "%5C%5Cevil.example",
        ),
        *(
            "javascript:alert(1)",
            "evil.example",
            "",
            "/%0d%0aSet-Cookie:x=1",
            "/%09/evil.example",
            "/a%20b",
            "/%C3%A9",
        ),
        "/" + "x" * 600,
    ],
)
def test_nobody_is_sent_to_another_site(org: ApiOrg, bent: BentProvider, return_to: str) -> None:
    front = let_vouch(org, bent.issuer)

    reply = org.client.get(f"{org.path}/providers/{CODE}/sign-in?return_to={return_to}")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["return_to"])
    assert front.session is None


def test_a_callback_is_used_once(org: ApiOrg, bent: BentProvider, api_door: Database) -> None:
    front = let_vouch(org, bent.issuer)
    front.linked_person(api_door)
    callback = front.stopped().url
    kept = {port: dict(jar) for port, jar in front.browser.jars.items()}
    assert front.browser.follow(callback).reply.status == 200

    again = WebBrowser(kept).follow(callback)

    assert (again.reply.refused, again.reply.pointers) == ((400, "invalid-field"), ["state"])
    assert len(bent.forms("/token")) == 1


def test_a_callback_that_failed_is_used_too(org: ApiOrg, bent: BentProvider, api_door: Database) -> None:
    front = let_vouch(org, bent.issuer)
    front.linked_person(api_door)
    callback = front.stopped().url
    bent.claims = {"nonce": "another"}
    assert refused(front.browser.follow(callback)) == (403, "forbidden", NOBODY)
    bent.claims = {}

    again = front.browser.follow(callback)

    assert again.reply.refused == (400, "invalid-field")


def test_what_another_browser_began_is_refused(org: ApiOrg, bent: BentProvider, api_door: Database) -> None:
    """An attacker who lures somebody to a callback signs them in to nothing."""
    attacker = let_vouch(org, bent.issuer)
    attacker.linked_person(api_door)
    callback = attacker.stopped().url
    victim = Front(org, attacker.provider)

    without = victim.browser.follow(callback)
    victim.stopped()
    with_their_own = victim.browser.follow(callback)

    assert without.reply.refused == with_their_own.reply.refused == (400, "invalid-field")
    assert victim.session is None
    assert attacker.browser.follow(callback).reply.status == 200


@pytest.mark.parametrize("state", ["", "x", "%C3%A9", "%00", "a" * 5_000])
def test_a_state_that_is_none_is_refused(org: ApiOrg, bent: BentProvider, state: str) -> None:
    front = let_vouch(org, bent.issuer)
    front.stopped()

    reply = front.browser.follow(f"{front.callback}?code=x&state={state}").reply

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["state"])
    assert bent.forms("/token") == []


def test_the_answer_of_one_provider_does_not_count_for_another(
    org: ApiOrg, other_org: ApiOrg, bent: BentProvider, api_door: Database
) -> None:
    front = let_vouch(org, bent.issuer)
    front.linked_person(api_door)
    beside = let_vouch(org, bent.issuer, code="beside")
    elsewhere = let_vouch(other_org, bent.issuer)
    callback = front.stopped().url

    for other in (beside, elsewhere):
        moved = callback.replace(front.callback, other.callback)
        page = front.browser.follow(moved)
        assert (page.reply.refused, page.reply.pointers) == ((400, "invalid-field"), ["state"])

    assert front.browser.follow(callback).reply.status == 200


def test_what_a_provider_says_of_an_error_is_not_repeated(org: ApiOrg, bent: BentProvider) -> None:
    front = let_vouch(org, bent.issuer)
    said = {"code": None, "error": "call-0900-1234", "error_description": "call-0900-1234"}
    bent.came_back_with = said

    page = front.sign_in()

    assert page.reply.refused == (403, "forbidden")
    assert b"0900" not in page.reply.body
    assert bent.forms("/token") == []


def test_a_callback_says_each_thing_once(org: ApiOrg, bent: BentProvider) -> None:
    front = let_vouch(org, bent.issuer)
    callback = front.stopped().url
    state = parse_qs(urlsplit(callback).query)["state"][0]

    assert front.browser.follow(f"{callback}&state={state}").reply.refused == (400, "unknown-parameter")
    assert front.browser.follow(f"{callback}&code=other").reply.refused == (400, "unknown-parameter")
