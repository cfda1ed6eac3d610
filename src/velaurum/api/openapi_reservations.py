"""What the OpenAPI document shows of reservations."""

from typing import Any

from velaurum.api.openapi_forms import ID, UTC_INSTANT
from velaurum.ledger.reservations import LONGEST_REFERENCE

RESERVATION_ID = "019a9f00-7a20-7c11-a2b3-0d5e7f91a013"
_CREATED = "2026-11-20T08:00:00.000000Z"
_RECORDED = "2026-11-22T10:00:00.123456Z"
_EXPIRES = "2026-12-01T00:00:00.000000Z"
_RESERVATION: dict[str, Any] = {
    "id": RESERVATION_ID,
    "item": {"id": "019a9f00-7a10-7c3e-9b5d-2f6c1de0a001", "code": "BOLT-M8"},
    "location": {"id": "019a9f00-7a11-7d41-8c02-6b1f5c9ea002", "code": "WH1-A-03"},
    "lot": None,
    "serial": None,
    "kind": "hard",
    "quantity": "200",
    "remaining": "200",
    "shortage": "0",
    "reference": "WO-4711",
    "expires_at": _EXPIRES,
    "state": "open",
    "movement": None,
    "reserved_by": "019a9f00-7a14-7f05-8e1a-c8a9d6e4a005",
    "version": 1,
    "created_at": _CREATED,
    "updated_at": _CREATED,
}
_SHORT = {**_RESERVATION, "shortage": "40"}

BODIES: dict[str, Any] = {
    "NewReservationBody": {
        "item": "BOLT-M8",
        "location": "WH1-A-03",
        "quantity": "200",
        "reference": "WO-4711",
        "expires_at": "2026-12-01T00:00:00Z",
    },
}
ANSWERS: dict[str, Any] = {
    "createReservation": _RESERVATION,
    "getReservation": _RESERVATION,
    "listReservations": {
        "data": [_SHORT],
        "next_cursor": None,
        "as_of": {"recorded_at": _RECORDED, "log_size": 2000},
    },
    "releaseReservation": {**_RESERVATION, "state": "released", "version": 2, "updated_at": _RECORDED},
}
REFUSALS: dict[str, tuple[str, ...]] = {
    "createReservation": ("unknown-reference", "insufficient-available"),
    "getReservation": ("not-found",),
    "listReservations": ("invalid-field", "unknown-reference"),
    "releaseReservation": ("not-found", "conflict"),
}
PARAMETERS: dict[str, Any] = {
    "path.reservation": RESERVATION_ID,
    "listReservations.state": "open",
    "short": True,
}
DESCRIBED: dict[str, Any] = {
    "path.reservation": {**ID, "description": "The id of a reservation."},
    "listReservations.state": {"description": "Only reservations in this state; who expires is not open."},
}
_QUANTITY = {"pattern": r"^(0|[1-9][0-9]{0,18})(\.[0-9]{1,9})?$"}
EXACT: dict[tuple[str, str], Any] = {
    ("NewReservationBody", "kind"): {
        "enum": ["hard", "soft"],
        "description": "A hard one keeps what is there from everybody else; a soft one is shown, and keeps nothing.",
    },
    ("NewReservationBody", "quantity"): {"description": "In the item's own unit."},
    ("NewReservationBody", "reference"): {
        "minLength": 1,
        "maxLength": LONGEST_REFERENCE,
        "description": "The demand, for example WO-4711.",
    },
    ("NewReservationBody", "expires_at"): {
        "description": "Until when it counts; left out: until it is released."
    },
    ("Reservation", "quantity"): _QUANTITY,
    ("Reservation", "remaining"): {**_QUANTITY, "description": "What no movement has consumed."},
    ("Reservation", "shortage"): {
        **_QUANTITY,
        "description": "What of it is not there: hard ones are served first, each kind in the order of making.",
    },
    ("Reservation", "movement"): {**ID, "description": "The movement that consumed of it last."},
    ("Reservation", "reserved_by"): ID,
    ("Reservation", "expires_at"): UTC_INSTANT,
    **{
        (name, "reservation"): {**ID, "description": "The reservation that it consumes of."}
        for name in ("NewMovement", "BatchMovement")
    },
    **{
        ("BalanceAnswer", name): {"pattern": r"^-?(0|[1-9][0-9]{0,37})(\.[0-9]{1,9})?$"}
        for name in ("reserved", "available")
    },
}
