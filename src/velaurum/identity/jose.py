"""Signed tokens: the one module that knows the library. A fixed list of algorithms, and keys that are handed in alone.

The library's own decode() looks at no claim: what is not checked here is believed.
"""

import time
import uuid
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, Key
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

# Asymmetric alone: with a key that everybody knows nobody can sign.
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
LEEWAY_S = 60
OLDEST_S = 600  # a token of a sign-in is as old as the sign-in at most
ASSERTION_LIFE_S = 60
MOST_KEYS = 100
_RSA_BITS_MIN = 2048
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
# Headers that nobody here knows are ignored, as RFC 7515 has it; `crit` is not.
_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)

# Its newer name is on the list too; providers still say the old one.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)


class TokenError(Exception):
    """The token proves nothing. The message says which check it failed, and quotes none of it."""


class UnknownKeyError(TokenError):
    """The token names a key that is not among those of its issuer, who may have a new one."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one issuer that can verify; what else it publishes is left out."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What an id token must say: one of these issuers, this client alone, and the nonce of this sign-in.

    A key of many tenants says of which it is: of the token's, or, by the issuer's template, of all.
    """

    issuers: frozenset[str]
    template: str
    client_id: str
    nonce: str


def read_keys(document: bytes) -> Keys:
    """Read a JWK set. TokenError when it is none; keys that cannot verify are skipped."""
    try:
        found = msgspec.json.decode(document)["keys"]
        usable = [one for one in found[:MOST_KEYS] if isinstance(one, dict) and _may_verify(one)]
    except (ValueError, TypeError, KeyError) as error:
        raise TokenError("the keys cannot be read") from error
    return Keys(tuple(key for one in usable if (key := _imported(one)) is not None))


def verify(token: str, keys: Keys, expected: Expected) -> Mapping[str, Any]:
    """Return the claims of an id token that is signed by one of `keys` and says what is expected.

    TokenError otherwise, UnknownKeyError when it names a key that is not there.
    """
    try:
        header = jws.extract_compact(token.encode("ascii"), registry=_REGISTRY).headers()
        key = _key(header, keys)
        claims = jwt.decode(token, key, ALGORITHMS, _REGISTRY).claims
        JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "values": sorted(expected.issuers)},
            sub={"essential": True},
            aud={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": expected.nonce},
            azp={"value": expected.client_id},
        ).validate(claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TokenError(f"the id token is not valid: {type(error).__name__}") from error
    # Beside us nobody: another audience could have got the token first.
    if claims["aud"] not in (expected.client_id, [expected.client_id]):
        raise TokenError("the id token is for another audience")
    if key.get("issuer", claims["iss"]) not in (claims["iss"], expected.template):
        raise TokenError("the id token is signed with a key of another tenant")
    if claims["iat"] < time.time() - OLDEST_S - LEEWAY_S:
        raise TokenError("the id token is too old")
    return claims


def make_key() -> bytes:
    """Make a private key for ES256, as PEM."""
    return ECKey.generate_key("P-256", private=True).as_pem(private=True)


def public_keys(pem: bytes) -> dict[str, Any]:
    """Return the JWK set that a provider needs to verify what this private key signed."""
    key = _signing_key(pem)
    return {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}]}


def sign_assertion(pem: bytes, client_id: str, issuer: str) -> str:
    """Sign who this client is (RFC 7523), for this issuer alone, once, for a minute."""
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": str(uuid.uuid4()),
        "iat": now,
        "exp": now + ASSERTION_LIFE_S,
    }
    key = _signing_key(pem)
    return jwt.encode({"alg": "ES256", "kid": key.thumbprint()}, claims, key, ["ES256"])


def _signing_key(pem: bytes) -> ECKey:
    return ECKey.import_key(pem)


def _key(header: Mapping[str, Any], keys: Keys) -> Key:
    """Choose the key by the header's `kid` alone: a key or an address in the header is not looked at."""
    kid = header.get("kid")
    named = [one for one in keys.keys if kid is None or one.kid == kid]
    if len(named) != 1:
        raise UnknownKeyError("the id token names no key of its issuer")
    return named[0]


def _imported(key: dict[str, Any]) -> Key | None:
    try:
        return JWKRegistry.import_key(key)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _may_verify(key: Mapping[str, Any]) -> bool:
    kind = key.get("kty")
    if key.get("use", "sig") != "sig" or "d" in key:
        return False
    if kind == "RSA":
        # Four characters of base64 are three bytes.
        return len(str(key.get("n", ""))) * 6 >= _RSA_BITS_MIN
    return kind in _CURVES and key.get("crv") == _CURVES[kind]
