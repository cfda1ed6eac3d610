"""What the OpenAPI document shows of shipments and of their lines."""

from typing import Any

from velaurum import texts
from velaurum.api.openapi_forms import ID
from velaurum.ledger.shipments import MOST_LINES

SHIPMENT_ID = "019a9f00-7a1f-7c11-a2b3-0d5e7f91a021"
_ACTOR_ID = "019a9f00-7a14-7f05-8e1a-c8a9d6e4a005"
_APPROVER_ID = "019a9f00-7a14-7f05-8e1a-c8a9d6e4a012"
_OPENED = "2026-11-20T08:00:00.000000Z"
_RECORDED = "2026-11-22T10:00:00.123456Z"
_AS_OF = {"recorded_at": _RECORDED, "log_size": 2000}
_REASON = "two boxes are missing"
_SHIPMENT: dict[str, Any] = {
    "id": SHIPMENT_ID,
    "code": "SHIP-117",
    "source": {"id": "019a9f00-7a11-7d41-8c02-6b1f5c9ea002", "code": "WH1-A-03"},
    "transit": {"id": "019a9f00-7a11-7d41-8c02-6b1f5c9ea031", "code": "IN-TRANSIT"},
    "target": {"id": "019a9f00-7a11-7d41-8c02-6b1f5c9ea032", "code": "WH2-B-01"},
    "state": "open",
    "reason": None,
    "gained": [],
    "opened_by": _ACTOR_ID,
    "stated_by": None,
    "approved_by": None,
    "version": 1,
    "created_at": _OPENED,
    "updated_at": _OPENED,
}
_DISPATCHED = {**_SHIPMENT, "state": "dispatched", "version": 2, "updated_at": _RECORDED}
_CLOSING = {**_DISPATCHED, "state": "closing", "reason": _REASON, "stated_by": _ACTOR_ID, "version": 4}
_LINE: dict[str, Any] = {
    "number": 1,
    "item": {"id": "019a9f00-7a10-7c3e-9b5d-2f6c1de0a001", "code": "BOLT-M8"},
    "lot": None,
    "serial": None,
    "status": "available",
    "quantity": "24",
    "dispatched": "24",
    "received": "20",
    "lost": "0",
    "gained": "0",
    "under_way": "4",
}

BODIES: dict[str, Any] = {
    "NewShipmentBody": {
        "code": "SHIP-117",
        "source": "WH1-A-03",
        "target": "WH2-B-01",
        "lines": [{"item": "BOLT-M8", "quantity": "24"}],
    },
    "ReceiptBody": {"lines": [{"line": 1, "quantity": "20"}]},
    "ClosingBody": {"reason": _REASON},
}
ANSWERS: dict[str, Any] = {
    "createShipment": _SHIPMENT,
    "getShipment": _SHIPMENT,
    "listShipments": {"data": [_SHIPMENT], "next_cursor": None, "as_of": _AS_OF},
    "listShipmentLines": {"lines": [_LINE], "as_of": _AS_OF},
    "dispatchShipment": _DISPATCHED,
    "receiveShipment": {**_DISPATCHED, "version": 3},
    "closeShipment": _CLOSING,
    "approveShipment": {**_CLOSING, "approved_by": _APPROVER_ID, "version": 5},
    "cancelShipment": {**_SHIPMENT, "state": "cancelled", "version": 2},
}
_OF_STEPS = ("not-found", "conflict")
_OF_POSTING = (*_OF_STEPS, "insufficient-stock", "period-closed")
REFUSALS: dict[str, tuple[str, ...]] = {
    "createShipment": ("unknown-reference", "code-taken", "conflict"),
    "getShipment": ("not-found",),
    "listShipments": ("invalid-field",),
    "listShipmentLines": ("not-found",),
    "dispatchShipment": _OF_POSTING,
    "receiveShipment": _OF_POSTING,
    "closeShipment": (*_OF_POSTING, "approval-required", "serial-in-stock"),
    "approveShipment": _OF_STEPS,
    "cancelShipment": _OF_STEPS,
}
PARAMETERS: dict[str, Any] = {"path.shipment": SHIPMENT_ID, "listShipments.state": "dispatched"}
DESCRIBED: dict[str, Any] = {
    "path.shipment": {
        "minLength": 1,
        "maxLength": texts.CODE_LENGTH,
        "description": "The id of a shipment, or its code.",
    },
    "listShipments.state": {"description": "Only shipments in this state."},
}
_TOLD = {"pattern": r"^(0|[1-9][0-9]{0,37})(\.[0-9]{1,9})?$"}
_REFERENCE = {"minLength": 1, "maxLength": texts.CODE_LENGTH}
EXACT: dict[tuple[str, str], Any] = {
    ("NewShipmentBody", "transit"): {
        **_REFERENCE,
        "description": "The location of kind transit that it goes through.",
    },
    ("NewShipmentBody", "lines"): {"minItems": 1, "maxItems": MOST_LINES},
    ("NewShipmentLineBody", "status"): {
        "enum": ["available", "quarantine", "blocked", "damaged"],
        "description": "Left out: available.",
    },
    ("ReceiptBody", "lines"): {"minItems": 1, "maxItems": MOST_LINES},
    ("ClosingBody", "gained"): {"maxItems": MOST_LINES, "description": "What came beyond what was sent."},
    ("ClosingBody", "reason"): {"description": "Required where anything differs."},
    **dict.fromkeys((("Shipment", name) for name in ("opened_by", "stated_by", "approved_by")), ID),
    **dict.fromkeys(
        (("ShipmentLine", name) for name in ("dispatched", "received", "lost", "gained", "under_way")), _TOLD
    ),
}
