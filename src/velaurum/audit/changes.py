"""Changes: one line each, written by the database, never altered (V-23)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from velaurum.db import person_names
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.identity.principals import Kind
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "changes.sql")
LAST = ("infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff")
# What is sealed in a line. The ids of its record and of whose that is stand beside the members while it is opened, that
# of the record under the word for it.
_SEALED = (
    ("name", PersonName(" principal")),
    *(
        (column, PersonName(" person", (table, column, f" {subject}")))
        for (subject, column), table in person_names.SEALED.items()
    ),
)
Action = Literal["created", "changed", "disabled", "enabled", "revoked", "removed", "found", "carried"]


@dataclass(frozen=True, slots=True)
class Change:
    """One line: who did what to which record, when. `before` and `after` hold what changed of it.

    `credential_id` is None for the operator's own hand at the data directory. `person_id` is the principal whose record
    it was, None of what is nobody's.
    """

    id: str
    at: str
    actor_id: str
    actor_kind: Kind
    actor_name: Annotated[str | None, PersonName("actor_id")]
    credential_id: str | None
    request_id: str | None
    subject: str
    subject_id: str
    action: Action
    person_id: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def list_of_rights(tx: Tx, org: OrgContext, *, before: tuple[str, str], limit: int) -> list[Change]:
    """Return at most `limit` changes of who may do what, within reach, the newest first.

    Those before an instant and id.
    """
    at, change_id = before
    found = tx.all(
        QUERIES["list_of_rights"],
        Change,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        before_at=at,
        before_id=change_id,
        limit=limit,
    )
    sides = [_named(one, side) for one in found for side in (one.before, one.after)]
    told = iter(person_names.told_in(tx, sides, _SEALED))
    return [
        replace(one, before=_side(one.before, next(told)), after=_side(one.after, next(told)))
        for one in found
    ]


def _named(change: Change, side: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return {**(side or {}), f" {change.subject}": change.subject_id, " person": change.person_id}


def _side(was: Mapping[str, Any] | None, told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return None if was is None else {name: told[name] for name in was}
