"""What the OpenAPI document shows of lots, of serials and of stock status."""

from typing import Any

from velaurum import texts
from velaurum.api.openapi_forms import ID

LOT_ID = "019a9f00-7a1d-7c11-a2b3-0d5e7f91a00f"
SERIAL_ID = "019a9f00-7a1e-7c11-a2b3-0d5e7f91a010"
_ITEM_ID = "019a9f00-7a10-7c3e-9b5d-2f6c1de0a001"
_CREATED = "2026-11-20T08:00:00.000000Z"
_CHANGED = "2026-11-22T10:00:00.123456Z"
_AS_OF = {"recorded_at": _CHANGED, "log_size": 2000}
_LOT: dict[str, Any] = {
    "id": LOT_ID,
    "item_id": _ITEM_ID,
    "code": "L-2026-117",
    "expires_on": "2027-05-31",
    "manufactured_on": "2026-11-02",
    "supplier_lot": "84-1179",
    "version": 1,
    "created_at": _CREATED,
    "updated_at": _CREATED,
}
_SERIAL: dict[str, Any] = {
    "id": SERIAL_ID,
    "item_id": _ITEM_ID,
    "code": "SN-000481",
    "version": 1,
    "created_at": _CREATED,
    "updated_at": _CREATED,
}
_PLACE = {
    "location": {"id": "019a9f00-7a11-7d02-8a14-6b1d5c8be002", "code": "WH1-A-03"},
    "status": "available",
}


def _page(record: dict[str, Any]) -> dict[str, Any]:
    return {"data": [record], "next_cursor": None, "as_of": _AS_OF}


BODIES: dict[str, Any] = {
    "NewLotBody": {"item": "MILK-1L", "code": "L-2026-117", "expires_on": "2027-05-31"},
    "LotChangeBody": {"expires_on": "2027-04-30"},
    "NewSerialBody": {"item": "PUMP-4", "code": "SN-000481"},
    "SerialChangeBody": {"code": "SN-000418"},
}
ANSWERS: dict[str, Any] = {
    "createLot": _LOT,
    "getLot": _LOT,
    "changeLot": {**_LOT, "expires_on": "2027-04-30", "version": 2, "updated_at": _CHANGED},
    "listLots": _page(_LOT),
    "createSerial": _SERIAL,
    "getSerial": {**_SERIAL, **_PLACE},
    "changeSerial": {**_SERIAL, "code": "SN-000418", "version": 2, "updated_at": _CHANGED},
    "listSerials": _page(_SERIAL),
}
_OF_CHANGES = ("not-found", "stale-version", "precondition-required")
_OF_LISTS = ("invalid-field", "unknown-reference")
REFUSALS: dict[str, tuple[str, ...]] = {
    "createLot": ("unknown-reference", "code-taken"),
    "changeLot": _OF_CHANGES,
    "listLots": _OF_LISTS,
    "createSerial": ("unknown-reference", "code-taken"),
    "changeSerial": (*_OF_CHANGES, "code-taken"),
    "getSerial": ("invalid-field", "not-found"),
    "listSerials": _OF_LISTS,
}
PARAMETERS: dict[str, Any] = {
    "path.lot": LOT_ID,
    "path.serial": SERIAL_ID,
    "query.lot": LOT_ID,
    "query.serial": SERIAL_ID,
    "listBalances.status": "quarantine",
}
_OF_ITEM = {
    "minLength": 1,
    "maxLength": texts.CODE_LENGTH,
    "description": "Its id; or its code, with the item beside it.",
}
DESCRIBED: dict[str, Any] = {
    "path.lot": {**ID, "description": "The id of a lot."},
    "path.serial": {**ID, "description": "The id of a serial."},
    "query.lot": _OF_ITEM,
    "query.serial": _OF_ITEM,
    "listBalances.status": {"description": "Only stock in this status."},
}
_DAY = {"pattern": f"^{texts.DAY.pattern}$"}
_STATUS = "The status at this place; left out: that of the other side, or available."
EXACT: dict[tuple[str, str], Any] = {
    **{(name, day): _DAY for name in ("NewLotBody", "Lot") for day in ("expires_on", "manufactured_on")},
    **{
        ("LotChangeBody", day): {"pattern": f"^({texts.DAY.pattern})?$"}
        for day in ("expires_on", "manufactured_on")
    },
    ("NewLotBody", "supplier_lot"): {"minLength": 1, "maxLength": 200},
    ("LotChangeBody", "supplier_lot"): {"maxLength": 200},
    **dict.fromkeys(((name, "item_id") for name in ("Lot", "Serial", "PlacedSerial")), ID),
    **{
        (name, side): {"description": _STATUS}
        for name in ("NewMovement", "BatchMovement")
        for side in ("source_status", "target_status")
    },
    ("Balance", "status"): {"description": "Null where it was summed over."},
}
