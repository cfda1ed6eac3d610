"""Principals: who can act. Made by somebody, changed by version, disabled and never removed."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from msgspec import UNSET, UnsetType

from velaurum import canonical, ids, texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.keys import blind_indexes, person_names
from velaurum.keys.blind_indexes import BlindIndex
from velaurum.keys.keyring import Keyring
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "principals.sql")
FIRST = "00000000-0000-0000-0000-000000000000"
LONGEST_NAME = 120
Kind = Literal["user", "service", "process"]
# No column has it: a name is known by it inside of a digest, and nobody is found by it.
REPEATS = BlindIndex("ledger.decision", "request_hash", ())


@dataclass(frozen=True, slots=True)
class NewPrincipal:
    """A person, a service account or a named process to make; `sub_org` is the department that it belongs to."""

    name: str
    kind: Kind
    sub_org: str | None = None


@dataclass(frozen=True, slots=True)
class PrincipalChange:
    """What may change of a principal; a `sub_org` of None makes it the whole organisation's."""

    name: str | None = None
    sub_org: str | UnsetType | None = UNSET


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal as it is now; instants are RFC 3339 in UTC, `disabled_at` is None while it may act.

    A name is None where its key cannot be used now.
    """

    id: str
    kind: Kind
    name: Annotated[str | None, PersonName("id")]
    sub_org_id: str | None
    sub_org_code: str | None
    version: int
    created_at: str
    maker_id: str
    maker_kind: Kind
    maker_name: Annotated[str | None, PersonName("maker_id")]
    disabled_at: str | None


def create(
    tx: Tx, org: OrgContext, keyring: Keyring, new: NewPrincipal, *, idempotency_key: str
) -> Created[Principal]:
    """Make a principal that may do nothing yet, or find what was decided for its key.

    Refuses `invalid-field`, `unknown-reference` (the department), and `key-unavailable` where a person's name cannot
    be sealed, which decide nothing. Who reaches departments alone names one.
    """
    _require_name(new.name)
    sub_org_id = department(tx, org, new.sub_org)
    principal_id = ids.new()
    name = person_names.seal(tx, org.org_id, keyring, principal_id, new.kind, new.name)
    for known_as in _known_as(tx, org, keyring, new):
        decision = tx.one(
            QUERIES["create"],
            Decision,
            **asdict(org),
            id=principal_id,
            kind=new.kind,
            name=name,
            sub_org_id=sub_org_id,
            idempotency_key=idempotency_key,
            request_hash=canonical.digest(
                {"create": "principal", "kind": new.kind, "name": known_as, "sub_org": sub_org_id}
            ),
        )
        if decision.outcome != "mismatch":
            break
    return decision.created(lambda made: get(tx, org, made))


def cut_off(tx: Tx, org_id: OrgId, principal_id: str) -> bool:
    """Let a principal get in no longer while the log is held; False when the log is not held or it is disabled.

    Its sessions end, its tokens open nothing, and nobody signs in as it. It is disabled, as an entry, when the log is
    taken up again.
    """
    return tx.within(org_id).value(QUERIES["cut_off"], bool, org_id=org_id, id=principal_id)


def department(tx: Tx, org: OrgContext, reference: str | None) -> str | None:
    """Return the id of the department that a field `sub_org` names, None for the whole organisation.

    Refuses `unknown-reference`, and `invalid-field` where who reaches departments alone names none.
    """
    if reference is None and not org.is_whole:
        raise invalid_field("/sub_org", "Name a department: you reach departments alone.")
    return None if reference is None else sub_orgs.referenced(tx, org, reference, "/sub_org").id


def find(tx: Tx, org: OrgContext, principal_id: str) -> Principal | None:
    """Return the principal of this id, if it is within reach."""
    return tx.maybe(
        QUERIES["find"], Principal, org_id=org.org_id, sub_org_ids=org.sub_org_ids, id=principal_id
    )


def get(tx: Tx, org: OrgContext, principal_id: str) -> Principal:
    """Return the principal of this id, or refuse `not-found`."""
    principal = find(tx, org, principal_id)
    if principal is None:
        raise Refusal("not-found", "There is no such principal.")
    return principal


def list_page(tx: Tx, org: OrgContext, *, after: str, limit: int) -> list[Principal]:
    """Return at most `limit` principals within reach, those with an id above `after`, the oldest first."""
    return tx.all(
        QUERIES["list_page"],
        Principal,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        after=after,
        limit=limit,
    )


def update(
    tx: Tx, org: OrgContext, keyring: Keyring, principal_id: str, version: int, change: PrincipalChange
) -> Principal:
    """Rename a principal that is still at `version`, or move it to another department.

    Refuses `not-found`, `stale-version`, `invalid-field`, `unknown-reference`, `key-unavailable`, `conflict` for
    who was erased, and `forbidden` for the platform's operator and for a department out of reach.
    """
    principal = get(tx, org, principal_id)
    if change == PrincipalChange():
        raise Refusal("invalid-field", "Name at least one field to change.")
    name = None
    if change.name is not None:
        _require_name(change.name)
        if change.name != principal.name:
            name = person_names.seal(tx, org.org_id, keyring, principal.id, principal.kind, change.name)
    updated = tx.value(
        QUERIES["update"],
        bool,
        **asdict(org),
        id=principal.id,
        version=version,
        name=name,
        sub_org_id=_sub_org_id(tx, org, principal, change),
    )
    now = get(tx, org, principal.id)
    if not updated:
        raise Refusal("stale-version", f"The principal is at version {now.version} now; read it again.")
    return now


def disable(tx: Tx, org: OrgContext, principal_id: str) -> Principal:
    """Let a principal act no longer: its tokens are revoked with it. One that is disabled stays as it is.

    Refuses `not-found`; `forbidden` for the platform's operator and for one that holds anything out of reach;
    `conflict` where nobody would be left who manages identity.
    """
    return _set_disabled(tx, org, principal_id, is_disabled=True)


def enable(tx: Tx, org: OrgContext, principal_id: str) -> Principal:
    """Let a principal act again, by its assignments and by new tokens. Refuses as disable() does."""
    return _set_disabled(tx, org, principal_id, is_disabled=False)


def _set_disabled(tx: Tx, org: OrgContext, principal_id: str, *, is_disabled: bool) -> Principal:
    principal = get(tx, org, principal_id)
    tx.run(QUERIES["set_disabled"], **asdict(org), id=principal.id, is_disabled=is_disabled)
    return get(tx, org, principal.id)


def _known_as(tx: Tx, org: OrgContext, keyring: Keyring, new: NewPrincipal) -> tuple[str, ...]:
    """Return what a repeated creation may be known by.

    A hash of a person's name would tell whoever guesses it. What was decided before is known by such a one.
    """
    if new.kind != person_names.PERSON:
        return (new.name,)
    return blind_indexes.of(tx, org.org_id, keyring, REPEATS, new.name).hex(), new.name


def _sub_org_id(tx: Tx, org: OrgContext, principal: Principal, change: PrincipalChange) -> str | None:
    if isinstance(change.sub_org, UnsetType):
        return principal.sub_org_id
    return department(tx, org, change.sub_org)


def _require_name(name: str) -> None:
    if detail := texts.text_problem(name, LONGEST_NAME):
        raise Refusal("invalid-field", detail, (FieldError("/name", "invalid-field", detail),))
