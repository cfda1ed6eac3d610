"""Examples of the OpenAPI document: one little story, a receipt of bolts and what can be asked about it."""

from typing import Any

from velaurum.api import (
    openapi_assurance,
    openapi_break_glass,
    openapi_history,
    openapi_log,
    openapi_passkeys,
    openapi_passwords,
    openapi_scim,
    openapi_sessions,
    openapi_sign_ins,
)

ORG = "acme"
KEY = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
ITEM_CODE = "BOLT-M8"
LOCATION_CODE = "WH1-A-03"
SUB_ORG_CODE = "STORES-NORTH"
_ITEM_ID = "019a9f00-7a10-7c3e-9b5d-2f6c1de0a001"
_LOCATION_ID = "019a9f00-7a11-7d41-8c02-6b1f5c9ea002"
_SUPPLIER_ID = "019a9f00-7a12-7b6f-a7d4-90c3ab55a003"
MOVEMENT_ID = "019a9f00-7a13-7e90-b1c8-41d27f3ba004"
_ACTOR_ID = "019a9f00-7a14-7f05-8e1a-c8a9d6e4a005"
APPROVAL_ID = "019a9f00-7a17-7b3e-a1c2-88d1f04ba008"
SUB_ORG_ID = "019a9f00-7a15-7a52-b0f7-5d18c2e9a006"
REQUEST_ID = "3f2b1c9e-0d5a-4f4e-9a55-6f0f8f7b7a10"
CREATED = "2026-11-20T08:00:00.000000Z"
_OCCURRED = "2026-11-22T09:59:58.000000Z"
RECORDED = "2026-11-22T10:00:00.123456Z"
_AS_OF = {"recorded_at": RECORDED, "log_size": 2000}

NEW_MOVEMENT = {
    "kind": "receipt",
    "item": ITEM_CODE,
    "quantity": "24",
    "target": LOCATION_CODE,
    "reference": "PO-1881",
}
NEW_BATCH = {"mode": "atomic", "movements": [{**NEW_MOVEMENT, "idempotency_key": "receipt-1881-1"}]}
REVERSAL = {"reason": "Booked on the wrong item"}
NEW_APPROVAL_REQUEST = {
    "movement": {
        "kind": "scrap",
        "item": ITEM_CODE,
        "quantity": "400",
        "source": LOCATION_CODE,
        "reason": "Corroded",
    }
}

_SHELF = {"id": _LOCATION_ID, "code": LOCATION_CODE}
_NOWHERE = {"id": _SUPPLIER_ID, "code": "SUPPLIER", "on_hand": None, "seq": None, "status": None}
MOVEMENT: dict[str, Any] = {
    "id": MOVEMENT_ID,
    "kind": "receipt",
    "item": {"id": _ITEM_ID, "code": ITEM_CODE},
    "quantity": "24",
    "unit": "EA",
    "stated_quantity": None,
    "stated_unit": None,
    "lot": None,
    "serial": None,
    "source": _NOWHERE,
    "target": {**_SHELF, "on_hand": "1284", "seq": 17, "status": "available"},
    "occurred_at": _OCCURRED,
    "recorded_at": RECORDED,
    "actor": {"id": _ACTOR_ID, "kind": "service", "name": "goods-in"},
    "idempotency_key": KEY,
    "request_id": REQUEST_ID,
    "reference": "PO-1881",
    "reason": None,
    "note": None,
    "reverses": None,
    "approval": None,
    "leaf_hash": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "log_index": 1999,
}
_REVERSED: dict[str, Any] = {
    **MOVEMENT,
    "id": "019a9f00-9c20-7aa1-92d3-0b7c44d1a006",
    "kind": "reversal",
    "source": {**_SHELF, "on_hand": "1260", "seq": 18, "status": "available"},
    "target": _NOWHERE,
    "reference": None,
    "reason": REVERSAL["reason"],
    "reverses": MOVEMENT_ID,
    "log_index": 2000,
}
_ITEM: dict[str, Any] = {
    "id": _ITEM_ID,
    "code": ITEM_CODE,
    "name": "Bolt M8 x 40",
    "unit": "EA",
    "tracking": "none",
    "description": None,
    "attributes": {"material": "steel"},
    "version": 1,
    "created_at": CREATED,
    "updated_at": CREATED,
}
_LOCATION: dict[str, Any] = {
    "id": _LOCATION_ID,
    "code": LOCATION_CODE,
    "name": "Warehouse 1, rack A 03",
    "kind": "storage",
    "parent": None,
    "sub_org": {"id": SUB_ORG_ID, "code": SUB_ORG_CODE},
    "version": 1,
    "created_at": CREATED,
    "updated_at": CREATED,
}
_SUB_ORG: dict[str, Any] = {
    "id": SUB_ORG_ID,
    "code": SUB_ORG_CODE,
    "name": "Stores, north",
    "parent": None,
    "version": 1,
    "created_at": CREATED,
    "updated_at": CREATED,
}
_APPROVAL_REQUEST: dict[str, Any] = {
    "id": APPROVAL_ID,
    "status": "pending",
    "movement": {
        "kind": "scrap",
        "item": {"id": _ITEM_ID, "code": ITEM_CODE},
        "quantity": "400",
        "unit": "EA",
        "stated_quantity": None,
        "stated_unit": None,
        "lot": None,
        "serial": None,
        "source": {**_SHELF, "status": "available"},
        "target": {"id": _SUPPLIER_ID, "code": "SCRAP", "status": None},
        "occurred_at": None,
        "reference": None,
        "reason": "Corroded",
        "reverses": None,
        "guard": None,
    },
    "requested_by": {"id": _ACTOR_ID, "kind": "user", "name": "stores"},
    "requested_at": RECORDED,
    "expires_at": "2026-11-29T10:00:00.123456Z",
    "decision": None,
    "used_by": None,
}
_APPROVER = {"id": "019a9f00-7a16-7f05-8e1a-c8a9d6e4a007", "kind": "user", "name": "controller"}
_APPROVED = {
    **_APPROVAL_REQUEST,
    "status": "approved",
    "decision": {"outcome": "approved", "by": _APPROVER, "at": "2026-11-22T11:00:00.000000Z", "reason": None},
}
_REJECTED = {
    **_APPROVAL_REQUEST,
    "status": "rejected",
    "decision": {
        "outcome": "rejected",
        "by": _APPROVER,
        "at": "2026-11-22T11:00:00.000000Z",
        "reason": "Sell them to the recycler",
    },
}
_BALANCE: dict[str, Any] = {
    "item": {"id": _ITEM_ID, "code": ITEM_CODE},
    "location": _SHELF,
    "lot": None,
    "serial": None,
    "status": "available",
    "on_hand": "1284",
    "reserved": "200",
    "available": "1084",
}


def page(record: dict[str, Any]) -> dict[str, Any]:
    """Return a list's last page with one record."""
    return {"data": [record], "next_cursor": None, "as_of": _AS_OF}


# By schema: what a body looks like.
BODIES: dict[str, Any] = {
    **openapi_sessions.BODIES,
    **openapi_passkeys.BODIES,
    **openapi_passwords.BODIES,
    **openapi_sign_ins.BODIES,
    **openapi_scim.BODIES,
    "NewItemBody": {
        "code": ITEM_CODE,
        "name": "Bolt M8 x 40",
        "unit": "EA",
        "attributes": {"material": "steel"},
    },
    "ItemChangeBody": {"name": "Bolt M8 x 40, zinc"},
    "NewLocationBody": {
        "code": LOCATION_CODE,
        "name": "Warehouse 1, rack A 03",
        "kind": "storage",
        "sub_org": SUB_ORG_CODE,
    },
    "LocationChangeBody": {"name": "Rack A 03"},
    "ApprovalRulesBody": {"rules": [{"kind": "scrap", "above": "100"}]},
    "RejectionBody": {"reason": "Sell them to the recycler"},
    **(openapi_break_glass.BODIES | openapi_assurance.BODIES),
    "NewSubOrgBody": {"code": SUB_ORG_CODE, "name": "Stores, north"},
    "SubOrgChangeBody": {"name": "Northern stores"},
}

# By operation: what a 200 or a 201 looks like.
ANSWERS: dict[str, Any] = {
    **openapi_log.ANSWERS,
    "postMovement": MOVEMENT,
    "reverseMovement": _REVERSED,
    "postMovementBatch": {
        "results": [{"status": 201, "movement": MOVEMENT}],
        "promise": openapi_log.PROMISE,
    },
    "getMovement": MOVEMENT,
    "listMovements": page(MOVEMENT),
    "listBalances": page(_BALANCE),
    "createItem": _ITEM,
    "getItem": _ITEM,
    "changeItem": {**_ITEM, "name": "Bolt M8 x 40, zinc", "version": 2, "updated_at": RECORDED},
    "listItems": page(_ITEM),
    "createLocation": _LOCATION,
    "getLocation": _LOCATION,
    "changeLocation": {**_LOCATION, "name": "Rack A 03", "version": 2, "updated_at": RECORDED},
    "listLocations": page(_LOCATION),
    **openapi_sessions.ANSWERS,
    **openapi_passkeys.ANSWERS,
    **openapi_passwords.ANSWERS,
    **openapi_sign_ins.ANSWERS,
    **openapi_scim.ANSWERS,
    "createSubOrg": _SUB_ORG,
    "getSubOrg": _SUB_ORG,
    "changeSubOrg": {**_SUB_ORG, "name": "Northern stores", "version": 2, "updated_at": RECORDED},
    "listSubOrgs": page(_SUB_ORG),
    "listOrgs": {
        "data": [
            {
                "id": "019a9f00-7a00-7000-8000-000000000007",
                "code": ORG,
                "region": "eu-west",
                "created_at": CREATED,
                "suspended_at": None,
            }
        ]
    },
    "requestApproval": _APPROVAL_REQUEST,
    "getApprovalRequest": _APPROVED,
    "listApprovalRequests": page(_APPROVAL_REQUEST),
    "approveRequest": _APPROVED,
    "rejectRequest": _REJECTED,
    **openapi_assurance.ANSWERS,
    **openapi_break_glass.ANSWERS,
    "getHealth": {"status": "ok"},
    "getReadiness": {"status": "ready", "database": True, "migrations": True, "disk": True},
    "getProblem": '<!doctype html><html lang="en"> … </html>',
    "getOpenApi": {"openapi": "3.1.0", "info": {"title": "Velaurum", "version": "0.1.0"}, "paths": {}},
}
NOT_READY = {"status": "not-ready", "database": False, "migrations": False, "disk": True}

# By place and name: what a parameter looks like.
PARAMETERS: dict[str, Any] = {
    **openapi_passkeys.PARAMETERS,
    **openapi_passwords.PARAMETERS,
    **openapi_sign_ins.PARAMETERS,
    **openapi_scim.PARAMETERS,
    **openapi_log.PARAMETERS,
    **openapi_history.PARAMETERS,
    **openapi_assurance.PARAMETERS,
    "org": ORG,
    "dry_run": True,
    "item": ITEM_CODE,
    "location": LOCATION_CODE,
    "within": "WH1",
    "listLocations.parent": "WH1",
    "sub_org": SUB_ORG_CODE,
    "movement": MOVEMENT_ID,
    "approval": APPROVAL_ID,
    "break_glass": openapi_break_glass.ID,
    "status": "pending",
    "code": "insufficient-stock",
    "Idempotency-Key": KEY,
    "If-Match": '"v1"',
    "kind": "receipt",
    "actor": _ACTOR_ID,
    "recorded_from": "2026-11-22T00:00:00Z",
    "from": "2026-11-22T00:00:00Z",
    "to": "2026-11-23T00:00:00Z",
    "recorded_to": "2026-11-23T00:00:00Z",
    "as_of": RECORDED,
    "effective_as_of": "2026-11-22T10:00:00Z",
    "at_size": 2000,
    "limit": 50,
    "group_by": "item",
    "bounds": "between",
}
