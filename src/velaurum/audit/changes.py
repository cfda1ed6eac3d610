"""Changes: one line each, written by the database, never altered (V-23)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.identity.principals import Kind
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "changes.sql")
LAST = ("infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff")
Action = Literal["created", "changed", "disabled", "enabled", "revoked", "removed", "found", "carried"]


@dataclass(frozen=True, slots=True)
class Change:
    """One line: who did what to which record, when. `before` and `after` hold what changed of it.

    `credential_id` is None for the operator's own hand at the data directory.
    """

    id: str
    at: str
    actor_id: str
    actor_kind: Kind
    actor_name: str
    credential_id: str | None
    request_id: str | None
    subject: str
    subject_id: str
    action: Action
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def list_of_rights(tx: Tx, org: OrgContext, *, before: tuple[str, str], limit: int) -> list[Change]:
    """Return at most `limit` changes of who may do what, within reach, the newest first.

    Those before an instant and id.
    """
    at, change_id = before
    return tx.all(
        QUERIES["list_of_rights"],
        Change,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        before_at=at,
        before_id=change_id,
        limit=limit,
    )
