"""Places that lie in each other, some of them of a department, and stock that is read by where it lies."""

from datetime import datetime

from support.keyrings import keyring_within
from velaurum.catalog import locations
from velaurum.catalog.locations import LocationChange, NewLocation
from velaurum.db.connection import Tx
from velaurum.ledger import balances, intakes, movements
from velaurum.ledger.intakes import NewMovement
from velaurum.tenancy.context import OrgContext


def make(tx: Tx, org: OrgContext, department: str) -> None:
    """Make a place of everybody with one of the department in it, and one of the department beside it."""
    for code, parent, sub_org in (("A", None, None), ("B", "A", department), ("C", None, department)):
        new = NewLocation(code, code, "storage", parent, sub_org)
        place = locations.create(tx, org, new, idempotency_key=f"location-{code}").record
        locations.find(tx, org, code)
        locations.update(tx, org, place.id, 1, LocationChange(name=f"place {code}"))
    top = locations.get(tx, org, "A").id
    for parent_id, within_id in ((None, None), (top, None), (None, top)):
        locations.list_page(tx, org, after="", limit=20, parent_id=parent_id, within_id=within_id)


def post(tx: Tx, org: OrgContext) -> None:
    """Move stock from where the department does not reach to where it does."""
    new = NewMovement(kind="transfer", item="BOLT", quantity="1", source="A", target="C")
    movements.post(tx, org, [intakes.movement(new, "transfer")])


def read(tx: Tx, org: OrgContext, size: int, soon: datetime) -> None:
    """Read balances of everywhere and of one tree, and movements of that tree."""
    top = _top(tx, org)
    for within_id in (None, top):
        for effective in (None, soon.isoformat()):
            for group_by in (None, "item", "location"):
                chosen = balances.Filter(size, within_id=within_id, effective_as_of=effective)
                balances.list_page(
                    tx,
                    org,
                    chosen,
                    group_by=group_by,
                    after=balances.Position(),
                    limit=200,
                    is_now=effective is None,
                )
    window = movements.Filter(within_id=top, to_size=size)
    movements.list_page(tx, org, keyring_within(tx), window, limit=10)


def _top(tx: Tx, org: OrgContext) -> str:
    """Return the place that the others lie in, which the department reaches by none of its own."""
    within = locations.get(tx, org, "B")
    assert within.parent_id is not None
    return within.parent_id
