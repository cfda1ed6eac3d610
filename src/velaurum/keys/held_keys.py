"""Wrapping keys that a customer holds: an endpoint of theirs wraps and unwraps, and either side hangs up when it likes.

Both sides show a certificate (mutual TLS 1.3): the endpoint knows who asks before it reads a word, and nothing that was
sent once can be sent again by somebody else. What is wrapped is bound here, whatever the endpoint does with `bound`.
"""

import base64
import hmac
import json
import re
import secrets
import ssl
import tomllib
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from velaurum import secret_files
from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.keys.providers import SECRET_BYTES, KeyRefusedError, KeyUnavailableError, WrappingKey
from velaurum.outbound import fetching
from velaurum.outbound.fetching import FetchError
from velaurum.outbound.networks import Networks, networks

DEADLINE_S = 5.0
JSON = "application/json"
LARGEST_WRAPPED_BYTES = 3_072
_VERSION = re.compile(r"[!-~]{1,128}", re.ASCII)
_OK, _FORBIDDEN, _MISSING, _DOES_NOT_OPEN = 200, 403, 404, 422
_FIELDS = frozenset({"url", "certificate", "private_key", "authority"})


@dataclass(frozen=True, slots=True, repr=False)
class Holder:
    """Where one customer's endpoint is, and the TLS that both sides show who they are by."""

    url: str
    tls: ssl.SSLContext


class HeldKeys:
    """The keys of customers who hold their own, by the name that we know the key by: the organisation's id."""

    kind: ClassVar[str] = "held"

    def __init__(self, holders: Mapping[str, Holder], allowed: Networks) -> None:
        """Connect for each question. Endpoints are reached at public addresses, and at those in `allowed`."""
        self._holders = dict(holders)
        self._allowed = allowed

    def create(self, name: str) -> WrappingKey:
        """Return the version that the holder wraps with now: they make it, and are asked to wrap and unwrap a probe."""
        return self.newest(name)

    def newest(self, name: str) -> WrappingKey:
        """Return the version that the holder wraps with now, once it opened what it wrapped."""
        probe = secrets.token_bytes(2 * SECRET_BYTES)
        said = self._ask(name, "wrap", {"secret": _text(probe), "bound": _text(b"probe")})
        version, wrapped = said.get("version"), _bytes(said, "wrapped")
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise KeyUnavailableError(f"the holder of the key {name} names no version")
        key = WrappingKey(self.kind, name, version)
        if not hmac.compare_digest(self._opened(key, wrapped, b"probe"), probe):
            raise KeyUnavailableError(f"the holder of the key {name} does not open what it wrapped")
        return key

    def wrap(self, key: WrappingKey, secret: bytes, bound: bytes) -> bytes:
        """Return the secret and the hash of `bound`, wrapped together by the holder with this very version."""
        together = secret + sha256(bound).digest()
        said = self._ask(
            key.name, "wrap", {"version": key.version, "secret": _text(together), "bound": _text(bound)}
        )
        if said.get("version") != key.version:
            raise KeyUnavailableError(f"the holder of the key {key.name} wrapped with another version")
        wrapped = _bytes(said, "wrapped")
        if not 0 < len(wrapped) <= LARGEST_WRAPPED_BYTES or secret in wrapped:
            raise KeyUnavailableError(f"the holder of the key {key.name} did not wrap it")
        return wrapped

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        """Return the secret. KeyRefusedError for other bytes, another key, or what belongs elsewhere."""
        opened = self._opened(key, wrapped, bound)
        secret, digest = opened[:SECRET_BYTES], opened[SECRET_BYTES:]
        if len(secret) != SECRET_BYTES or not hmac.compare_digest(digest, sha256(bound).digest()):
            raise KeyRefusedError("it was wrapped for something else")
        return secret

    def destroy(self, key: WrappingKey) -> None:
        """See that the holder does not have this version any more: they alone destroy it.

        KeyUnavailableError for as long as they have it, and whenever nobody can tell.
        """
        probe = _text(secrets.token_bytes(2 * SECRET_BYTES))
        try:
            self._ask(key.name, "wrap", {"version": key.version, "secret": probe, "bound": _text(b"probe")})
        except _MissingError:
            return
        raise KeyUnavailableError(f"the key {key.name} is destroyed by its holder alone, who still has it")

    def _opened(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        asked = {"version": key.version, "wrapped": _text(wrapped), "bound": _text(bound)}
        return _bytes(self._ask(key.name, "unwrap", asked), "secret")

    def _ask(self, name: str, verb: str, asked: Mapping[str, str]) -> dict[str, Any]:
        holder = self._holders.get(name)
        if holder is None:
            raise KeyUnavailableError(f"nobody is named as the holder of the key {name}")
        try:
            answer = fetching.fetch(
                f"{holder.url}/{verb}",
                self._allowed,
                content=json.dumps({"key": name, **asked}).encode(),
                media_type=JSON,
                deadline_s=DEADLINE_S,
                tls=holder.tls,
            )
        except FetchError as error:
            raise KeyUnavailableError(f"the holder of the key {name} is not there ({error.why})") from None
        if answer.status == _DOES_NOT_OPEN and verb == "unwrap":
            raise KeyRefusedError("it was wrapped by another key, or for something else")
        if answer.status == _FORBIDDEN:
            raise KeyUnavailableError(f"the holder of the key {name} does not let it be used any more")
        if answer.status == _MISSING:
            raise _MissingError(f"the holder of the key {name} does not have it")
        if answer.status != _OK:
            raise KeyUnavailableError(f"the holder of the key {name} answers {answer.status}")
        try:
            said = json.loads(answer.body)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise KeyUnavailableError(f"the holder of the key {name} answers what nobody understands")
        return said


class _MissingError(KeyUnavailableError):
    """The holder has no such key, or no such version."""


def of(settings: Settings) -> HeldKeys:
    """Return the keys of the customers that the operator's file names. UsageError for a file that cannot be meant."""
    path = settings.held_keys
    if path is None:
        raise UsageError("held_keys names no file; write one that says who holds which key.")
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"held_keys: {path} cannot be read ({type(error).__name__}).") from None
    allowed = networks(settings.key_networks, allows_loopback=settings.insecure_http, setting="key_networks")
    return HeldKeys({name: _holder(path, name, one, allowed) for name, one in told.items()}, allowed)


def _holder(path: Path, name: str, told: Any, allowed: Networks) -> Holder:
    if not isinstance(told, dict) or not {"url", "certificate", "private_key"} <= told.keys() <= _FIELDS:
        raise UsageError(
            f"held_keys: {name} in {path} needs url, certificate and private_key, and may have authority."
        )
    if not all(isinstance(value, str) for value in told.values()):
        raise UsageError(f"held_keys: {name} in {path} has a value that is no text.")
    url = told["url"].rstrip("/")
    if problem := allowed.problem(url):
        raise UsageError(f"held_keys: {name} in {path}: {problem}")
    if not url.startswith("https://"):
        raise UsageError(f"held_keys: {name} in {path}: this URL begins with https://.")
    place = path.parent
    private_key = place / told["private_key"]
    try:
        if not secret_files.is_private(private_key):
            raise UsageError(
                f"held_keys: {private_key} can be read by others; let nobody but this user read it."
            )
        tls = ssl.create_default_context(
            cafile=str(place / told["authority"]) if "authority" in told else None
        )
        tls.minimum_version = ssl.TLSVersion.TLSv1_3
        # Nobody is there to be asked for the password of a key that has one.
        tls.load_cert_chain(place / told["certificate"], private_key, password="")
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"held_keys: {name} in {path} has a certificate or a key that cannot be read ({type(error).__name__})."
        ) from None
    return Holder(url, tls)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(said: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(said[name], validate=True)
    except (KeyError, TypeError, ValueError, Base64Error):
        raise KeyUnavailableError(f"the holder answers without {name}") from None
