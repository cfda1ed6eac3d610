"""Providers: who may vouch for an organisation's people. Whose subjects they are, issuer and kind, never changes."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from msgspec import UNSET, UnsetType

from velaurum import canonical, texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.identity.client_proofs import SECRET_REFERENCE
from velaurum.outbound.networks import Networks
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "providers.sql")
Kind = Literal["generic", "entra"]
ClientAuth = Literal["none", "private-key", "secret-file"]
CODE = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]", re.ASCII)
MOST_TENANTS = 50
_CLIENT_ID = re.compile(r"[!-~]{1,255}", re.ASCII)
# Entra's endpoints for many tenants; the issuer is then the tenant's own.
_OF_MANY = re.compile(r"(https?://[^/]+/)(?:common|organizations)(/.*)", re.ASCII)
_TENANT = "{tenantid}"


@dataclass(frozen=True, slots=True)
class NewProvider:
    """A provider to create. `client_secret` names a file, `tenant_ids` are the tenants of Entra that are let in."""

    code: str
    name: str
    kind: Kind
    issuer: str
    client_id: str
    client_auth: ClientAuth = "private-key"
    client_secret: str | None = None
    tenant_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """What may change of a provider; None leaves it as it is."""

    name: str | None = None
    client_id: str | None = None
    client_auth: ClientAuth | None = None
    client_secret: str | UnsetType | None = UNSET
    tenant_ids: Sequence[str] | None = None
    is_disabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider as it is now; instants are RFC 3339 in UTC, `disabled_at` is None while it may vouch."""

    id: str
    code: str
    name: str
    kind: Kind
    issuer: str
    client_id: str
    client_auth: ClientAuth
    client_secret: str | None
    tenant_ids: list[str]
    version: int
    created_at: str
    updated_at: str
    disabled_at: str | None

    @property
    def issuer_template(self) -> str:
        """Return the issuer as the provider's own document has it: with a place for the tenant where it serves many."""
        many = _OF_MANY.fullmatch(self.issuer) if self.kind == "entra" else None
        return f"{many[1]}{_TENANT}{many[2]}" if many else self.issuer

    def issuer_of(self, tenant_id: str) -> str:
        """Return the issuer of one tenant's tokens."""
        return self.issuer_template.replace(_TENANT, tenant_id)

    @property
    def issuers(self) -> frozenset[str]:
        """Return every issuer that a token may name."""
        return frozenset(map(self.issuer_of, self.tenant_ids)) or frozenset((self.issuer,))


def create(
    tx: Tx, org: OrgContext, new: NewProvider, networks: Networks, *, idempotency_key: str
) -> Created[Provider]:
    """Create a provider, or find what was decided for its key: a record, `code-taken`, `idempotency-key-reused`.

    Refuses `invalid-field`, and `forbidden` to who reaches departments alone; they decide nothing.
    """
    require_whole(org)
    errors = _errors(new.name, new.client_id, new.client_auth, new.client_secret, new.kind, new.tenant_ids)
    if not CODE.fullmatch(new.code) or texts.is_uuid(new.code):
        errors += texts.field(
            "/code", "A code is 3 to 40 lower-case letters, digits and hyphens, letter first."
        )
    issuer_problem = networks.problem(new.issuer)
    if issuer_problem is None and "?" in new.issuer:
        issuer_problem = "An issuer has no query."
    errors += texts.field("/issuer", issuer_problem)
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    asked = {**asdict(new), "tenant_ids": sorted({one.lower() for one in new.tenant_ids})}
    decision = tx.one(
        QUERIES["create"],
        Decision,
        **asdict(org),
        **asked,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "provider", **asked}),
    )
    return decision.created(lambda made: get(tx, org, made))


def find(tx: Tx, org: OrgContext, reference: str) -> Provider | None:
    """Return the provider of this id or code."""
    return tx.maybe(QUERIES["find"], Provider, org_id=org.org_id, **texts.by_id_or_code(reference))


def get(tx: Tx, org: OrgContext, reference: str) -> Provider:
    """Return the provider of this id or code, or refuse `not-found`."""
    provider = find(tx, org, reference)
    if provider is None:
        raise unknown()
    return provider


def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Provider]:
    """Return at most `limit` providers by code, those after the code `after`."""
    return tx.all(QUERIES["list_page"], Provider, org_id=org.org_id, after=after, limit=limit)


def update(tx: Tx, org: OrgContext, reference: str, version: int, change: ProviderChange) -> Provider:
    """Change a provider that is still at `version`; disabling it ends the sessions of those it vouches for.

    Refuses `not-found`, `stale-version`, `invalid-field`, and `forbidden` to who reaches departments alone.
    """
    require_whole(org)
    provider = get(tx, org, reference)
    if change == ProviderChange():
        raise Refusal("invalid-field", "Name at least one field to change.")
    name = provider.name if change.name is None else change.name
    client_id = provider.client_id if change.client_id is None else change.client_id
    client_auth = provider.client_auth if change.client_auth is None else change.client_auth
    client_secret = change.client_secret
    if isinstance(client_secret, UnsetType):
        client_secret = provider.client_secret if client_auth == "secret-file" else None
    tenant_ids = provider.tenant_ids if change.tenant_ids is None else change.tenant_ids
    if errors := _errors(name, client_id, client_auth, client_secret, provider.kind, tenant_ids):
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))
    is_disabled = provider.disabled_at is not None if change.is_disabled is None else change.is_disabled
    updated = tx.maybe(
        QUERIES["update"],
        Provider,
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        id=provider.id,
        version=version,
        name=name,
        client_id=client_id,
        client_auth=client_auth,
        client_secret=client_secret,
        tenant_ids=sorted({one.lower() for one in tenant_ids}),
        is_disabled=is_disabled,
    )
    if updated is None:
        raise Refusal("stale-version", f"The provider is at version {provider.version} now; read it again.")
    return updated


def unknown() -> Refusal:
    """Say that a path names no provider."""
    return Refusal("not-found", "There is no such provider.")


def require_whole(org: OrgContext) -> None:
    """Refuse `forbidden` to who reaches departments alone: who lets people in does so for the whole organisation."""
    if not org.is_whole:
        raise Refusal(
            "forbidden",
            "Providers are the whole organisation's; who manages them reaches the whole organisation.",
        )


def _errors(
    name: str,
    client_id: str,
    client_auth: ClientAuth,
    client_secret: str | None,
    kind: Kind,
    tenant_ids: Sequence[str],
) -> list[FieldError]:
    errors = texts.field("/name", texts.text_problem(name, 120))
    if not _CLIENT_ID.fullmatch(client_id):
        errors += texts.field("/client_id", "A client id is 1 to 255 visible ASCII characters.")
    if client_auth == "secret-file" and not SECRET_REFERENCE.fullmatch(client_secret or ""):
        errors += texts.field(
            "/client_secret",
            "Name a file of the data directory, like file:entra-2026; the secret itself is never sent here.",
        )
    if client_auth != "secret-file" and client_secret is not None:
        errors += texts.field("/client_secret", "A secret belongs to client_auth secret-file alone.")
    if kind == "entra" and not 1 <= len(tenant_ids) <= MOST_TENANTS:
        errors += texts.field(
            "/tenant_ids", f"Name 1 to {MOST_TENANTS} tenants that are let in, by their ids."
        )
    if kind == "generic" and tenant_ids:
        errors += texts.field("/tenant_ids", "Only a provider of the kind entra has tenants.")
    for n, one in enumerate(tenant_ids[:MOST_TENANTS]):
        if not texts.is_uuid(one):
            errors += [invalid_field(f"/tenant_ids/{n}", "A tenant is named by its id.").errors[0]]
    return errors
