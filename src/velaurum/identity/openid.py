"""OpenID Connect: what a provider publishes, and what a code is exchanged for. Nothing of it is believed unseen."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from urllib3.util import make_headers

from velaurum.identity import client_proofs, jose
from velaurum.identity.jose import Expected, Keys, TokenError, UnknownKeyError
from velaurum.identity.providers import Provider
from velaurum.outbound.fetching import FetchError, fetch
from velaurum.outbound.networks import Networks

FRESH_S = 600.0
REFRESH_S = 60.0
MOST_KNOWN = 1_000
SCOPE = "openid"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_SUBJECT = 255
_OK = 200
_REFUSED = range(400, 500)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_SUBJECT = re.compile(r"[!-~]+", re.ASCII)
Document = TypeVar("Document")


class ProviderError(Exception):
    """The provider does not do its part; the message is for the operator's log and quotes nothing of it."""


class NotVouchedError(Exception):
    """The provider vouches for nobody, or not so that it could be believed."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says of itself (OpenID Connect Discovery 1.0, RFC 9207), as far as it is used."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    auth_methods: tuple[str, ...]
    announces_issuer: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One sign-in as the provider sees it."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str


@dataclass(slots=True)
class Documents:
    """What providers publish, kept for ten minutes; keys are looked for anew at most once a minute."""

    networks: Networks
    data_dir: Path
    _metadata: dict[str, tuple[float, Metadata]] = field(default_factory=dict)
    _keys: dict[str, tuple[float, Keys]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def require_issuer(self, provider: Provider, issuer: str | None) -> None:
        """Refuse, by NotVouchedError, an answer that is not of this provider (RFC 9207)."""
        if issuer is None and not self.metadata(provider).announces_issuer:
            return
        if issuer not in provider.issuers:
            raise NotVouchedError("the answer names another issuer, or none")

    def subject(self, provider: Provider, org_code: str, code: str, asked: Asked) -> str:
        """Exchange a code and return for whom the provider vouches. ProviderError, NotVouchedError."""
        token = self._exchange(provider, org_code, code, asked)
        expected = Expected(provider.issuers, provider.issuer_template, provider.client_id, asked.nonce)
        metadata = self.metadata(provider)
        try:
            try:
                claims = jose.verify(token, self._keys_of(metadata, FRESH_S), expected)
            except UnknownKeyError:
                claims = jose.verify(token, self._keys_of(metadata, REFRESH_S), expected)
        except TokenError as error:
            raise NotVouchedError(str(error)) from error
        return subject_of(provider, claims)

    def metadata(self, provider: Provider) -> Metadata:
        """Return what a provider says of itself, fetched or remembered. ProviderError."""
        name = f"{provider.kind} {provider.issuer}"
        known = self._metadata.get(name)
        if known is not None and known[0] + FRESH_S > time.monotonic():
            return known[1]
        url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = _metadata(provider, self._document(url), self.networks)
        self._remember(self._metadata, name, metadata)
        return metadata

    def _keys_of(self, metadata: Metadata, fresh_s: float) -> Keys:
        known = self._keys.get(metadata.jwks_uri)
        if known is not None and known[0] + fresh_s > time.monotonic():
            return known[1]
        try:
            keys = jose.read_keys(self._document(metadata.jwks_uri))
        except TokenError as error:
            raise ProviderError(str(error)) from error
        self._remember(self._keys, metadata.jwks_uri, keys)
        return keys

    def _document(self, url: str) -> bytes:
        try:
            answer = fetch(url, self.networks)
        except FetchError as error:
            raise ProviderError(str(error)) from error
        if answer.status != _OK:
            raise ProviderError(f"the provider answered {answer.status} for a document of its own")
        return answer.body

    def _exchange(self, provider: Provider, org_code: str, code: str, asked: Asked) -> str:
        metadata = self.metadata(provider)
        form = prepare_token_request(
            "authorization_code", redirect_uri=asked.redirect_uri, code=code, code_verifier=asked.verifier
        )
        proof, headers = self._proof(provider, org_code, metadata)
        try:
            url = metadata.token_endpoint
            answer = fetch(url, self.networks, form=f"{form}&{urlencode(proof)}", headers=headers)
        except FetchError as error:
            raise ProviderError(str(error)) from error
        if answer.status in _REFUSED:
            raise NotVouchedError(f"the provider answered {answer.status} to the code")
        token = _object(answer.body).get("id_token") if answer.status == _OK else None
        if not isinstance(token, str):
            raise ProviderError(f"the provider answered {answer.status} without an id token")
        return token

    def _proof(
        self, provider: Provider, org_code: str, metadata: Metadata
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Return what to send in the form, and in the headers, to be known as the client."""
        named = {"client_id": provider.client_id}
        if provider.client_auth == "private-key":
            key = client_proofs.key(self.data_dir, provider.id)
            assertion = jose.sign_assertion(key, provider.client_id, provider.issuer)
            proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
            return {**named, **proof}, {}
        if provider.client_secret is None:
            return named, {}
        try:
            secret = client_proofs.secret(self.data_dir, org_code, provider.client_secret)
        except client_proofs.NoProofError as error:
            raise ProviderError(str(error)) from error
        if (
            "client_secret_basic" not in metadata.auth_methods
            and "client_secret_post" in metadata.auth_methods
        ):
            return {**named, "client_secret": secret}, {}
        pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}"
        return {}, {**make_headers(basic_auth=pair)}

    def _remember(self, known: dict[str, tuple[float, Document]], name: str, document: Document) -> None:
        with self._lock:
            if len(known) >= MOST_KNOWN:
                known.clear()
            known[name] = (time.monotonic(), document)


def authorization_url(metadata: Metadata, provider: Provider, asked: Asked) -> str:
    """Return where to send the browser: to the provider, with the challenge of a verifier that it does not get."""
    url: str = prepare_grant_uri(
        metadata.authorization_endpoint,
        provider.client_id,
        "code",
        redirect_uri=asked.redirect_uri,
        scope=SCOPE,
        state=asked.state,
        nonce=asked.nonce,
        code_challenge=create_s256_code_challenge(asked.verifier),
        code_challenge_method="S256",
    )
    return url


def subject_of(provider: Provider, claims: Mapping[str, Any]) -> str:
    """Return who somebody is to this provider: `sub`, and for Entra tenant and object, never a name or an address."""
    if provider.kind == "generic":
        subject = claims["sub"]
        if not _SUBJECT.fullmatch(subject) or len(subject) > LONGEST_SUBJECT:
            raise NotVouchedError("the id token has no subject that could be one")
        return str(subject)
    tenant, person = (str(claims.get(name, "")).lower() for name in ("tid", "oid"))
    if tenant not in provider.tenant_ids or not _UUID.fullmatch(person):
        raise NotVouchedError("the id token is of another tenant, or of no person")
    if claims["iss"] != provider.issuer_of(tenant):
        raise NotVouchedError("the id token's tenant is not its issuer's")
    return f"{tenant}/{person}"


def _metadata(provider: Provider, document: bytes, networks: Networks) -> Metadata:
    said = _object(document)
    if said.get("issuer") not in (provider.issuer, provider.issuer_template):
        raise ProviderError("the provider calls itself by another issuer")
    authorization, token, keys = (
        str(said.get(name, "")) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    )
    if any(networks.problem(url) for url in (authorization, token, keys)):
        raise ProviderError("the provider names an address that cannot be asked")
    methods = said.get("token_endpoint_auth_methods_supported")
    return Metadata(
        authorization,
        token,
        keys,
        auth_methods=tuple(map(str, methods)) if isinstance(methods, list) else ("client_secret_basic",),
        announces_issuer=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _object(document: bytes) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(document)
    except ValueError as error:
        raise ProviderError("the provider answered with something else than JSON") from error
    if not isinstance(said, dict):
        raise ProviderError("the provider answered with something else than an object")
    return said
