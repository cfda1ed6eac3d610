"""Whoever does not sign in with a passkey is told one and the same, to the octet and about in time (V-17)."""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from support.api_orgs import ApiOrg
from support.authenticator import (
    BACKED_UP,
    PRESENT_AND_VERIFIED,
    USER_PRESENT,
    USER_VERIFIED,
    Authenticator,
    handle_of,
    octets_of,
    text_of,
)
from support.browsers import SAME_ORIGIN, disable, person
from support.http_client import Headers, Reply
from support.passkeys import (
    SIGN_IN,
    Holder,
    age_challenges,
    creation_options,
    here,
    holder,
    register,
    request_options,
    send_proof,
)
from velaurum.db.connection import Database

NOBODY = (401, "unauthenticated")
_REQUEST_ID = re.compile(rb'"request_id": ?"[^"]*"')


@pytest.fixture
def ada(api_door: Database, org: ApiOrg) -> Holder:
    """Sign somebody in who posts, with a passkey."""
    return holder(api_door, org, "storekeeper")


def comparable(reply: Reply) -> tuple[int, dict[str, str], bytes]:
    headers = {
        name: value
        for name, value in reply.headers.items()
        if name not in ("date", "x-request-id", "ratelimit")
    }
    return reply.status, headers, _REQUEST_ID.sub(b"", reply.body)


@pytest.fixture
def refusal(org: ApiOrg) -> tuple[int, dict[str, str], bytes]:
    """Answer a proof of an authenticator that nobody has ever seen."""
    stranger = Authenticator(user_handle=handle_of("019a9f00-0000-7000-8000-000000000000"))
    return comparable(send_proof(org, stranger.get(request_options(org), here(org))))


def test_a_stranger_is_nobody_and_gets_no_cookie(refusal: tuple[int, dict[str, str], bytes]) -> None:
    status, headers, _ = refusal

    assert status == 401
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost"},
        {"origin": "https://localhost.evil.example"},
        {"rp_id": "evil.example"},
        {"flags": USER_PRESENT},
        {"flags": USER_VERIFIED},
        {"flags": 0},
        {"flags": PRESENT_AND_VERIFIED | BACKED_UP},
        {"cross_origin": True},
        {"type": "webauthn.create"},
    ],
    ids=str,
)
def test_what_was_signed_elsewhere_or_without_its_person_is_nobodys(
    ada: Holder, refusal: Any, change: dict[str, Any]
) -> None:
    ceremony = replace(here(ada.org), **change)

    reply = send_proof(ada.org, ada.authenticator.get(request_options(ada.org), ceremony))

    assert comparable(reply) == refusal
    assert ada.sign_in().status == 200


def _of_nobody(_: Holder, __: Database, ___: ApiOrg) -> dict[str, Any]:
    return {"challenge": text_of(secrets.token_bytes(32))}


def _to_register(ada: Holder, _: Database, __: ApiOrg) -> dict[str, Any]:
    return creation_options(ada.browser)


def _of_another_org(_: Holder, __: Database, other_org: ApiOrg) -> dict[str, Any]:
    return request_options(other_org)


def _of_long_ago(ada: Holder, door: Database, _: ApiOrg) -> dict[str, Any]:
    options = request_options(ada.org)
    age_challenges(door, ada.org, 300)
    return options


def _answered(ada: Holder, _: Database, __: ApiOrg) -> dict[str, Any]:
    options = request_options(ada.org)
    assert send_proof(ada.org, ada.authenticator.get(options, here(ada.org))).status == 200
    return options


def _answered_in_vain(ada: Holder, _: Database, __: ApiOrg) -> dict[str, Any]:
    options = request_options(ada.org)
    assert send_proof(ada.org, Authenticator().get(options, here(ada.org))).refused == NOBODY
    return options


@pytest.mark.parametrize(
    "options_of", [_of_nobody, _to_register, _of_another_org, _of_long_ago, _answered, _answered_in_vain]
)
def test_a_challenge_that_does_not_wait_here_opens_nothing(
    api_door: Database, ada: Holder, other_org: ApiOrg, refusal: Any, options_of: Any
) -> None:
    options = options_of(ada, api_door, other_org)

    reply = send_proof(ada.org, ada.authenticator.get(options, here(ada.org)))

    assert comparable(reply) == refusal


def _tampered(ada: Holder, _: Database, __: ApiOrg) -> Any:
    proof = ada.authenticator.get(request_options(ada.org), here(ada.org))
    signature = octets_of(proof["response"]["signature"])
    return {**proof, "response": {**proof["response"], "signature": text_of(signature[:-1] + b"\x00")}}


def _of_another_key(ada: Holder, _: Database, __: ApiOrg) -> Any:
    return replace(ada.authenticator, key=Authenticator().key).get(request_options(ada.org), here(ada.org))


def _of_another_person(ada: Holder, door: Database, _: ApiOrg) -> Any:
    handle = handle_of(person(door, ada.org, "org-admin"))
    return replace(ada.authenticator, user_handle=handle).get(request_options(ada.org), here(ada.org))


def _of_no_person(ada: Holder, _: Database, __: ApiOrg) -> Any:
    proof = ada.authenticator.get(request_options(ada.org), here(ada.org))
    return {**proof, "response": {**proof["response"], "userHandle": None}}


def _of_a_colleagues_passkey(ada: Holder, door: Database, _: ApiOrg) -> Any:
    colleague = holder(door, ada.org, "org-admin").authenticator
    proof = ada.authenticator.get(request_options(ada.org), here(ada.org))
    name = text_of(colleague.credential_id)
    return {**proof, "id": name, "rawId": name}


def _of_a_member_elsewhere(ada: Holder, door: Database, other_org: ApiOrg) -> Any:
    return holder(door, other_org).authenticator.get(request_options(ada.org), here(ada.org))


def _of_somebody_disabled(ada: Holder, door: Database, _: ApiOrg) -> Any:
    disable(door, ada.org, ada.browser.principal_id)
    return ada.authenticator.get(request_options(ada.org), here(ada.org))


def _of_a_revoked_passkey(ada: Holder, _: Database, __: ApiOrg) -> Any:
    assert ada.browser.ask("POST", f"/passkeys/{ada.passkey_id}/revocation").status == 200
    return ada.authenticator.get(request_options(ada.org), here(ada.org))


def _with_other_words(ada: Holder, _: Database, __: ApiOrg) -> Any:
    proof = ada.authenticator.get(request_options(ada.org), here(ada.org))
    told = octets_of(proof["response"]["clientDataJSON"]) + b" "
    return {**proof, "response": {**proof["response"], "clientDataJSON": text_of(told)}}


def _without_words(ada: Holder, _: Database, __: ApiOrg) -> Any:
    proof = ada.authenticator.get(request_options(ada.org), here(ada.org))
    return {**proof, "response": {**proof["response"], "clientDataJSON": text_of(b"[" * 40_000)}}


def _counting_again(ada: Holder, _: Database, __: ApiOrg) -> Any:
    authenticator = Authenticator(sign_count=7)
    register(ada.browser, authenticator)
    return replace(authenticator, sign_count=6).get(request_options(ada.org), here(ada.org))


@pytest.mark.parametrize(
    "forged",
    [
        *(_tampered, _of_another_key, _of_another_person, _of_no_person, _of_a_colleagues_passkey),
        *(_of_a_member_elsewhere, _of_somebody_disabled, _of_a_revoked_passkey),
        *(_with_other_words, _without_words, _counting_again),
    ],
)
def test_whoever_it_is_not_is_told_the_same(
    api_door: Database,
    ada: Holder,
    other_org: ApiOrg,
    refusal: Any,
    forged: Callable[[Holder, Database, ApiOrg], Any],
) -> None:
    reply = send_proof(ada.org, forged(ada, api_door, other_org))

    assert comparable(reply) == refusal


def test_an_organisation_that_does_not_exist_is_told_the_same(ada: Holder, refusal: Any) -> None:
    for code in ("org-nowhere", "Not%00A-code"):
        nowhere = f"/v1/orgs/{code}{SIGN_IN}"
        options = ada.org.client.post(f"{nowhere}/options", None, headers=[SAME_ORIGIN]).json
        proof = {"credential": ada.authenticator.get(options, here(ada.org))}

        assert comparable(ada.org.client.post(nowhere, proof, headers=[SAME_ORIGIN])) == refusal


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Sec-Fetch-Site", "none")],
        [("Origin", "https://evil.example")],
        [("Origin", "null")],
    ],
    ids=str,
)
def test_another_sites_page_signs_nobody_in(ada: Holder, headers: Headers) -> None:
    proof = ada.authenticator.get(request_options(ada.org), here(ada.org))
    path = f"{ada.org.path}{SIGN_IN}/options"

    assert ada.org.client.post(path, None, headers=headers).refused == (403, "forbidden")
    assert send_proof(ada.org, proof, headers=headers).refused == (403, "forbidden")
    assert send_proof(ada.org, {}, headers=headers).refused == (403, "forbidden")
    assert send_proof(ada.org, proof).status == 200


def test_what_is_no_proof_at_all_is_refused_by_its_form(ada: Holder) -> None:
    proof = ada.authenticator.get(request_options(ada.org), here(ada.org))
    response = proof["response"]
    broken: list[Any] = [
        *(7, None, {}),
        {**proof, "rawId": 7},
        {**proof, "type": "password"},
        {**proof, "response": {**response, "signature": "not octets!"}},
        {**proof, "response": {**response, "userHandle": 7}},
    ]

    assert {send_proof(ada.org, one).refused for one in broken} == {(400, "invalid-field")}
    assert send_proof(ada.org, {**proof, "more": "x" * 70_000}).refused == (413, "too-large")
    assert send_proof(ada.org, proof).status == 200
