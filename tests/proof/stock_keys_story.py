"""What lots, serials and statuses run: records made and changed, stock of them posted, and where it is read."""

from velaurum.catalog import items, lots, serials
from velaurum.catalog.items import ItemChange, NewItem
from velaurum.catalog.lots import FIRST, LotChange, NewLot
from velaurum.db.connection import Tx
from velaurum.ledger import balances, intakes, movements
from velaurum.ledger.intakes import NewMovement
from velaurum.tenancy.context import OrgContext

BY_LOT, BY_SERIAL, LOT, SERIAL, TO_TRACK = "MILK", "PUMP", "L1", "S1", "SOAP"

# What the twin has otherwise (`twins.py`). A serial is one, there as well: the twin's is elsewhere, or nowhere.
DIFFERENT = {
    "catalog.lot": {
        "supplier_lot": "r.supplier_lot || ' of the twin'",
        "expires_on": "date '2000-01-01'",
        "manufactured_on": "null",
        "version": "1",
    },
    "catalog.serial": {"version": "1"},
    "ledger.balance": {
        "on_hand": "case when r.serial_id is null then r.on_hand + 100 else 1 - r.on_hand end",
        "held_serial_id": "case when r.on_hand = 0 then r.serial_id end",
    },
    "ledger.movement": {
        "source_on_hand": "r.source_on_hand + 100",
        "target_on_hand": "r.target_on_hand + 100",
        "quantity": "case when r.serial_id is null then r.quantity + 100 else r.quantity end",
        "idempotency_key": "r.idempotency_key || '-of-the-twin'",
    },
}


def keep(tx: Tx, org: OrgContext) -> None:
    """Call every verb of the records; there is one lot and one serial afterwards, each changed once."""
    milk = items.create(tx, org, NewItem(BY_LOT, "Milk", tracking="lot"), idempotency_key="milk").require()
    pump = items.create(
        tx, org, NewItem(BY_SERIAL, "Pump", tracking="serial"), idempotency_key="pump"
    ).require()
    soap = items.create(tx, org, NewItem(TO_TRACK, "Soap"), idempotency_key="soap").require()
    items.update(tx, org, soap.id, 1, ItemChange(tracking="lot"))
    new = NewLot(LOT, expires_on="2999-12-31", supplier_lot="84-1179")
    lot = lots.create(tx, org, BY_LOT, new, idempotency_key="lot").require()
    lots.update(tx, org, lot.id, 1, LotChange(manufactured_on="2026-11-01"))
    serial = serials.create(tx, org, BY_SERIAL, "S0", idempotency_key="serial").require()
    serials.update(tx, org, serial.id, 1, SERIAL)
    for item_id in (None, milk.id, pump.id):
        lots.list_page(tx, org, item_id, after=FIRST, limit=10)
        serials.list_page(tx, org, item_id, after=FIRST, limit=10)
    for item_id, by_code, by_id in ((milk.id, LOT, lot.id), (pump.id, SERIAL, serial.id)):
        find = lots.find if item_id == milk.id else serials.find
        find(tx, org, item_id, by_code)
        find(tx, org, None, by_id)


def stated() -> dict[str, NewMovement]:
    """Return movements of a lot, of a serial and of a status, as they follow each other."""
    lot = NewMovement(
        kind="receipt", item=BY_LOT, quantity="5", target="A", lot=LOT, target_status="quarantine"
    )
    return {
        "lot-in": lot,
        "lot-released": NewMovement(
            kind="status-change",
            item=BY_LOT,
            quantity="3",
            source="A",
            lot=LOT,
            source_status="quarantine",
            reason="ok",
        ),
        "lot-out": NewMovement(kind="issue", item=BY_LOT, quantity="1", source="A", lot=LOT),
        "serial-in": NewMovement(kind="receipt", item=BY_SERIAL, quantity="1", target="A", serial=SERIAL),
        "serial-moved": NewMovement(
            kind="transfer", item=BY_SERIAL, quantity="1", source="A", target="B", serial=SERIAL
        ),
        "bolt-blocked": NewMovement(
            kind="status-change",
            item="BOLT",
            quantity="1",
            source="A",
            target_status="blocked",
            reason="bent",
        ),
    }


def post(tx: Tx, org: OrgContext) -> None:
    """Post them together, and one alone."""
    *most, last = [intakes.movement(new, key) for key, new in stated().items()]
    movements.post(tx, org, most)
    movements.post(tx, org, [last])


def asked() -> dict[str, NewMovement]:
    """Return what is asked to be approved of a lot, and of a serial."""
    scrap = NewMovement(kind="scrap", item=BY_LOT, quantity="1", source="A", lot=LOT, reason="sour")
    return {
        "scrap-of-lot": scrap,
        "scrap-of-serial": NewMovement(
            kind="scrap", item=BY_SERIAL, quantity="1", source="B", serial=SERIAL, reason="bent"
        ),
    }


def read(tx: Tx, org: OrgContext, size: int) -> None:
    """Read stock by lot, by serial and by status, and where a serial is and was."""
    milk, pump = items.get(tx, org, BY_LOT), items.get(tx, org, BY_SERIAL)
    lot, serial = lots.find(tx, org, milk.id, LOT), serials.find(tx, org, pump.id, SERIAL)
    assert lot is not None
    assert serial is not None
    lots.get(tx, org, lot.id)
    for at_size in (None, size, size - 1):
        serials.place(tx, org, serial, at_size)
    for chosen in (
        balances.Filter(size, lot_id=lot.id),
        balances.Filter(size, serial_id=serial.id),
        balances.Filter(size - 1, status="quarantine"),
        balances.Filter(size - 1, status="available"),
    ):
        found = balances.list_page(tx, org, chosen, group_by=None, after=balances.Position(), limit=1)
        for one in found:
            assert one.item_id is not None
            assert one.location_id is not None
            status = None if one.status == "available" else one.status
            after = balances.Position(one.item_id, one.location_id, one.lot_id, one.serial_id, status)
            balances.list_page(tx, org, chosen, group_by=None, after=after, limit=10)
