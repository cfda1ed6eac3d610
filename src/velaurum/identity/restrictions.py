"""Restrictions: a person's data is kept and not used until who manages people lifts that (GDPR, article 18; V-09)."""

from dataclasses import dataclass
from typing import Literal

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity import principals
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "restrictions.sql")
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a restriction: when it was placed or lifted, by whom and why; `created_at` is RFC 3339 in UTC."""

    id: str
    action: Literal["placed", "lifted"]
    reason: str
    created_by: str
    created_at: str


def restrict(
    tx: Tx, org: OrgContext, principal_id: str, action: Literal["placed", "lifted"], reason: str
) -> list[Step]:
    """Place or lift the restriction on a person, and return every step so far; it may be so already.

    Refuses `not-found`, `invalid-field`, `conflict` for who is no person, and `forbidden` for the platform's operator.
    """
    if detail := texts.text_problem(reason, LONGEST_REASON):
        raise Refusal("invalid-field", detail, tuple(texts.field("/reason", detail)))
    found = principals.get(tx, org, principal_id)
    tx.run(
        QUERIES["restrict"],
        org_id=org.org_id,
        actor_id=org.actor_id,
        credential_id=org.credential_id,
        request_id=org.request_id,
        sub_org_ids=org.sub_org_ids,
        principal_id=found.id,
        action=action,
        reason=reason,
    )
    return steps(tx, org, found.id)


def steps(tx: Tx, org: OrgContext, principal_id: str) -> list[Step]:
    """Return the steps of a principal's restrictions, the first one first."""
    return tx.all(QUERIES["steps"], Step, org_id=org.org_id, principal_id=principal_id)
