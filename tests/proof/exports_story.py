"""What carries an organisation away: the entry that says so, and every page of what stands beside the log."""

from uuid import uuid4

from support.keyrings import keyring_within
from velaurum.audit import exports
from velaurum.db.connection import Tx
from velaurum.exchange import org_pages
from velaurum.tenancy.context import OrgContext

RECIPIENT = "age1j9ag7cee8w0vrxyed46recrwg3kyrjru7mhcd9nrfljl7wvu69rqx3nn0t"
_AFTER_ALL = "2999-01-01T00:00:00.000000Z"


def record(tx: Tx, org: OrgContext) -> None:
    """Record an export by hand, one that somebody asked for, and that one again."""
    by_hand, asked_for = str(uuid4()), str(uuid4())
    assert exports.record(tx, org.org_id, by_hand, by=None, recipient=None)
    assert exports.record(tx, org.org_id, asked_for, by=org, recipient=RECIPIENT)
    assert not exports.record(tx, org.org_id, asked_for, by=org, recipient=RECIPIENT)


def read(tx: Tx, org: OrgContext, size: int) -> None:
    """Read every page, from its beginning and from a place in it."""
    org_id = org.org_id
    assert len(org_pages.beside(tx, org_id, 0, size)) == size
    newest, _ = org_pages.newest(tx, org_id, keyring_within(tx), size, None)
    rest, _ = org_pages.newest(
        tx, org_id, keyring_within(tx), size, (newest[0].subject, newest[0].subject_id)
    )
    assert rest == newest[1:]
    balances = org_pages.balances(tx, org_id, size, None)
    first = balances[0]
    after = (first.item_id, first.location_id, first.lot_id, first.serial_id, first.status)
    assert org_pages.balances(tx, org_id, size, after) == balances[1:]
    decisions = org_pages.decisions(tx, org_id, size, _AFTER_ALL, None)
    assert org_pages.decisions(tx, org_id, size, _AFTER_ALL, decisions[0].idempotency_key) == decisions[1:]
    assert org_pages.decisions(tx, org_id, 3, "2000-01-01T00:00:00.000000Z", None) == []
    assert len(org_pages.decisions(tx, org_id, 3, _AFTER_ALL, None)) < len(decisions)
    accesses = org_pages.accesses(tx, org_id, _AFTER_ALL, None)
    assert org_pages.accesses(tx, org_id, _AFTER_ALL, (accesses[0].at, accesses[0].id)) == accesses[1:]
    sightings = org_pages.sightings(tx, org_id, _AFTER_ALL, None)
    one = sightings[0]
    place = (one.subject_id, one.day, one.actor_id, one.operation)
    assert org_pages.sightings(tx, org_id, _AFTER_ALL, place) == sightings[1:]
    erasures = org_pages.erasures(tx, org_id, None)
    assert len(erasures) > 0
    assert org_pages.erasures(tx, org_id, erasures[0].principal_id) == erasures[1:]
    holds = org_pages.holds(tx, org_id, _AFTER_ALL, None)
    assert org_pages.holds(tx, org_id, _AFTER_ALL, holds[0].id) == holds[1:]
    restrictions = org_pages.restrictions(tx, org_id, _AFTER_ALL, None)
    assert org_pages.restrictions(tx, org_id, _AFTER_ALL, restrictions[0].id) == restrictions[1:]
    assert org_pages.withdrawals(tx, org_id) == len(erasures) + len(restrictions)
    assert org_pages.shapes(tx)
