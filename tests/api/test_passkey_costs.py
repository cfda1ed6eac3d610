"""Whoever does not sign in costs the same: the same statements, one signature, and about as much time."""

import random
import secrets
import time
from dataclasses import replace
from typing import Any

import pytest
import webauthn.authentication.verify_authentication_response as library

from support.api_orgs import ApiOrg
from support.authenticator import Authenticator
from support.browsers import disable
from support.passkeys import Holder, here, holder, request_options, send_proof
from velaurum.db import connection
from velaurum.db.connection import Database
from velaurum.identity import passkeys
from velaurum.identity.ceremonies import RelyingParty
from velaurum.identity.sessions import Limits

NOBODY = (401, "unauthenticated")
PAIRS = 250
# The chance that one takes longer than the other, when both take the same: five sigma of 250.
FURTHEST_FROM_EVEN = 0.13


@pytest.fixture
def ada(api_door: Database, org: ApiOrg) -> Holder:
    """Sign somebody in, with a passkey."""
    return holder(api_door, org)


def _stranger(ada: Holder) -> Authenticator:
    return replace(ada.authenticator, credential_id=secrets.token_bytes(32))


def _wrong_key(ada: Holder) -> Authenticator:
    return replace(ada.authenticator, key=Authenticator().key)


def done_for(
    door: Database, ada: Holder, authenticator: Authenticator, patch: pytest.MonkeyPatch
) -> list[str]:
    """Return what is done for one attempt: the statements by name, and each signature that is verified."""
    done: list[str] = []
    proof = authenticator.get(request_options(ada.org), here(ada.org))
    party = RelyingParty(here(ada.org).rp_id, here(ada.org).origin)
    require_applied, verify_signature = connection.require_applied, library.verify_signature

    def run(query: Any, *rest: Any) -> None:
        done.append(query.name)
        require_applied(query, *rest)

    def verify(**given: Any) -> None:
        done.append("signature")
        verify_signature(**given)

    with patch.context() as patched, door.installation() as tx:
        patched.setattr(connection, "require_applied", run)
        patched.setattr(library, "verify_signature", verify)
        assert passkeys.sign_in(tx, ada.org.org_id, party, proof, Limits()) is None
    return done


def test_the_same_is_done_for_whoever_does_not_sign_in(
    api_door: Database, ada: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = done_for(api_door, ada, _stranger(ada), monkeypatch)
    wrong = done_for(api_door, ada, _wrong_key(ada), monkeypatch)
    disable(api_door, ada.org, ada.browser.principal_id)
    disabled = done_for(api_door, ada, ada.authenticator, monkeypatch)

    assert stranger == wrong == disabled
    assert stranger.count("signature") == 1


def chance_to_be_longer(one: list[float], other: list[float]) -> float:
    """Return the chance that a value of `one` is above a value of `other`: 0.5 when they are alike."""
    above = sum((a > b) + (a == b) / 2 for a in one for b in other)
    return above / (len(one) * len(other))


def test_a_passkey_that_nobody_has_takes_as_long_as_one_that_signs_wrongly(ada: Holder) -> None:
    stranger, wrong = _stranger(ada), _wrong_key(ada)
    taken: dict[str, list[float]] = {"stranger": [], "wrong": []}
    turns = [*taken] * PAIRS
    random.shuffle(turns)
    for turn in turns:
        authenticator = stranger if turn == "stranger" else wrong
        proof = authenticator.get(request_options(ada.org), here(ada.org))
        begin = time.perf_counter()
        reply = send_proof(ada.org, proof)
        taken[turn].append(time.perf_counter() - begin)
        assert reply.refused == NOBODY

    assert abs(chance_to_be_longer(*taken.values()) - 0.5) < FURTHEST_FROM_EVEN
