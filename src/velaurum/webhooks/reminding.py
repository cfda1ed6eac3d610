"""Reminders as webhooks tell them: thin, and once to each endpoint that names their type.

They are told in the transaction that raises them. None is an entry of the log, so that a log that is held or not signed
can be reminded of.
"""

from collections.abc import Sequence

from velaurum.db.connection import Tx
from velaurum.jobs.reminders import KINDS, Raised
from velaurum.tenancy.context import OrgId
from velaurum.webhooks import deliveries, telling
from velaurum.webhooks.deliveries import Told


def tell(tx: Tx, org_id: OrgId, org_code: str, raised: Sequence[Raised]) -> int:
    """Make a delivery of each reminder for each endpoint that wants it; return how many were made."""
    if not raised:
        return 0
    told = [
        _told(listener.id, org_code, one)
        for listener in telling.listeners(tx, org_id)
        for one in raised
        if listener.wants_reminder(KINDS[one.kind].event_type)
    ]
    return deliveries.make(tx, org_id, told) if told else 0


def _told(endpoint_id: str, org_code: str, one: Raised) -> Told:
    event_id, event_type = f"{org_code}:reminder:{one.id}", KINDS[one.kind].event_type
    data = {"noun": "reminder", "id": one.id, "href": f"/v1/orgs/{org_code}/reminders/{one.id}"}
    return Told(
        endpoint_id, event_id, event_type, deliveries.body_of(event_id, event_type, one.raised_at, data)
    )
