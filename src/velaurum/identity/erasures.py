"""Erasures: a person is forgotten with their keys, once, unless a legal hold says that they are kept (V-09, V-25)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity import principals
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "erasures.sql")
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Hold:
    """A step of a legal hold: when it was placed or released, by whom and why."""

    id: str
    action: Literal["placed", "released"]
    reason: str
    created_by: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Gone:
    """What an erasure took away: data keys, notes, and personal values of the principal's own records."""

    keys: int
    notes: int
    personal_values: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """That a principal was erased; `erased_at` is RFC 3339 in UTC, `receipt` the signed document of it."""

    principal_id: str
    erased_at: str
    receipt: Mapping[str, Any]


def hold(
    tx: Tx, org: OrgContext, principal_id: str, action: Literal["placed", "released"], reason: str
) -> list[Hold]:
    """Place or release the legal hold on a principal, and return every step so far; it may be so already.

    Refuses `not-found`, `invalid-field`, and `forbidden` for the platform's operator.
    """
    if detail := texts.text_problem(reason, LONGEST_REASON):
        raise Refusal("invalid-field", detail, tuple(texts.field("/reason", detail)))
    found = principals.get(tx, org, principal_id)
    tx.run(
        QUERIES["hold"],
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        sub_org_ids=org.sub_org_ids,
        principal_id=found.id,
        action=action,
        reason=reason,
    )
    return holds(tx, org, found.id)


def holds(tx: Tx, org: OrgContext, principal_id: str) -> list[Hold]:
    """Return the steps of a principal's legal holds, the first one first."""
    return tx.all(QUERIES["holds"], Hold, org_id=org.org_id, principal_id=principal_id)


def erase(tx: Tx, org: OrgContext, principal_id: str) -> Gone:
    """Take away what is personal of a principal, and return how much that was. Its receipt follows, by record().

    Refuses `not-found`, `legal-hold` with the reason, and `conflict` for who is no person, is not disabled, or was
    erased before.
    """
    found = principals.get(tx, org, principal_id)
    steps = holds(tx, org, found.id)
    if steps and steps[-1].action == "placed":
        raise Refusal("legal-hold", f"A legal hold keeps this principal: {steps[-1].reason}")
    return tx.one(
        QUERIES["erase"],
        Gone,
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        principal_id=found.id,
        sub_org_ids=org.sub_org_ids,
    )


def overwrite_name(tx: Tx, org: OrgContext, principal_id: str) -> bool:
    """Write over the name of who was erased; False when it is. A database that was restored has it again."""
    return tx.value(
        QUERIES["overwrite"],
        bool,
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        principal_id=principal_id,
        sub_org_ids=org.sub_org_ids,
    )


def record(tx: Tx, org: OrgContext, principal_id: str, erased_at: str, receipt: Mapping[str, Any]) -> Erasure:
    """Keep the receipt of an erasure of this transaction."""
    tx.run(
        QUERIES["record"],
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        principal_id=principal_id,
        erased_at=erased_at,
        receipt=dict(receipt),
    )
    return Erasure(principal_id, erased_at, receipt)


def find(tx: Tx, org: OrgContext, principal_id: str) -> Erasure | None:
    """Return the erasure of a principal, None where there was none."""
    return tx.maybe(QUERIES["find"], Erasure, org_id=org.org_id, principal_id=principal_id)


def erased(tx: Tx, org_id: OrgId) -> set[str]:
    """Return the ids of an organisation's erased principals, at the operator's own hand."""
    return set(tx.within(org_id).values(QUERIES["erased"], str, org_id=org_id))


def replay(tx: Tx, org_id: OrgId, principal_id: str, erased_at: str, receipt: Mapping[str, Any]) -> bool:
    """Forget again who was forgotten in a database that came back from before; False where nothing was to be done.

    At the operator's own hand, in a log that may be held: none of it is an entry.
    """
    return tx.within(org_id).value(
        QUERIES["replay"],
        bool,
        org_id=org_id,
        principal_id=principal_id,
        erased_at=erased_at,
        receipt=dict(receipt),
    )
