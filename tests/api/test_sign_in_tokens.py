"""What a provider must not get through: tokens that are forged, stale, or for somebody else."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.jwk import ECKey, OKPKey, RSAKey

from support.api_orgs import ApiOrg
from support.bent_provider import KEY, BentProvider, Claims, Sign, other_key, signed
from support.sign_ins import NOBODY, Front, let_vouch, refused
from velaurum.db.connection import Database

FORGED = (403, "forbidden", NOBODY)


@pytest.fixture
def front(org: ApiOrg, bent: BentProvider, api_door: Database) -> Front:
    """Let the bent provider vouch for one person."""
    made = let_vouch(org, bent.issuer)
    made.linked_person(api_door)
    return made


def by_hand(header: Claims, claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    """Put a token together that no library would sign."""
    parts = [json.dumps(part).encode() for part in (header, claims)]
    encoded = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return b".".join((encoded, base64.urlsafe_b64encode(sign(encoded)).rstrip(b"="))).decode()


def unsigned(claims: Claims) -> str:
    return by_hand({"alg": "none"}, claims, lambda _: b"")


def with_the_public_key(claims: Claims) -> str:
    """Sign with what everybody knows, as if it were a shared secret."""
    pem = KEY.as_pem(private=False)
    return by_hand({"alg": "HS256", "kid": "first"}, claims, lambda text: hmac.digest(pem, text, "sha256"))


def with_a_critical_header(claims: Claims) -> str:
    header = {"alg": "RS256", "kid": "first", "crit": ["velaurum"], "velaurum": True}
    key = KEY.private_key
    assert key is not None
    return by_hand(header, claims, lambda text: key.sign(text, padding.PKCS1v15(), hashes.SHA256()))


def with_its_own_key_along(claims: Claims) -> str:
    key = other_key()
    return signed(claims, key=key, alg="ES256", jwk=key.as_dict(private=False))


def tampered(claims: Claims) -> str:
    head, _, signature = signed({**claims, "sub": "eve"}).split(".")
    return ".".join((head, signed(claims).split(".")[1], signature))


def cut_off(claims: Claims) -> str:
    return signed(claims).rpartition(".")[0] + "."


SIGNED: dict[str, Sign] = {
    "by nobody": unsigned,
    "with the public key as a secret": with_the_public_key,
    "with a key that it brings along": with_its_own_key_along,
    "with another key of the same name": lambda claims: signed(claims, key=other_key(), alg="ES256"),
    "with a key of an unknown name": lambda claims: signed(claims, key=other_key("second"), alg="ES256"),
    "with an algorithm that is not on the list": lambda claims: signed(claims, alg="RS512"),
    "over something else": tampered,
    "with nothing": cut_off,
    "with a critical header that nobody knows": with_a_critical_header,
    "not at all": lambda _: "token",
    "beyond ASCII": lambda _: "a.b.é",
}


@pytest.mark.parametrize("how", SIGNED)
def test_a_token_that_the_provider_did_not_sign_is_refused(
    front: Front, bent: BentProvider, how: str
) -> None:
    bent.sign = SIGNED[how]

    assert refused(front.sign_in()) == FORGED
    assert front.session is None


@dataclass(frozen=True)
class Ahead:
    """So many seconds from the moment when the token is made, which may be long after this file was read."""

    seconds: int


def at_once(claims: Claims) -> Claims:
    now = int(time.time())
    return {
        name: now + value.seconds if isinstance(value, Ahead) else value for name, value in claims.items()
    }


SAID: dict[str, Claims] = {
    "another issuer": {"iss": "https://evil.example"},
    "the issuer with a slash": {"iss": "/"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "somebody-else"},
    "another audience beside us": {"aud": ["velaurum", "somebody-else"]},
    "no audience": {"aud": None},
    "another party": {"azp": "somebody-else"},
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 7},
    "a subject with a line end": {"sub": "ada\n"},
    "that it is over": {"iat": Ahead(-500), "exp": Ahead(-120)},
    "that it never ends": {"exp": None},
    "an end that is a text": {"exp": "tomorrow"},
    "that it begins later": {"nbf": Ahead(600)},
    "that it was made later": {"iat": Ahead(600), "exp": Ahead(900)},
    "that it was made long ago": {"iat": Ahead(-7_200)},
    "no time at all": {"iat": None},
}


@pytest.mark.parametrize("what", SAID)
def test_a_token_that_says_something_else_is_refused(front: Front, bent: BentProvider, what: str) -> None:
    said = at_once(SAID[what])
    if said.get("iss") == "/":
        said["iss"] = bent.issuer + "/"
    bent.claims = said

    assert refused(front.sign_in()) == FORGED
    assert front.session is None


GOOD: dict[str, tuple[Any, str]] = {
    "PS256": (RSAKey.generate_key(2048, {"kid": "good"}), "PS256"),
    "ES256": (ECKey.generate_key("P-256", {"kid": "good"}), "ES256"),
    "EdDSA": (OKPKey.generate_key("Ed25519", {"kid": "good"}), "EdDSA"),
    "Ed25519": (OKPKey.generate_key("Ed25519", {"kid": "good"}), "Ed25519"),
}


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("name", GOOD)
def test_every_algorithm_on_the_list_is_verified(front: Front, bent: BentProvider, name: str) -> None:
    key, algorithm = GOOD[name]
    foreign = [{"kty": "oct", "k": "c2VjcmV0"}, {"kty": "new"}, {"kty": "EC", "crv": "P-521"}, "none"]
    bent.keys = [*foreign, key.as_dict(private=False), KEY.as_dict(private=False)]
    bent.sign = lambda claims: signed(claims, key=key, alg=algorithm)

    assert front.sign_in().reply.status == 200


def test_a_clock_may_be_a_little_off(front: Front, bent: BentProvider) -> None:
    bent.claims = at_once({"iat": Ahead(30), "nbf": Ahead(30), "exp": Ahead(330)})

    assert front.sign_in().reply.status == 200


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_a_key_that_is_too_short_verifies_nothing(front: Front, bent: BentProvider) -> None:
    short = RSAKey.generate_key(1024, {"kid": "first"})
    bent.keys = [short.as_dict(private=False)]
    bent.sign = lambda claims: signed(claims, key=short)

    assert refused(front.sign_in()) == FORGED


def test_new_keys_are_looked_for_once_a_minute(front: Front, bent: BentProvider) -> None:
    assert front.sign_in().reply.status == 200
    new = other_key("second")
    bent.keys = [new.as_dict(private=False)]
    bent.sign = lambda claims: signed(claims, key=new, alg="ES256")

    for _ in range(3):
        assert refused(front.sign_in()) == FORGED

    assert len(bent.forms("/keys")) == 1
