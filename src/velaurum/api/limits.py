"""Rate limits: what a credential, an organisation and an address may ask. A limited request decides nothing."""

import hashlib
import ipaddress
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from limits import parse_many
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from velaurum.api.windows import Windows
from velaurum.config import Settings
from velaurum.errors import Refusal, UsageError

OFF = "off"
STANDING = "rate_standing"
# Whoever watches over the server asks these, and must hear of it also when somebody floods it.
UNLIMITED_PATHS = frozenset({"/healthz", "/readyz"})
MOST_KNOWN = 100_000
IPV6_NETWORK_BITS = 64
MOST_QUOTA, LONGEST_WINDOW_S = 1_000_000_000, 86_400
# The same sentence for every limit: it tells nothing about the credential that came along.
_DETAIL = "Too many requests came; Retry-After says when to come back."


@dataclass(slots=True)
class Bucket:
    """A quota per key in windows of one length."""

    name: str
    quota: int
    window_s: int
    _windows: Windows = field(default_factory=Windows)

    @property
    def policy(self) -> bytes:
        return f'"{self.name}";q={self.quota};w={self.window_s}'.encode()

    def take(self, key: str) -> int:
        """Count one request of `key`, and return how many are left; below zero it is one too many."""
        return self.quota - self._windows.incr(key, self.window_s)

    def left(self, key: str) -> int:
        return self.quota - self._windows.get(key)

    def ends_at(self, key: str) -> float:
        return self._windows.get_expiry(key)


class Standing(NamedTuple):
    """Where a request stands in the bucket that is closest to its end, and under which policies it was counted."""

    policies: bytes
    bucket: Bucket
    left: int
    ends_at: float

    @property
    def field(self) -> bytes:
        left, seconds = max(self.left, 0), _seconds_until(self.ends_at)
        return b'"%s";r=%d;t=%d' % (self.bucket.name.encode(), left, seconds)


class Limits:
    """Every bucket of one process, used from its event loop alone. A bucket that is switched off is None."""

    def __init__(self, settings: Settings) -> None:
        """Read the limits of the settings; UsageError when one cannot be meant."""
        self._credential = _bucket("credential", "rate_credential", settings.rate_credential)
        self._org = _bucket("organisation", "rate_org", settings.rate_org)
        self._address = _bucket("address", "rate_address", settings.rate_address)
        self._failed = _bucket("failed", "rate_failed", settings.rate_failed)
        self._known: dict[bytes, None] = {}
        both = [bucket.policy for bucket in (self._credential, self._org) if bucket is not None]
        self._policies = b", ".join(both)

    def spend(self, request: Request, credential_id: str, org_id: str | None) -> None:
        """Count a request whose credential was verified, once. Refuses `rate-limited`.

        The organisation's limit is reached by its own credentials only, and not by one above its own.
        """
        state = request.scope["state"]
        if state.get("rate_spent"):
            return
        state["rate_spent"] = True
        standing = None
        if self._credential is not None:
            standing = _count(state, self._policies, self._credential, credential_id)
        if self._org is not None and org_id is not None:
            second = _count(state, self._policies, self._org, org_id)
            if standing is not None and _share(standing) <= _share(second):
                state[STANDING] = standing

    def spend_anonymous(self, request: Request) -> None:
        """Count a request that brings no credential, once, by its address. Refuses `rate-limited`."""
        state = request.scope["state"]
        if state.get("rate_spent") or self._address is None or request.scope["path"] in UNLIMITED_PATHS:
            return
        state["rate_spent"] = True
        _count(state, self._address.policy, self._address, address_key(request))

    @contextmanager
    def sign_in(self, request: Request, failure: str = "unauthenticated") -> Iterator[None]:
        """Let somebody prove who they are in this block; failures are counted by address, as those of tokens are.

        `failure` is the code of what they are refused with. An address that failed too often is refused before anybody
        looks at what it brings.
        """
        if self._failed is not None:
            self._refuse_who_failed(request, self._failed)
        try:
            yield
        except Refusal as refusal:
            if refusal.code == failure:
                self._count_failure(request)
            raise

    @contextmanager
    def attempt(self, request: Request, token: str) -> Iterator[str]:
        """Verify a token in this block, which gets a name for it; failures are counted by address.

        An address that failed too often is refused before anybody looks at the token, so that the answer
        cannot depend on it; only tokens that were valid before are still looked at, so that others behind
        the same address go on working.
        """
        if not token:
            self.spend_anonymous(request)
            yield ""
            return
        known_as = hashlib.sha256(token.encode()).digest()
        if self._failed is not None and known_as not in self._known:
            self._refuse_who_failed(request, self._failed)
        try:
            yield known_as.hex()
        except Refusal as refusal:
            if refusal.code == "unauthenticated":
                self._note_failure(request, known_as)
            elif refusal.code == "forbidden":
                self._note_success(known_as)
                self.spend(request, known_as.hex(), None)
            raise
        self._note_success(known_as)

    def _note_success(self, known_as: bytes) -> None:
        self._known.pop(known_as, None)
        if len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[known_as] = None

    def _refuse_who_failed(self, request: Request, failed: Bucket) -> None:
        key = address_key(request)
        left = failed.left(key)
        if left <= 0:
            standing = Standing(failed.policy, failed, left, failed.ends_at(key))
            request.scope["state"][STANDING] = standing
            raise _refusal(standing)

    def _note_failure(self, request: Request, known_as: bytes) -> None:
        self._known.pop(known_as, None)
        self._count_failure(request)

    def _count_failure(self, request: Request) -> None:
        if self._failed is not None:
            key = address_key(request)
            left = self._failed.take(key)
            request.scope["state"][STANDING] = Standing(
                self._failed.policy, self._failed, left, self._failed.ends_at(key)
            )


@dataclass(frozen=True, slots=True)
class RateLimitFields:
    """Adds `RateLimit-Policy` and `RateLimit` to the answer to a request that was counted."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                standing: Standing | None = scope["state"].get(STANDING)
                if standing is not None:
                    fields = [(b"ratelimit-policy", standing.policies), (b"ratelimit", standing.field)]
                    message["headers"] = [*message["headers"], *fields]
            await send(message)

        await self.app(scope, receive, send_with_fields)


def address_key(request: Request) -> str:
    """Return what an address is counted under: an IPv4 address, or the /64 that one IPv6 customer has."""
    host = request.client.host if request.client is not None else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{int(address) >> IPV6_NETWORK_BITS:x}::/64"
    return host


def trusted_proxies(settings: Settings) -> list[str]:
    """Return the proxies whose X-Forwarded-For is believed; UsageError for what is no address or network."""
    proxies = [one.strip() for one in (settings.trusted_proxies or "").split(",") if one.strip()]
    for one in proxies:
        try:
            ipaddress.ip_network(one)
        except ValueError:
            raise UsageError(
                f"trusted_proxies names {one!r}; write addresses or networks, like 10.0.0.7, 10.1.0.0/16."
            ) from None
    return proxies


def _bucket(name: str, setting: str, text: str) -> Bucket | None:
    if text == OFF:
        return None
    try:
        (item,) = parse_many(text)
    except ValueError:
        item = None
    if item is None or not 1 <= item.amount <= MOST_QUOTA or item.get_expiry() > LONGEST_WINDOW_S:
        raise UsageError(
            f"{setting} is {text!r}; write it like 100/second or 20/5minutes, at most a day long, or {OFF}."
        )
    return Bucket(name, item.amount, item.get_expiry())


def _count(state: dict[str, object], policies: bytes, bucket: Bucket, key: str) -> Standing:
    left = bucket.take(key)
    standing = state[STANDING] = Standing(policies, bucket, left, bucket.ends_at(key))
    if left < 0:
        raise _refusal(standing)
    return standing


def _share(standing: Standing) -> float:
    return standing.left / standing.bucket.quota


def _refusal(standing: Standing) -> Refusal:
    return Refusal("rate-limited", _DETAIL, retry_after_s=max(1, _seconds_until(standing.ends_at)))


def _seconds_until(instant: float) -> int:
    return max(0, math.ceil(instant - time.monotonic()))
