"""What reservations run: made of each kind of stock key, consumed, released, refused, and read with what is short."""

from dataclasses import replace

from proof.rehearsals import rehearsed
from proof.stock_keys_story import BY_LOT, BY_SERIAL, LOT, SERIAL
from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.db.connection import Tx
from velaurum.ledger import intakes, movements, reservations
from velaurum.ledger.intakes import NewMovement
from velaurum.ledger.reservations import LAST, Filter, NewReservation
from velaurum.tenancy.context import OrgContext

ITEM, PLACE = "NUT", "RESERVED"
_ISSUE = NewMovement(kind="issue", item=ITEM, quantity="5", source=PLACE)


def run(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    """Call every verb; of one stock key 92 are there afterwards, and 27 of them are not reserved hard."""
    tx, ruler = outside.enter(org)
    item = items.create(tx, ruler, NewItem(ITEM, "Nut"), idempotency_key="nut").require()
    place = locations.create(
        tx, ruler, NewLocation(PLACE, PLACE, "storage", None, None), idempotency_key="reserved"
    ).require()
    tx, keeper = outside.enter(poster)
    _post(tx, keeper, "nut-in", NewMovement(kind="receipt", item=ITEM, quantity="100", target=PLACE))
    kept = _reserve(tx, keeper, NewReservation(ITEM, PLACE, "40", reference="kept"))
    _reserve(tx, keeper, NewReservation(ITEM, PLACE, "30", expires_at="2999-01-01T00:00:00Z"))
    _reserve(tx, keeper, NewReservation(ITEM, PLACE, "50", kind="soft", reference="soft"))
    _reserve(tx, keeper, NewReservation(BY_LOT, "A", "1", lot=LOT, kind="soft"))
    _reserve(tx, keeper, NewReservation(BY_SERIAL, "B", "1", serial=SERIAL, kind="soft"))
    _reserve(tx, keeper, NewReservation("BOLT", "C", "1", kind="soft", reference="beyond"))
    ours = _reserve(tx, keeper, NewReservation(ITEM, PLACE, "1", kind="soft", reference="ours"))
    given = _reserve(tx, keeper, NewReservation(ITEM, PLACE, "1", reference="given-back"))
    reservations.release(tx, keeper, given, idempotency_key="given-back").require()
    _post(tx, keeper, "nut-kept", NewMovement(**{**_members(), "reservation": kept}))
    _post(tx, keeper, "nut-out", NewMovement(**{**_members(), "quantity": "3"}))
    for key, members in {
        "nut-more": {"quantity": "28"},
        "nut-kept-too": {"reservation": kept},
        "nut-ours": {"reservation": ours},
    }.items():
        with rehearsed(tx):
            _post(tx, keeper, key, NewMovement(**{**_members(), **members}))
    with rehearsed(tx):
        _reserve(tx, keeper, NewReservation(ITEM, PLACE, "28"))
    with rehearsed(tx):
        reservations.release(tx, keeper, kept, idempotency_key="kept").require()
    for chosen in (
        Filter(),
        Filter(state="open"),
        Filter(item_id=item.id, location_id=place.id),
        Filter(short=True),
    ):
        reservations.list_page(tx, keeper, chosen, before=LAST, limit=50)
        reservations.list_page(
            tx, replace(keeper, sub_org_ids=poster.sub_org_ids), chosen, before=LAST, limit=50
        )


def _members() -> dict[str, str]:
    return {"kind": _ISSUE.kind, "item": _ISSUE.item, "quantity": _ISSUE.quantity, "source": PLACE}


def _reserve(tx: Tx, org: OrgContext, new: NewReservation) -> str:
    key = f"reserve-{new.item}-{new.quantity}-{new.reference}"
    return reservations.create(tx, org, new, idempotency_key=key).require().id


def _post(tx: Tx, org: OrgContext, key: str, new: NewMovement) -> None:
    movements.post(tx, org, [intakes.movement(new, key)])
