"""What the OpenAPI document shows of reports."""

from typing import Any, get_args

from velaurum import texts
from velaurum.api.openapi_forms import ID, UTC_INSTANT
from velaurum.api.openapi_lots import LOT_ID
from velaurum.catalog.serials import Status
from velaurum.reports.formats import MEDIA_TYPES

_AS_OF = {"recorded_at": "2026-11-22T10:00:00.123456Z", "log_size": 2000}
_ITEM = {"item_id": "019a9f00-7a10-7c3e-9b5d-2f6c1de0a001", "item_code": "BOLT-M8", "unit": "EA"}
_PLACE = {"location_id": "019a9f00-7a11-7b0a-8c4e-1d9e5af0b002", "location_code": "WH1-A-03"}
_PART = {"lot_id": LOT_ID, "lot_code": "L-2026-117", "serial_id": None, "serial_code": None}
_KEY = {**_ITEM, **_PLACE, **_PART, "status": "available"}
_SUPPLIER = "019a9f00-7a12-7d2b-9a6f-3b7c8de0c003"
_MOVEMENT_ID = "019a9f00-7a13-7e4c-8d7a-5c8d9ef0d004"
_REQUEST_ID = "019a9f00-7a14-7f5d-9e8b-6d9eaf00e005"
_CLOCKS = {"occurred_at": "2026-11-22T09:59:58.000000Z", "recorded_at": "2026-11-22T10:00:00.123456Z"}
_ACTOR = {
    "actor_id": "019a9f00-7a15-7a6e-8f9c-7eafb001f006",
    "actor_kind": "user",
    "actor_name": "Ada Byron",
}
_SAID = {"reason": None, "note": None, "reference": "PO-1881", "reverses": None}
_PROVEN = {
    "idempotency_key": "dock-7-000123",
    "leaf_hash": "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    "unavailable": None,
    "restricted": None,
}
_CARD = {
    "log_index": 1999,
    "movement_id": _MOVEMENT_ID,
    "kind": "receipt",
    **_KEY,
    "seq": 17,
    "before": "1260",
    "quantity_in": "24",
    "quantity_out": None,
    "after": "1284",
    "other_location_id": _SUPPLIER,
    "other_location_code": "SUPPLIER",
    "other_status": None,
    **_CLOCKS,
    **_ACTOR,
    **_SAID,
    **_PROVEN,
}
_LINE = {
    "log_index": 1999,
    "movement_id": _MOVEMENT_ID,
    "kind": "receipt",
    **_ITEM,
    "quantity": "24",
    "stated_quantity": "2",
    "stated_unit": "XCS",
    **_PART,
    "source_id": _SUPPLIER,
    "source_code": "SUPPLIER",
    "source_on_hand": None,
    "source_seq": None,
    "source_status": None,
    "target_id": _PLACE["location_id"],
    "target_code": "WH1-A-03",
    "target_on_hand": "1284",
    "target_seq": 17,
    "target_status": "available",
    **_CLOCKS,
    **_ACTOR,
    **_SAID,
    **_PROVEN,
    "approval": None,
    "request_id": _REQUEST_ID,
}
_REFUSED = {
    "decided_at": "2026-11-22T09:58:00.000001Z",
    "code": "insufficient-stock",
    "available": "3",
    "on_hand": None,
    "pointer": None,
    "idempotency_key": "dock-7-000122",
    **_ACTOR,
    "credential_id": "019a9f00-7a16-7b7f-90ad-8fb0c102a007",
    "request_id": _REQUEST_ID,
}
_STEP = {
    "log_index": 1999,
    "movement_id": _MOVEMENT_ID,
    "kind": "receipt",
    **_KEY,
    "change": "24",
    "on_hand": "1284",
    **_CLOCKS,
}
_DIFFERENCE = {**_KEY, "before": "1260", "after": "1284", "change": "24"}

_EXPIRING = {
    **{name: value for name, value in _KEY.items() if not name.startswith("serial_")},
    "expires_on": "2027-05-31",
    "days_left": 182,
    "on_hand": "240",
}


def _page(row: dict[str, Any]) -> dict[str, Any]:
    return {"data": [row], "next_cursor": None, "as_of": _AS_OF}


ANSWERS: dict[str, Any] = {
    "listOnHand": _page({**_KEY, "on_hand": "1284"}),
    "listStockCard": _page(_CARD),
    "listMovementRegister": _page(_LINE),
    "listRefusals": _page(_REFUSED),
    "listTimeline": _page(_STEP),
    "listDifference": {**_page(_DIFFERENCE), "since": {"recorded_at": None, "log_size": 1999}},
    "listExpiry": _page(_EXPIRING),
}
OPERATIONS = tuple(ANSWERS)
_OF_STOCK_KEYS = ("listOnHand", "listStockCard", "listTimeline", "listDifference", "listExpiry")
_OF_REPORTS = ("invalid-field", "unknown-reference")
REFUSALS: dict[str, tuple[str, ...]] = dict.fromkeys(OPERATIONS, _OF_REPORTS)
_DAY = {"pattern": f"^{texts.DAY.pattern}$"}
DESCRIBED: dict[str, Any] = {
    "on": {**_DAY, "description": "The day from which days are counted."},
    "expires_before": {**_DAY, "description": "Only lots whose last day is before this one."},
    "format": {
        "description": "The whole report as a file, instead of a page of JSON; then without limit and cursor."
    },
    "listRefusals.code": {"description": "Only refusals with this code."},
    **{f"{one}.status": {"description": "Only stock in this status."} for one in _OF_STOCK_KEYS},
}
PARAMETERS: dict[str, Any] = {
    "format": "csv",
    "from_as_of": "2026-11-21T00:00:00Z",
    "from_size": 1999,
    "on": "2026-11-30",
    "expires_before": "2027-06-01",
    "decided_from": "2026-11-22T00:00:00Z",
    "decided_to": "2026-11-23T00:00:00Z",
    "listRefusals.code": "insufficient-stock",
    **{f"{one}.status": "quarantine" for one in _OF_STOCK_KEYS},
}
INSTANTS = ("from_as_of", "decided_from", "decided_to")
STREAMED: dict[str, str] = {
    media_type.partition(";")[0]: f"Octets of a file in the format {form}."
    for form, media_type in MEDIA_TYPES.items()
}
HEADERS: dict[str, Any] = {
    "LogSize": {
        "description": "The log size that a file is of; a page has it in `as_of`.",
        "schema": {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"},
    },
    "FileName": {"description": "The name of a file; a page has none.", "schema": {"type": "string"}},
}
HEADER_NAMES = {"LogSize": "Velaurum-Log-Size", "FileName": "Content-Disposition"}
_BALANCE = {"pattern": r"^(0|[1-9][0-9]{0,37})(\.[0-9]{1,9})?$"}
_SIGNED = {"pattern": r"^-?(0|[1-9][0-9]{0,37})(\.[0-9]{1,9})?$"}
_STATUS = {"enum": list(get_args(Status))}
_SHAPES = (
    "OnHand",
    "StockCardStep",
    "RegisteredMovement",
    "RefusedAttempt",
    "TimelineStep",
    "Difference",
    "ExpiringStock",
)
EXACT: dict[tuple[str, str], Any] = {
    **{
        (shape, name): form
        for shape in _SHAPES
        for names, form in (
            (("item_id", "location_id", "other_location_id", "source_id", "target_id"), ID),
            (("movement_id", "actor_id", "credential_id", "lot_id", "serial_id"), ID),
            (("status", "source_status", "target_status", "other_status"), _STATUS),
            (("before", "after", "available", "quantity_in", "quantity_out"), _BALANCE),
            (("source_on_hand", "target_on_hand"), _BALANCE),
            (("change",), _SIGNED),
            (("decided_at",), UTC_INSTANT),
            (("expires_on",), _DAY),
        )
        for name in names
    },
}
