"""What is no passkey of this person, made now, here and for this: refused, each with one thing changed."""

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from support.api_orgs import ApiOrg
from support.authenticator import (
    BACKED_UP,
    PRESENT_AND_VERIFIED,
    USER_PRESENT,
    USER_VERIFIED,
    Attest,
    Authenticator,
    handle_of,
    octets_of,
    text_of,
)
from support.browsers import Browser, sign_in
from support.http_client import Client
from support.passkeys import (
    age_challenges,
    creation_options,
    here,
    request_options,
    send_passkey,
)
from velaurum.db.connection import Database

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
INVALID = (400, "invalid-field")
MAKER = Authenticator()


@pytest.fixture
def browser(api_door: Database, org: ApiOrg) -> Browser:
    """Sign somebody in."""
    return sign_in(api_door, org, "auditor")


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost"},
        {"origin": "http://localhost.evil.example"},
        {"rp_id": "evil.example"},
        {"rp_id": "host"},
        {"flags": USER_PRESENT},
        {"flags": USER_VERIFIED},
        {"flags": PRESENT_AND_VERIFIED | BACKED_UP},
        {"cross_origin": True},
        {"type": "webauthn.get"},
    ],
    ids=str,
)
def test_what_was_made_elsewhere_or_without_its_person_is_refused(
    browser: Browser, change: dict[str, Any]
) -> None:
    ceremony = replace(here(browser.org), **change)

    reply = send_passkey(browser, Authenticator().create(creation_options(browser), ceremony))

    assert reply.refused == INVALID
    assert reply.pointers == ["/credential"]
    assert browser.ask("GET", "/passkeys").json["data"] == []


def _of_somebody_else(browser: Browser, door: Database, _: ApiOrg) -> dict[str, Any]:
    return creation_options(sign_in(door, browser.org))


def _of_another_org(_: Browser, door: Database, other_org: ApiOrg) -> dict[str, Any]:
    return creation_options(sign_in(door, other_org))


def _to_sign_in(browser: Browser, *_: Any) -> dict[str, Any]:
    user = {"id": text_of(handle_of(browser.principal_id))}
    return {"user": user, "challenge": request_options(browser.org)["challenge"]}


def _of_nobody(browser: Browser, *_: Any) -> dict[str, Any]:
    return {**creation_options(browser), "challenge": text_of(secrets.token_bytes(32))}


def _of_long_ago(browser: Browser, door: Database, _: ApiOrg) -> dict[str, Any]:
    options = creation_options(browser)
    age_challenges(door, browser.org, 300)
    return options


def _answered(browser: Browser, *_: Any) -> dict[str, Any]:
    options = creation_options(browser)
    assert send_passkey(browser, Authenticator().create(options, here(browser.org))).status == 201
    return options


@pytest.mark.parametrize(
    "options_of", [_of_somebody_else, _of_another_org, _to_sign_in, _of_nobody, _of_long_ago, _answered]
)
def test_a_challenge_that_does_not_wait_for_this_person_is_refused(
    api_door: Database, browser: Browser, other_org: ApiOrg, options_of: Any
) -> None:
    options = options_of(browser, api_door, other_org)
    before = browser.ask("GET", "/passkeys").json

    reply = send_passkey(browser, Authenticator().create(options, here(browser.org)))

    assert reply.refused == INVALID
    assert "ask anew" in reply.json["detail"]
    assert browser.ask("GET", "/passkeys").json == before


def test_of_two_registrations_with_one_challenge_one_wins(browser: Browser) -> None:
    options, ceremony = creation_options(browser), here(browser.org)
    made = [Authenticator().create(options, ceremony) for _ in range(2)]

    assert sorted(_at_once(browser, made)) == [201, 400]
    assert len(browser.ask("GET", "/passkeys").json["data"]) == 1


def test_of_two_registrations_of_one_passkey_one_wins(browser: Browser) -> None:
    authenticator, ceremony = Authenticator(), here(browser.org)
    made = [authenticator.create(creation_options(browser), ceremony) for _ in range(2)]

    assert sorted(_at_once(browser, made)) == [201, 409]


def _at_once(browser: Browser, made: list[Any]) -> list[int]:
    def send(credential: Any) -> int:
        client = Client(browser.org.client.url)
        own = replace(browser, org=replace(browser.org, client=client))
        status = send_passkey(own, credential).status
        client.close()
        return status

    with ThreadPoolExecutor(len(made)) as pool:
        return list(pool.map(send, made))


def _packed(authenticator: Authenticator, *certificates: bytes) -> Attest:
    more = {"x5c": list(certificates)} if certificates else {}
    return lambda octets: {
        "fmt": "packed",
        "attStmt": {"alg": -7, "sig": authenticator.sign(octets), **more},
    }


def _certificate(authenticator: Authenticator) -> bytes:
    """Return a certificate of a maker of authenticators, by itself."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Maker")])
    begin = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, authenticator.key.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=9))
    return dated.sign(authenticator.key, SHA256()).public_bytes(Encoding.DER)


def test_an_attestation_that_the_new_key_signed_itself_is_let_be(browser: Browser) -> None:
    authenticator = Authenticator()
    options = creation_options(browser)

    made = authenticator.create(options, here(browser.org), attest=_packed(authenticator))

    assert send_passkey(browser, made).status == 201


@pytest.mark.parametrize(
    "attest",
    [
        *(lambda _, fmt=fmt: {"fmt": fmt} for fmt in ("tpm", "android-safetynet", "unheard-of", 7)),
        lambda _: {"attStmt": {"sig": b"x"}},
        _packed(Authenticator()),
        _packed(MAKER, b"certificate"),
        _packed(MAKER, _certificate(MAKER)),
    ],
)
def test_an_attestation_that_nobody_asked_for_is_refused(browser: Browser, attest: Attest) -> None:
    made = Authenticator().create(creation_options(browser), here(browser.org), attest=attest)

    assert send_passkey(browser, made).refused == INVALID


@pytest.mark.parametrize(
    "cose_key",
    [
        {1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x02" * 32},
        {1: 2, 3: -7, -1: 1, -2: b"", -3: b""},
        {1: 1, 3: -8, -1: 6, -2: b"short"},
        {1: 3, 3: -257, -1: (2**1023 + 1).to_bytes(128), -2: b"\x01\x00\x01"},
        {1: 3, 3: -257, -1: b"\xff" * 3000, -2: b"\x01\x00\x01"},
        {1: 2, 3: -47, -1: 8, -2: b"\x01" * 32, -3: b"\x02" * 32},
        {3: -7},
        {},
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_key_that_could_never_sign_safely_is_refused(
    browser: Browser, cose_key: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(Authenticator, "cose_key", cbor2.dumps(cose_key))

    made = Authenticator().create(creation_options(browser), here(browser.org))

    assert send_passkey(browser, made).refused == INVALID


def test_what_is_no_credential_at_all_is_refused(browser: Browser) -> None:
    made = Authenticator().create(creation_options(browser), here(browser.org))
    response = made["response"]
    broken: list[Any] = [
        *(7, "x", None, [], {}),
        {**made, "type": "password"},
        {**made, "id": "other"},
        {**made, "rawId": "AAAA"},
        {**made, "id": "AAAA", "rawId": "AAAA"},
        {**made, "response": {}},
        {**made, "response": {**response, "attestationObject": "AAAA"}},
        {**made, "response": {**response, "attestationObject": "A"}},
        {**made, "response": {**response, "attestationObject": text_of(b"\x9f" * 30_000)}},
        {**made, "response": {**response, "clientDataJSON": text_of(b"[" * 40_000)}},
        {**made, "response": {**response, "clientDataJSON": text_of(b"\xff")}},
        {**made, "response": {**response, "clientDataJSON": text_of(b'{"challenge": 7}')}},
        {**made, "response": {**response, "transports": "usb"}},
    ]

    assert [send_passkey(browser, one).refused for one in broken] == [INVALID] * len(broken)
    assert send_passkey(browser, made, name="").refused == INVALID
    assert send_passkey(browser, made, name="n" * 121).refused == INVALID
    assert send_passkey(browser, made, key="").refused == (400, "idempotency-key-missing")
    assert send_passkey(browser, {**made, "more": "x" * 70_000}).refused == (413, "too-large")
    assert send_passkey(browser, made).status == 201


def test_every_broken_octet_of_a_passkey_is_refused_or_harmless(browser: Browser) -> None:
    authenticator = Authenticator()
    made = authenticator.create(creation_options(browser), here(browser.org))
    octets = octets_of(made["response"]["attestationObject"])
    hashed = hashlib.sha256(octets).digest()

    for place in range(0, len(octets), 3):
        torn = octets[:place] + bytes([octets[place] ^ (1 | hashed[place % 32])]) + octets[place + 1 :]
        for form in (torn, octets[:place]):
            response = {**made["response"], "attestationObject": text_of(form)}
            assert send_passkey(browser, {**made, "response": response}).status in (201, 400, 409)
