"""Passkeys over HTTP: registered by their own person after a fresh sign-in, once, seen and revoked by nobody else."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from support.api_orgs import ApiOrg
from support.authenticator import (
    BACKED_UP,
    BACKUP_ELIGIBLE,
    PRESENT_AND_VERIFIED,
    Authenticator,
    handle_of,
    octets_of,
    text_of,
)
from support.browsers import Browser, disable, sign_in
from support.passkeys import (
    age_challenges,
    age_sessions,
    challenges_waiting,
    creation_options,
    here,
    holder,
    register,
    send_passkey,
)
from velaurum.db.connection import Database
from velaurum.identity import passkeys
from velaurum.identity.secrets import parse
from velaurum.tenancy import orgs

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
INVALID = (400, "invalid-field")


@pytest.fixture
def browser(api_door: Database, org: ApiOrg) -> Browser:
    """Sign somebody in."""
    return sign_in(api_door, org, "auditor")


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_somebody_who_signed_in_registers_a_passkey(browser: Browser, algorithm: Any) -> None:
    authenticator = Authenticator(algorithm)
    options = creation_options(browser)

    reply = send_passkey(browser, authenticator.create(options, here(browser.org)), name="Ada's phone")

    assert reply.status == 201
    assert reply.json["name"] == "Ada's phone"
    assert reply.json["credential_id"] == text_of(authenticator.credential_id)
    assert reply.json["transports"] == ["internal", "hybrid"]
    assert browser.ask("GET", "/passkeys").json["data"] == [reply.json]


def test_the_options_ask_for_a_key_that_stays_and_a_person_who_is_verified(browser: Browser) -> None:
    options = creation_options(browser)

    assert options["rp"]["id"] == "localhost"
    assert octets_of(options["user"]["id"]) == handle_of(browser.principal_id)
    assert options["user"]["name"] == "Ada"
    assert len(octets_of(options["challenge"])) == 32
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }


def test_the_options_name_the_passkeys_that_the_person_has(browser: Browser) -> None:
    kept, gone = Authenticator(), Authenticator()
    register(browser, kept)
    browser.ask("POST", f"/passkeys/{register(browser, gone)}/revocation")

    known = creation_options(browser)["excludeCredentials"]

    assert [octets_of(one["id"]) for one in known] == [kept.credential_id]


def test_a_repeat_returns_the_original_passkey(browser: Browser) -> None:
    made = Authenticator().create(creation_options(browser), here(browser.org))
    first, again = (send_passkey(browser, made, key="one") for _ in range(2))
    other = send_passkey(browser, made, name="Other", key="one")

    assert (first.status, again.status, again.is_replayed) == (201, 200, True)
    assert again.json == first.json
    assert other.refused == (422, "idempotency-key-reused")


@pytest.mark.parametrize("seconds", [599, 601])
def test_a_session_of_more_than_ten_minutes_registers_nothing(
    api_door: Database, browser: Browser, seconds: int
) -> None:
    made = Authenticator().create(creation_options(browser), here(browser.org))
    age_sessions(api_door, browser.org, browser.principal_id, seconds - 5 if seconds < 600 else seconds)

    asked, sent = browser.ask("POST", "/passkeys/options"), send_passkey(browser, made)

    if seconds < 600:
        assert (asked.status, sent.status) == (200, 201)
    else:
        assert asked.refused == sent.refused == (403, "stale-session")
        assert browser.ask("GET", "/passkeys").json["data"] == []


def test_a_session_that_ended_a_moment_ago_registers_nothing(api_door: Database, browser: Browser) -> None:
    made = Authenticator().create(creation_options(browser), here(browser.org))

    disable(api_door, browser.org, browser.principal_id)  # the gate remembers the session for a second

    assert send_passkey(browser, made).refused == (401, "unauthenticated")
    assert browser.ask("POST", "/passkeys/options").refused == (401, "unauthenticated")


def test_a_session_that_signed_out_a_moment_ago_registers_nothing(browser: Browser) -> None:
    made = Authenticator().create(creation_options(browser), here(browser.org))

    assert browser.ask("DELETE", "/session").status == 200  # as above

    assert send_passkey(browser, made).refused == (401, "unauthenticated")


def test_nobody_registers_in_an_organisation_that_is_suspended(api_door: Database, browser: Browser) -> None:
    made = Authenticator().create(creation_options(browser), here(browser.org))
    with api_door.installation() as outside:
        found = orgs.find(outside, browser.org.code)
        assert found is not None
        orgs.suspend(outside, found, "unpaid")

    assert send_passkey(browser, made).refused == (403, "suspended")
    assert browser.ask("POST", "/passkeys/options").refused == (403, "suspended")


def test_a_passkey_that_is_backed_up_says_so(browser: Browser) -> None:
    ceremony = replace(here(browser.org), flags=PRESENT_AND_VERIFIED | BACKUP_ELIGIBLE | BACKED_UP)

    reply = send_passkey(browser, Authenticator().create(creation_options(browser), ceremony))

    assert reply.json["is_backed_up"] is True


def test_challenges_that_nobody_answered_are_swept(api_door: Database, browser: Browser) -> None:
    for _ in range(3):
        creation_options(browser)
    assert challenges_waiting(api_door, browser.org) == 3

    age_challenges(api_door, browser.org, 300)
    creation_options(browser)

    assert challenges_waiting(api_door, browser.org) == 1


@pytest.mark.parametrize("by_whom", ["the same person", "somebody else"])
@pytest.mark.parametrize("is_revoked", [False, True])
def test_a_passkey_is_registered_once_in_an_organisation(
    api_door: Database, browser: Browser, by_whom: str, is_revoked: bool
) -> None:
    authenticator = Authenticator()
    passkey_id = register(browser, authenticator)
    if is_revoked:
        browser.ask("POST", f"/passkeys/{passkey_id}/revocation")
    again = browser if by_whom == "the same person" else sign_in(api_door, browser.org)

    reply = send_passkey(again, authenticator.create(creation_options(again), here(again.org)))

    assert reply.refused == (409, "conflict")


def test_a_person_has_twenty_passkeys_and_no_more(browser: Browser) -> None:
    first, *_ = [register(browser, Authenticator()) for _ in range(20)]

    full = send_passkey(browser, Authenticator().create(creation_options(browser), here(browser.org)))
    browser.ask("POST", f"/passkeys/{first}/revocation")

    assert full.refused == (409, "conflict")
    register(browser, Authenticator())
    assert len(browser.ask("GET", "/passkeys").json["data"]) == 21


def test_a_token_has_no_passkeys(org: ApiOrg) -> None:
    assert org.get("/passkeys").refused == (403, "forbidden")
    assert org.post("/passkeys/options", {}).refused == (403, "forbidden")


def test_another_sites_page_registers_nothing(browser: Browser) -> None:
    made = Authenticator().create(creation_options(browser), here(browser.org))
    browser.headers = [("Sec-Fetch-Site", "cross-site")]

    assert browser.ask("POST", "/passkeys/options").refused == (403, "forbidden")
    assert send_passkey(browser, made).refused == (403, "forbidden")


def test_a_passkey_is_seen_and_revoked_by_its_own_person_alone(
    api_door: Database, browser: Browser, other_org: ApiOrg
) -> None:
    of_colleague = holder(api_door, browser.org).passkey_id
    elsewhere = holder(api_door, other_org).passkey_id

    answers = [
        browser.ask("POST", f"/passkeys/{one}/revocation") for one in (UNKNOWN_ID, of_colleague, elsewhere)
    ]

    assert browser.ask("GET", "/passkeys").json["data"] == []
    assert {reply.refused for reply in answers} == {(404, "not-found")}
    for reply in answers:
        assert {**reply.json, "request_id": ""} == {**answers[0].json, "request_id": ""}


def test_the_database_revokes_nobody_elses_passkey(api_door: Database, browser: Browser) -> None:
    of_colleague = holder(api_door, browser.org)
    session = parse(browser.cookie)
    assert session is not None
    which = {"org_id": browser.org.org_id, "credential_id": session.token_id, "id": of_colleague.passkey_id}
    which["request_id"] = str(uuid4())

    with api_door.installation() as tx:
        revoked = tx.within(browser.org.org_id).value(passkeys.QUERIES["revoke"], bool, **which)

    assert revoked is False
    assert of_colleague.sign_in().status == 200


def test_a_passkey_is_revoked_once_and_stays_to_be_read(browser: Browser) -> None:
    passkey_id = register(browser, Authenticator())

    first, again = (browser.ask("POST", f"/passkeys/{passkey_id}/revocation") for _ in range(2))

    assert first.status == again.status == 200
    assert first.json["revoked_at"] is not None
    assert again.json == first.json
    assert browser.ask("GET", "/passkeys").json["data"] == [first.json]


def test_an_id_that_is_none_is_not_found(browser: Browser) -> None:
    assert browser.ask("POST", "/passkeys/none/revocation", key=str(uuid4())).refused == (404, "not-found")
