"""What a reader of reports runs: each of them from its beginning and from a place in it, as a whole and narrowed."""

from typing import Any

from proof.stock_keys_story import BY_LOT, BY_SERIAL, LOT, SERIAL
from support.keyrings import keyring_within
from velaurum.catalog import items, locations, lots, serials
from velaurum.catalog.serials import Status
from velaurum.db.connection import Tx
from velaurum.ledger import balances, movements
from velaurum.reports import reading
from velaurum.reports.reading import Attempts, Days, Report
from velaurum.tenancy.context import OrgContext

_SOON = "2999-01-01T00:00:00Z"


def read(tx: Tx, org: OrgContext, size: int) -> None:
    """Read every report; refusals only where the whole organisation is within reach."""
    item, place = items.find(tx, org, "BOLT").id, locations.find(tx, org, "B").id
    for one in (None, place):
        stock = balances.Filter(size, item_id=item, location_id=one)
        window = movements.Filter(item_id=item, location_id=one, to_size=size)
        _read(tx, org, reading.on_hand(stock))
        _read(tx, org, reading.stock_card(window))
        _read(tx, org, reading.timeline(window))
        for earlier in (3, size - 1):
            _read(tx, org, reading.difference(stock, earlier))
    for code, lot, serial, status in (
        ("BOLT", None, None, "blocked"),
        (BY_LOT, LOT, None, None),
        (BY_LOT, None, None, "quarantine"),
        (BY_SERIAL, None, SERIAL, "available"),
    ):
        _read_of_part(tx, org, size, code, lot, serial, status)
    _read(tx, org, reading.on_hand(balances.Filter(size - 1, effective_as_of=_SOON)))
    _read(tx, org, reading.movement_register(movements.Filter(to_size=size)))
    if org.is_whole:
        for one in (5, size):
            _read(tx, org, reading.refusals(Attempts(one)))


def _read_of_part(
    tx: Tx, org: OrgContext, size: int, code: str, lot: str | None, serial: str | None, status: Status | None
) -> None:
    """Read the reports of one item, narrowed to a lot, to a serial or to a status."""
    item = items.require(tx, org, code).id
    of_lot = lots.find(tx, org, item, lot) if lot else None
    of_serial = serials.find(tx, org, item, serial) if serial else None
    part = {"lot_id": of_lot.id if of_lot else None, "serial_id": of_serial.id if of_serial else None}
    stock = balances.Filter(size, item_id=item, **part, status=status)
    window = movements.Filter(item_id=item, **part, to_size=size)
    _read(tx, org, reading.on_hand(stock))
    _read(tx, org, reading.difference(stock, 0))
    for days in (Days("2026-11-30"), Days("2026-11-30", "3000-01-01"), Days("2026-11-30", "2999-12-31")):
        _read(tx, org, reading.expiry(stock, days))
    _read(tx, org, reading.stock_card(window, status))
    _read(tx, org, reading.timeline(window, status))
    _read(tx, org, reading.movement_register(window))


def _read(tx: Tx, org: OrgContext, report: Report[Any]) -> None:
    rows = report.page(tx, org, keyring_within(tx), None, 1_000)
    if rows:
        assert report.page(tx, org, keyring_within(tx), report.position(rows[0]), 1_000) == rows[1:]
