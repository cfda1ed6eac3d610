"""What publishers and consumers run; what is left is half consumed, so that each of it can be done anew."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from support.carriers import messages
from velaurum.db.connection import Database, Tx
from velaurum.tenancy.context import OrgId
from velaurum.transport import queues

# By which a world may have a queue leased before it is renewed.
LEASE_ID = "1adc13cf-053c-4d8e-60b6-a20a9e611123"
_NO_TIME = timedelta(0)
_A_WHILE = timedelta(minutes=1)


def play(database: Database, org_id: OrgId) -> None:
    """Publish, consume some of it, and leave two messages leased, a dead letter, and two that nobody had yet."""
    with database.installation() as outside:
        assert queues.publish(outside.within(org_id), org_id, messages(org_id, *range(6))) == 6
    with database.installation() as outside:
        assert org_id in queues.due(outside)
    first = _lease(database, org_id)
    with database.installation() as outside:
        tx = outside.within(org_id)
        assert queues.settle(tx, org_id, first, 0)
        assert queues.settle(tx, org_id, first, 1, code="broken", reason="It is broken.")
        assert queues.release(tx, org_id, first, _NO_TIME)
    second = _lease(database, org_id)
    with _undone(database, org_id) as tx:
        assert queues.lease(tx, org_id, LEASE_ID, at_most=2, life=_A_WHILE, max_deliveries=3)
        assert queues.renew(tx, org_id, LEASE_ID, _A_WHILE)
    with _undone(database, org_id) as tx:
        assert queues.publish(tx, org_id, messages(org_id, 4, 5, 6)) == 1
        assert queues.settle(tx, org_id, second, 2)
        assert queues.settle(tx, org_id, second, 3, code="broken", reason="It is broken.")
        assert queues.release(tx, org_id, second, _NO_TIME)
        assert [one.log_index for one in queues.dead_letters(tx, org_id, limit=10)] == [1, 3]
        assert queues.replay(tx, org_id, 1)
        assert queues.set_aside(
            tx,
            org_id,
            9,
            subject="a",
            content_type="b",
            body=b"",
            deliveries=1,
            code="broken",
            reason="It is broken.",
        )
        assert [one.log_index for one in queues.dead_letters(tx, org_id, limit=10)] == [3, 9]


def _lease(database: Database, org_id: OrgId) -> str:
    lease_id = str(uuid.uuid4())
    with database.installation() as outside:
        tx = outside.within(org_id)
        assert queues.lease(tx, org_id, lease_id, at_most=2, life=_NO_TIME, max_deliveries=3)
    return lease_id


@contextmanager
def _undone(database: Database, org_id: OrgId) -> Iterator[Tx]:
    with database.installation() as outside:
        tx = outside.within(org_id)
        with tx.connection.transaction(force_rollback=True):
            yield tx
