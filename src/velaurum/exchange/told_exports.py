"""Exports by the operator's own hand, told to the organisation before anything of it is written out (V-08, V-25)."""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

from velaurum.db.connection import Database
from velaurum.jobs import callbacks
from velaurum.tenancy import access_events
from velaurum.tenancy.access_events import AccessEvent
from velaurum.tenancy.context import OrgId
from velaurum.tenancy.statement_tallies import Boot

_ANSWERED = 200


class Operation(StrEnum):
    """What is carried away: everything of an organisation, or its log."""

    ORG = "exportOrg"
    LOG = "exportLog"


def tell(door: Database, org_id: OrgId, operation: Operation, log_size: int, *, is_encrypted: bool) -> None:
    """Add an access event of the organisation, committed when this returns: one for each run that goes on to read.

    It is in the name of the product's own process there. Where the database does not take it, whatever it says is
    raised, and the caller writes nothing.
    """
    run_id = str(uuid4())
    with door.installation() as outside:
        tx = outside.within(org_id)
        actor_id = callbacks.process(tx, org_id)
        if actor_id is None:
            raise AssertionError("an organisation has its process from its first row on")
        event = AccessEvent(
            id=str(uuid4()),
            at=datetime.now(UTC).isoformat(),
            request_ids=[run_id],
            operations=[operation],
            actor_ids=[actor_id],
            # The run stands for itself: the hand at the data directory has no credential.
            credential_ids=[run_id],
            statuses=[_ANSWERED],
            statements=tx.tally.statements,
            applied=tx.tally.applied,
            exempt=tx.tally.exempt,
            log_size=log_size,
            is_encrypted=is_encrypted,
        )
        access_events.record(outside, org_id, Boot(door.counts.boot_id), [event])
