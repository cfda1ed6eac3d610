"""Plans: which organisation is carried away as of which size of its log, said in that log first (V-19, V-23)."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from velaurum.audit import exports, logs
from velaurum.audit.logs import Published
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.orgs import Org

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is carried away: which organisation, as of which checkpoint, and which export of it this is.

    `withdrawals` is how often somebody was erased or restricted by then.
    """

    org_id: OrgId
    org: str
    export_id: str
    signed: Published
    until: str
    recipient: str | None = None
    withdrawals: int = 0

    @property
    def size(self) -> int:
        return self.signed.size


def begin(
    door: Database,
    org: Org,
    export_id: str,
    *,
    by: OrgContext | None,
    recipient: str | None,
    sign: Callable[[], None],
) -> Plan:
    """Record an export, and return what it is of: the first checkpoint that covers its own entry.

    `sign` signs what is there, or waits a moment for whoever does. Refuses `read-only` if the log is held, and
    `proof-pending` when nobody signs it.
    """
    with door.installation() as outside:
        tx = outside.within(org.org_id)
        exports.record(tx, org.org_id, export_id, by=by, recipient=recipient)
    with door.installation() as outside:
        size = logs.head(outside.within(org.org_id), org.org_id).size
    deadline = time.monotonic() + PATIENCE_S
    while True:
        sign()
        with door.installation() as outside:
            tx = outside.within(org.org_id)
            signed = logs.newest(tx, org.org_id)
            if signed is not None and signed.size >= size:
                (last,) = logs.entries(tx, org.org_id, signed.size - 1, signed.size)
                return Plan(org.org_id, org.code, export_id, signed, str(json.loads(last)["at"]), recipient)
        if time.monotonic() > deadline:
            raise Refusal("proof-pending", f"Nobody signs the log of {org.code}; `velaurum up` does.")


def remembered(plan: Plan) -> dict[str, Any]:
    """Return a plan as a journal keeps it."""
    return {**asdict(plan), "signed": asdict(plan.signed)}


def recalled(begun: Mapping[str, Any]) -> Plan:
    """Return the plan that a journal kept."""
    return Plan(**{**begun, "signed": Published(**begun["signed"])})
