"""Endpoints: the receivers that an organisation has its events told to, and by which secrets it knows them."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import urlsplit

from velaurum import canonical, texts
from velaurum.audit import logs
from velaurum.audit.records import Noun
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.events import nouns, subscribers
from velaurum.events.nouns import NOUNS
from velaurum.identity import standing
from velaurum.jobs import reminders
from velaurum.outbound.networks import Networks, is_loopback
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.decisions import Created, Decision
from velaurum.webhooks.signing_keys import InstallationKey, SigningKeys

QUERIES = queries(__package__, "endpoints.sql")
DisabledReason = Literal["by-hand", "gone"]
CODE = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]", re.ASCII)
# What a server of somebody else speaks HTTPS on. On loopback, where that is let, any.
PORTS = frozenset({443, 4443, 8443, 9443})
MOST_ENDPOINTS = 50
MOST_EVENT_TYPES = 50
MOVEMENTS = ("velaurum.movement.*",)
LONGEST_OVERLAP = timedelta(days=7)
OVERLAP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint to create; `event_types` are each a whole type or one that ends in `.*`."""

    code: str
    name: str
    url: str
    event_types: Sequence[str] = MOVEMENTS


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What may change of an endpoint; None leaves it as it is."""

    name: str | None = None
    url: str | None = None
    event_types: Sequence[str] | None = None
    is_disabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint as it is now; instants are RFC 3339 in UTC.

    `generation` counts its secrets, the one before signs too until `older_until`. `disabled_reason` is `gone` where
    the receiver answered so.
    """

    id: str
    code: str
    name: str
    url: str
    event_types: list[str]
    generation: int
    key_id: str
    older_until: str | None
    version: int
    created_at: str
    updated_at: str
    disabled_at: str | None
    disabled_reason: DisabledReason | None

    @property
    def endpoint_id(self) -> str:
        return self.id


class Signed(Protocol):
    """What says which secrets an endpoint has."""

    @property
    def endpoint_id(self) -> str: ...
    @property
    def generation(self) -> int: ...
    @property
    def older_until(self) -> str | None: ...
    @property
    def key_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Secret:
    """The keys of one generation, and until when it signs: None is the present one."""

    generation: int
    until: str | None
    keys: SigningKeys


def create(
    tx: Tx,
    org: OrgContext,
    new: NewEndpoint,
    networks: Networks,
    key: InstallationKey,
    *,
    idempotency_key: str,
) -> Created[Endpoint]:
    """Create an endpoint, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses `invalid-field`, `conflict` where there are as many as there may be, and `forbidden` to who reaches
    departments alone or may not see such events; they decide nothing.
    """
    require_whole(org)
    errors = _errors(new.name, new.url, new.event_types, networks)
    if not CODE.fullmatch(new.code) or texts.is_uuid(new.code):
        errors += texts.field(
            "/code", "A code is 3 to 40 lower-case letters, digits and hyphens, letter first."
        )
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    _require_seen(tx, org, new.event_types)
    asked = {**asdict(new), "event_types": sorted(set(new.event_types))}
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        **asked,
        key_id=key.key_id,
        most=MOST_ENDPOINTS,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "webhook-endpoint", **asked}),
    )
    created = decision.created(lambda made: get(tx, org, made))
    if created.record is not None:
        last_index = logs.head(tx, org.org_id).size - 1
        subscribers.subscribe(tx, org.org_id, subscribers.RELAY, after_index=last_index)
    return created


def find(tx: Tx, org: OrgContext, reference: str) -> Endpoint | None:
    """Return the endpoint of this id or code."""
    return tx.maybe(QUERIES["find"], Endpoint, org_id=org.org_id, **texts.by_id_or_code(reference))


def get(tx: Tx, org: OrgContext, reference: str) -> Endpoint:
    """Return the endpoint of this id or code, or refuse `not-found`, also to who reaches departments alone."""
    endpoint = find(tx, org, reference) if org.is_whole else None
    if endpoint is None:
        raise Refusal("not-found", "There is no such webhook.")
    return endpoint


def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Endpoint]:
    """Return at most `limit` endpoints by code, those after the code `after`.

    Refuses `forbidden` to who reaches departments alone.
    """
    require_whole(org)
    return tx.all(QUERIES["list_page"], Endpoint, org_id=org.org_id, after=after, limit=limit)


def update(
    tx: Tx, org: OrgContext, reference: str, version: int, change: EndpointChange, networks: Networks
) -> Endpoint:
    """Change an endpoint that is still at `version`; what waits for one that is disabled is dead.

    Refuses `not-found`, `stale-version`, `invalid-field`, and `forbidden` to who reaches departments alone.
    """
    require_whole(org)
    endpoint = get(tx, org, reference)
    if change == EndpointChange():
        raise Refusal("invalid-field", "Name at least one field to change.")
    name = endpoint.name if change.name is None else change.name
    url = endpoint.url if change.url is None else change.url
    event_types = endpoint.event_types if change.event_types is None else change.event_types
    if errors := _errors(name, url, event_types, networks):
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    _require_seen(tx, org, event_types)
    is_disabled = endpoint.disabled_at is not None if change.is_disabled is None else change.is_disabled
    updated = tx.maybe(
        QUERIES["update"],
        Endpoint,
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        id=endpoint.id,
        version=version,
        name=name,
        url=url,
        event_types=sorted(set(event_types)),
        is_disabled=is_disabled,
    )
    if updated is None:
        raise Refusal("stale-version", f"The webhook is at version {endpoint.version} now; read it again.")
    return updated


def rotate(
    tx: Tx,
    org: OrgContext,
    reference: str,
    key: InstallationKey,
    *,
    overlap: timedelta = OVERLAP,
    idempotency_key: str,
) -> Created[Endpoint]:
    """Let the next generation of secrets sign, with the one before beside it for `overlap`, 7 days at most.

    A generation before that signs no more. Refuses `not-found`, `invalid-field`, and `forbidden` to who reaches
    departments alone.
    """
    require_whole(org)
    endpoint = get(tx, org, reference)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise invalid_field("/overlap", "The secrets overlap for 7d at most.")
    decision = tx.one(
        QUERIES["rotate"],
        Decision,
        **asdict(org),
        id=endpoint.id,
        key_id=key.key_id,
        overlap=overlap,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest(
            {"rotate": "webhook-endpoint", "id": endpoint.id, "overlap_s": str(int(overlap.total_seconds()))}
        ),
    )
    return decision.created(lambda made: get(tx, org, made))


def signing(key: InstallationKey, org_id: str, signed: Signed, *, at: datetime | None = None) -> list[Secret]:
    """Return the secrets that sign for an endpoint now, or signed at an instant, the newest first.

    None where its secrets were made with another key than the installation has: they cannot be made again.
    """
    if signed.key_id != key.key_id:
        return []
    now = signed.generation
    found = [Secret(now, None, key.signing_keys(org_id, signed.endpoint_id, now))]
    until = texts.instant(signed.older_until or "")
    if until is not None and until > (at or datetime.now(UTC)):
        found.append(
            Secret(now - 1, signed.older_until, key.signing_keys(org_id, signed.endpoint_id, now - 1))
        )
    return found


WEBHOOKS = Noun("webhook-endpoint", Endpoint, get, list_page)


def of_other_keys(tx: Tx, org_id: OrgId, key_id: str) -> list[str]:
    """Return the codes of endpoints that are enabled and whose secrets another key made."""
    return tx.values(QUERIES["of_other_keys"], str, org_id=org_id, key_id=key_id)


def require_whole(org: OrgContext) -> None:
    """Refuse `forbidden` to who reaches departments alone: a webhook tells of the whole organisation."""
    if not org.is_whole:
        raise Refusal(
            "forbidden", "A webhook tells of the whole organisation; who manages them reaches all of it."
        )


def _errors(name: str, url: str, event_types: Sequence[str], networks: Networks) -> list[FieldError]:
    errors = texts.field("/name", texts.text_problem(name, 120))
    errors += texts.field("/url", networks.problem(url) or _port_problem(url, networks))
    if not 1 <= len(event_types) <= MOST_EVENT_TYPES:
        errors += texts.field("/event_types", f"Name 1 to {MOST_EVENT_TYPES} types of events.")
    return errors


def _require_seen(tx: Tx, org: OrgContext, event_types: Sequence[str]) -> None:
    """Refuse `forbidden` where somebody may not see what they want told."""
    whole = [one for one in standing.own(tx, org) if one.sub_org_id is None]
    may = {permission for one in whole for permission in one.permissions}
    seen = {one for subject in nouns.visible(may) for one in NOUNS[subject].types}
    seen |= {one.event_type for one in reminders.visible(may)}
    for n, named in enumerate(event_types):
        chosen = (nouns.chosen([named]) or frozenset()) | reminders.chosen(named)
        if not chosen:
            raise invalid_field(f"/event_types/{n}", "There are no such events.")
        if not chosen <= seen:
            detail = f"{named} has events that you may not see yourself."
            raise Refusal("forbidden", detail, (FieldError(f"/event_types/{n}", "forbidden", detail),))


def _port_problem(url: str, networks: Networks) -> str | None:
    parts = urlsplit(url)
    if parts.port in (None, *PORTS) or (networks.allows_loopback and is_loopback(parts.hostname)):
        return None
    return f"The port of this URL is one of {', '.join(map(str, sorted(PORTS)))}."
