"""Signing in with a passkey over HTTP: a right signature opens a session, once, and its passkey can be revoked."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support import api_orgs
from support.api_orgs import RECEIPT, ApiOrg
from support.authenticator import (
    BACKED_UP,
    BACKUP_ELIGIBLE,
    PRESENT_AND_VERIFIED,
    Authenticator,
)
from support.browsers import SAME_ORIGIN, Browser, disable
from support.http_client import Client
from support.passkeys import (
    SIGN_IN,
    Holder,
    challenges_waiting,
    cookie_of,
    creation_options,
    enable,
    here,
    holder,
    request_options,
    send_passkey,
    send_proof,
    uses,
)
from support.server_process import PATIENT, running
from velaurum.api.gate import CACHE_S
from velaurum.db.connection import Database
from velaurum.tenancy import orgs

NOBODY = (401, "unauthenticated")


@pytest.fixture
def ada(api_door: Database, org: ApiOrg) -> Holder:
    """Sign somebody in who posts, with a passkey."""
    return holder(api_door, org, "storekeeper")


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_passkey_opens_a_session(api_door: Database, org: ApiOrg, algorithm: Any) -> None:
    ada = holder(api_door, org, "storekeeper", authenticator=Authenticator(algorithm))

    reply = ada.sign_in()
    browser = Browser(org, ada.browser.principal_id, cookie_of(org, reply))

    assert reply.status == 200
    assert reply.json["method"] == "passkey"
    assert reply.json["principal"] == {"id": ada.browser.principal_id, "name": "Ada"}
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in reply.headers["set-cookie"]
    assert browser.ask("GET", "/session").json == reply.json
    assert browser.ask("POST", "/movements", RECEIPT).json["actor"]["id"] == ada.browser.principal_id
    assert ada.browser.ask("GET", "/passkeys").json["data"][0]["last_used_at"] is not None


def test_the_session_before_ends_with_the_next(org: ApiOrg, ada: Holder) -> None:
    before = ada.opened()
    proof = ada.authenticator.get(request_options(org), here(org))

    reply = send_proof(org, proof, headers=[SAME_ORIGIN, ("Cookie", before.sent)])

    assert reply.status == 200
    assert before.ask("GET", "/session").refused == (401, "unauthenticated")
    after = Browser(org, ada.browser.principal_id, cookie_of(org, reply))
    assert after.ask("GET", "/session").status == 200


def test_the_options_tell_of_nobody(org: ApiOrg, ada: Holder) -> None:
    options = request_options(org)
    nowhere = org.client.post(f"/v1/orgs/org-nowhere{SIGN_IN}/options", None, headers=[SAME_ORIGIN])
    unnamed = org.client.post(f"/v1/orgs/Not%00A-code{SIGN_IN}/options", None, headers=[SAME_ORIGIN])

    assert ada.passkey_id
    assert options["allowCredentials"] == []
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    for other in (nowhere, unnamed):
        assert other.status == 200
        assert {**other.json, "challenge": ""} == {**options, "challenge": ""}


def test_a_proof_that_is_sent_again_opens_nothing(ada: Holder) -> None:
    proof = ada.authenticator.get(request_options(ada.org), here(ada.org))

    assert [send_proof(ada.org, proof).status for _ in range(3)] == [200, 401, 401]


def test_of_two_proofs_with_one_challenge_at_once_one_wins(ada: Holder) -> None:
    for _ in range(5):
        proof = ada.authenticator.get(request_options(ada.org), here(ada.org))

        assert sorted(_at_once(ada.org, [proof, proof])) == [200, 401]


def test_of_two_proofs_with_one_count_at_once_one_wins(api_door: Database, org: ApiOrg) -> None:
    ada = holder(api_door, org, authenticator=Authenticator(sign_count=7))
    for _ in range(5):
        copy = ada.authenticator.copy()
        proofs = [one.get(request_options(org), here(org)) for one in (ada.authenticator, copy)]

        assert sorted(_at_once(org, proofs)) == [200, 401]


def _at_once(org: ApiOrg, proofs: list[Any]) -> list[int]:
    def send(proof: Any) -> int:
        client = Client(org.client.url)
        status = send_proof(replace(org, client=client), proof).status
        client.close()
        return status

    with ThreadPoolExecutor(len(proofs)) as pool:
        return list(pool.map(send, proofs))


def test_two_organisations_may_have_one_authenticator_and_each_knows_its_own_person(
    api_door: Database, org: ApiOrg, other_org: ApiOrg
) -> None:
    here_ = holder(api_door, org)
    there = holder(api_door, other_org, authenticator=replace(here_.authenticator))
    there.authenticator.key = Authenticator().key
    credential_id = here_.authenticator.credential_id
    crossed = there.authenticator.get(request_options(org), here(org))

    assert there.authenticator.credential_id == credential_id
    assert here_.sign_in().status == 200
    assert send_proof(org, crossed).refused == NOBODY


def test_an_authenticator_that_counted_less_than_before_is_refused_and_seen(
    api_door: Database, org: ApiOrg
) -> None:
    ada = holder(api_door, org, authenticator=Authenticator(sign_count=7))
    copy = ada.authenticator.copy()
    assert [ada.sign_in().status for _ in range(2)] == [200, 200]

    copied = send_proof(org, copy.get(request_options(org), here(org)))

    assert copied.refused == NOBODY
    assert uses(api_door, org) == [("registered", 7), ("signed-in", 8), ("signed-in", 9), ("regressed", 8)]
    (shown,) = ada.browser.ask("GET", "/passkeys").json["data"]
    assert shown["regressed_at"] is not None
    assert ada.sign_in().status == 200


def test_one_that_once_counted_does_not_stop_counting(api_door: Database, org: ApiOrg) -> None:
    ada = holder(api_door, org, authenticator=Authenticator(sign_count=7))
    ada.authenticator.sign_count = 0

    assert ada.sign_in().refused == NOBODY


def test_a_wrong_signature_counts_nothing(api_door: Database, org: ApiOrg) -> None:
    ada = holder(api_door, org, authenticator=Authenticator(sign_count=7))
    forged = replace(ada.authenticator, key=Authenticator().key, sign_count=4_000_000_000)

    assert send_proof(org, forged.get(request_options(org), here(org))).refused == NOBODY

    assert uses(api_door, org) == [("registered", 7)]
    assert ada.sign_in().status == 200


def test_a_passkey_that_came_to_be_backed_up_says_so(ada: Holder) -> None:
    ceremony = replace(here(ada.org), flags=PRESENT_AND_VERIFIED | BACKUP_ELIGIBLE | BACKED_UP)

    assert send_proof(ada.org, ada.authenticator.get(request_options(ada.org), ceremony)).status == 200

    assert ada.browser.ask("GET", "/passkeys").json["data"][0]["is_backed_up"] is True


def test_revoking_a_passkey_ends_what_passkeys_opened_but_for_the_session_that_asks(ada: Holder) -> None:
    other, asking = ada.opened(), ada.opened()

    revoked = asking.ask("POST", f"/passkeys/{ada.passkey_id}/revocation")
    time.sleep(CACHE_S)

    assert revoked.status == 200
    assert other.ask("GET", "/session").refused == NOBODY
    assert asking.ask("GET", "/session").status == 200
    assert ada.browser.ask("GET", "/session").status == 200
    assert ada.sign_in().refused == NOBODY


def test_somebody_who_is_enabled_again_keeps_their_passkeys(api_door: Database, ada: Holder) -> None:
    disable(api_door, ada.org, ada.browser.principal_id)
    assert ada.sign_in().refused == NOBODY

    enable(api_door, ada.org, ada.browser.principal_id)

    assert ada.sign_in().status == 200


def test_an_attempt_of_somebody_disabled_spends_its_challenge_and_is_no_use(
    api_door: Database, ada: Holder
) -> None:
    disable(api_door, ada.org, ada.browser.principal_id)

    assert ada.sign_in().refused == NOBODY

    assert challenges_waiting(api_door, ada.org) == 0
    assert uses(api_door, ada.org) == [("registered", 0)]


def test_a_session_of_a_passkey_registers_the_next_one(ada: Holder) -> None:
    browser = ada.opened()

    made = Authenticator().create(creation_options(browser), here(ada.org))

    assert send_passkey(browser, made).status == 201


def test_whoever_proves_to_be_of_a_suspended_organisation_hears_of_it_and_nobody_else(
    api_door: Database, ada: Holder
) -> None:
    with api_door.installation() as outside:
        found = orgs.find(outside, ada.org.code)
        assert found is not None
        orgs.suspend(outside, found, "unpaid")

    assert ada.sign_in().refused == (403, "suspended")
    stranger = Authenticator().get(request_options(ada.org), here(ada.org))
    assert send_proof(ada.org, stranger).refused == NOBODY


def test_failures_are_counted_by_address_as_those_of_tokens_are(
    api_database: str, api_door: Database, tmp_path: Path
) -> None:
    with running(tmp_path / "data", api_database, {**PATIENT, "rate_failed": "3/minute"}) as server:
        client = Client(server.url)
        org = api_orgs.create(api_door, client)
        ada = holder(api_door, org)
        forged = replace(ada.authenticator, key=Authenticator().key)

        failed = [send_proof(org, forged.get(request_options(org), here(org))) for _ in range(3)]
        after = ada.sign_in()
        client.close()

    assert [reply.status for reply in failed] == [401] * 3
    assert after.refused == (429, "rate-limited")
    assert int(after.headers["retry-after"]) > 0


def test_whoever_signs_in_is_counted_once_a_request(
    api_database: str, api_door: Database, tmp_path: Path
) -> None:
    with running(tmp_path / "data", api_database, {**PATIENT, "rate_address": "9/minute"}) as server:
        client = Client(server.url)
        ada = holder(api_door, api_orgs.create(api_door, client))

        replies = [ada.sign_in() for _ in range(4)]
        client.close()

    assert [reply.headers["ratelimit"].partition(";t=")[0] for reply in replies] == [
        f'"address";r={left}' for left in (7, 5, 3, 1)
    ]
