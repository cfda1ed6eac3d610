"""Tokens: made once, shown once, stored as a hash, bound to one organisation and one role."""

import hmac
import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated

from velaurum import canonical, ids, texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.db.tallies import Tally
from velaurum.errors import Refusal, invalid_field
from velaurum.identity import principals, roles
from velaurum.identity.principals import Kind
from velaurum.identity.roles import OwnSession, Permission
from velaurum.identity.secrets import BearerToken, mint
from velaurum.keys import person_names
from velaurum.keys.keyring import Keyring
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "tokens.sql")
LONGEST_LIFE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Credential:
    """A token that was verified: who holds it, in which organisation, in which role."""

    org_id: OrgId
    org_code: str
    token_id: str
    role: str
    permissions: frozenset[str]
    actor_id: str

    def context(
        self, request_id: str, permission: Permission | OwnSession, tally: Tally | None = None
    ) -> OrgContext:
        """Return the context for one thing that it may do; entering it says in which departments."""
        return OrgContext(
            self.org_id,
            self.org_code,
            self.actor_id,
            self.token_id,
            request_id,
            permission,
            tally=Tally() if tally is None else tally,
        )


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to make: its role and department by id or code, and how long it lives."""

    role: str
    life: timedelta
    sub_org: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """What is shown of a token; instants are RFC 3339 in UTC. `last_used_at` is up to a minute behind."""

    id: str
    principal_id: str
    principal_kind: Kind
    principal_name: Annotated[str | None, PersonName("principal_id")]
    role: str
    sub_org_id: str | None
    sub_org_code: str | None
    created_at: str
    maker_id: str
    maker_kind: Kind
    maker_name: Annotated[str | None, PersonName("maker_id")]
    expires_at: str
    revoked_at: str | None
    last_used_at: str | None


@dataclass(frozen=True, slots=True)
class Issued:
    """How making a token ended, and its secret when it was made now: the only copy."""

    created: Created[Token]
    token: BearerToken | None


@dataclass(frozen=True, slots=True, repr=False)
class _Stored:
    org_id: OrgId
    org_code: str
    token_id: str
    role: str
    permissions: list[str]
    actor_id: str
    secret_hash: bytes


def create(
    tx: Tx,
    org_id: OrgId,
    keyring: Keyring,
    role: str,
    *,
    kind: str,
    name: str,
    life: timedelta,
    sub_org: str | None = None,
) -> BearerToken:
    """Make a principal and its token at the operator's own hand. The text of the result is the only copy of the secret.

    `sub_org` is the id or code of the department that it is narrowed to. Refuses an unknown role or
    department, an empty or long name, a life of nothing or more than a year, and `key-unavailable` where a person's
    name cannot be sealed.
    """
    if not 1 <= len(name) <= 120 or not name.isprintable():  # noqa: PLR2004 - the column's own bound
        raise invalid_field("/name", "A name is 1 to 120 printable characters.")
    _require_life(life)
    token = mint(org_id, str(uuid.uuid4()))
    within = tx.within(org_id)
    known = within.values(QUERIES["role_codes"], str, org_id=org_id)
    if role not in known:
        raise invalid_field("/role", f"The roles are {', '.join(known)}.")
    sub_org_id = None if sub_org is None else _sub_org_id(within, org_id, sub_org)
    principal_id = ids.new()
    within.run(
        QUERIES["create"],
        principal_id=principal_id,
        sub_org_id=sub_org_id,
        org_id=org_id,
        token_id=token.token_id,
        kind=kind,
        name=person_names.seal(within, org_id, keyring, principal_id, kind, name),
        role=role,
        secret_hash=token.secret_hash,
        life=life,
    )
    return token


def verify(tx: Tx, token: BearerToken) -> Credential | None:
    """Return the credential of a token that is known, unexpired and not revoked."""
    within = tx.within(token.org_id)
    stored = within.maybe(QUERIES["find"], _Stored, org_id=token.org_id, token_id=token.token_id)
    if stored is None or not hmac.compare_digest(stored.secret_hash, token.secret_hash):
        return None
    return Credential(
        stored.org_id,
        stored.org_code,
        stored.token_id,
        stored.role,
        frozenset(stored.permissions),
        stored.actor_id,
    )


def revoke(tx: Tx, org_id: OrgId, token_id: str) -> bool:
    """Revoke a token at the operator's own hand; False when there was none to revoke."""
    return tx.within(org_id).value(QUERIES["revoke_by_hand"], bool, org_id=org_id, token_id=token_id)


def cut_off(tx: Tx, org_id: OrgId, token_id: str) -> bool:
    """Let a token's secret open nothing while the log is held; False when the log is not held or nothing lives.

    Its revocation becomes an entry when the log is taken up again.
    """
    return tx.within(org_id).value(QUERIES["cut_off"], bool, org_id=org_id, token_id=token_id)


def issue(tx: Tx, org: OrgContext, principal_id: str, new: NewToken, *, idempotency_key: str) -> Issued:
    """Make a token for a principal, or find what was decided for the key, then without the secret.

    Refuses `not-found` (the principal), `unknown-reference` (role, department), `invalid-field` (its life),
    `conflict` for a disabled principal, and `forbidden` for oneself, the platform's operator, or beyond one's
    reach. These decide nothing.
    """
    _require_life(new.life)
    principal = principals.get(tx, org, principal_id)
    role = roles.referenced(tx, org, new.role, "/role").code
    sub_org_id = principals.department(tx, org, new.sub_org)
    token = mint(org.org_id, str(uuid.uuid4()))
    life_s = int(new.life.total_seconds())
    named = {"principal": principal.id, "role": role, "sub_org": sub_org_id}
    decision = tx.one(
        QUERIES["issue"],
        Decision,
        **asdict(org),
        token_id=token.token_id,
        principal_id=principal.id,
        role=role,
        sub_org_id=sub_org_id,
        secret_hash=token.secret_hash,
        life=new.life,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "token", **named, "life": life_s}),
    )
    if decision.outcome == "invalid":
        raise Refusal("conflict", "The principal is disabled.")
    is_new = decision.record_id == token.token_id
    return Issued(decision.created(lambda made: get(tx, org, made)), token if is_new else None)


def get(tx: Tx, org: OrgContext, token_id: str) -> Token:
    """Return what is shown of one token, or refuse `not-found`."""
    found = tx.maybe(QUERIES["get"], Token, org_id=org.org_id, sub_org_ids=org.sub_org_ids, id=token_id)
    if found is None:
        raise Refusal("not-found", "There is no such token.")
    return found


def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Token]:
    """Return at most `limit` tokens within reach, living or not, those with an id above `after`."""
    return tx.all(
        QUERIES["list_page"],
        Token,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        after=after,
        limit=limit,
    )


def withdraw(tx: Tx, org: OrgContext, token_id: str) -> Token:
    """Revoke a token; one that is revoked stays as it is.

    Refuses `not-found`, and `conflict` where nobody would be left who manages identity.
    """
    found = get(tx, org, token_id)
    tx.run(QUERIES["revoke"], **asdict(org), id=found.id)
    return get(tx, org, found.id)


def note_use(tx: Tx, org_id: OrgId, token_id: str) -> None:
    """Remember that a token was used now, unless that was remembered within the last minute."""
    tx.within(org_id).run(QUERIES["note_use"], org_id=org_id, token_id=token_id)


def life(text: str) -> timedelta:
    """Read how long a token lives: 90d, 12h, 30m. Refuses `invalid-field`."""
    found = texts.duration(text)
    if found is None:
        raise invalid_field("/expires", "Write how long it lives like 90d, 12h or 30m.")
    return found


def _require_life(lives: timedelta) -> None:
    if not timedelta(0) < lives <= LONGEST_LIFE:
        raise invalid_field("/expires", "A token lives between a second and 365 days.")


def _sub_org_id(tx: Tx, org_id: OrgId, reference: str) -> str:
    which = texts.by_id_or_code(reference)
    found = tx.values(sub_orgs.QUERIES["find"], str, org_id=org_id, sub_org_ids=None, **which)
    if not found:
        raise sub_orgs.unknown("/sub_org")
    return found[0]
