"""Movements: the only way stock changes. Posted in one call of one routine, one or a thousand at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.keys.keyring import Keyring
from velaurum.keys.person_names import PERSON
from velaurum.ledger import intakes, notes, outcomes
from velaurum.ledger.intakes import Intake
from velaurum.ledger.outcomes import Movement, Outcome, Row
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "movements.sql")
POST = QUERIES["post"]
MOST_IN_ONE_CALL = 1_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which movements a list shows; what it names, it names by id. Sizes are log sizes, [from_size, to_size)."""

    item_id: str | None = None
    location_id: str | None = None
    within_id: str | None = None
    lot_id: str | None = None
    serial_id: str | None = None
    kind: str | None = None
    actor_id: str | None = None
    from_size: int = 0
    to_size: int = 0
    occurred_until: str | None = None


def post(tx: Tx, org: OrgContext, asked: Sequence[Intake], *, atomic: bool = False) -> list[Outcome]:
    """Post movements, with their notes sealed, in their order and return what was decided for each.

    With `atomic` either all of them are posted or none. A key that was decided before gets the same
    decision again. Nothing is durable before the transaction commits.
    """
    parameters = intakes.parameters(org, asked, atomic=atomic)
    return outcomes.read(tx.all(POST, Row, **parameters), [one.note for one in asked])


def get(tx: Tx, org: OrgContext, keyring: Keyring, movement_id: str) -> Movement:
    """Return one movement with its note, or refuse `not-found`."""
    (found,) = notes.opened(tx, org, keyring, [find(tx, org, movement_id)])
    if found.note is not None and found.actor.kind == PERSON:
        # What a person wrote is about them, whoever else it is about (V-09).
        org.tally.subject_id = found.actor.id
    return found


def find(tx: Tx, org: OrgContext, movement_id: str) -> Row:
    """Return the row of one movement, its note sealed, or refuse `not-found`."""
    row = tx.maybe(QUERIES["get"], Row, org_id=org.org_id, sub_org_ids=org.sub_org_ids, id=movement_id)
    if row is None:
        raise Refusal("not-found", "There is no such movement.")
    return row


def list_page(tx: Tx, org: OrgContext, keyring: Keyring, chosen: Filter, *, limit: int) -> list[Movement]:
    """Return at most `limit` movements with their notes, the newest of the chosen first."""
    rows = tx.all(
        QUERIES["list_page"],
        Row,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        item_id=chosen.item_id,
        location_id=chosen.location_id,
        within_id=chosen.within_id,
        lot_id=chosen.lot_id,
        serial_id=chosen.serial_id,
        kind=chosen.kind,
        actor_id=chosen.actor_id,
        from_size=chosen.from_size,
        to_size=chosen.to_size,
        occurred_until=chosen.occurred_until,
        limit=limit,
    )
    return notes.opened(tx, org, keyring, rows)
