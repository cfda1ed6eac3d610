"""What the OpenAPI document shows of counts, of their lines and of their variances."""

from typing import Any

from velaurum import texts
from velaurum.api.openapi_forms import ID, UTC_INSTANT
from velaurum.counting.count_lines import MOST_IN_ONE_CALL

COUNT_ID = "019a9f00-7a1f-7c11-a2b3-0d5e7f91a011"
_ACTOR_ID = "019a9f00-7a14-7f05-8e1a-c8a9d6e4a005"
_APPROVER_ID = "019a9f00-7a14-7f05-8e1a-c8a9d6e4a012"
_ITEM = {"id": "019a9f00-7a10-7c3e-9b5d-2f6c1de0a001", "code": "BOLT-M8"}
_OPENED = "2026-11-20T08:00:00.000000Z"
_RECORDED = "2026-11-22T10:00:00.123456Z"
_AS_OF = {"recorded_at": _RECORDED, "log_size": 2000}
_COUNT: dict[str, Any] = {
    "id": COUNT_ID,
    "code": "CYCLE-117",
    "location": {"id": "019a9f00-7a11-7d41-8c02-6b1f5c9ea002", "code": "WH1-A-03"},
    "item": None,
    "is_blind": True,
    "zero_uncounted": False,
    "tolerance": "2",
    "state": "open",
    "opened_at_size": 1990,
    "finished_at_size": None,
    "opened_by": _ACTOR_ID,
    "approved_by": None,
    "refusals": [],
    "version": 1,
    "created_at": _OPENED,
    "updated_at": _OPENED,
}
_FINISHED = {**_COUNT, "state": "counted", "finished_at_size": 1997, "version": 2, "updated_at": _RECORDED}
_APPROVED = {**_FINISHED, "state": "approved", "approved_by": _APPROVER_ID, "version": 3}
_KEY = {"item": _ITEM, "lot": None, "serial": None, "status": "available"}
_LINE: dict[str, Any] = {
    "number": 1,
    **_KEY,
    "quantity": "21",
    "round": 1,
    "at_size": 1994,
    "idempotency_key": "sheet-7-line-1",
    "counted_by": _ACTOR_ID,
    "recorded_at": _RECORDED,
}
_VARIANCE: dict[str, Any] = {
    **_KEY,
    "counted": "21",
    "on_hand": "24",
    "variance": "-3",
    "line": 1,
    "round": 1,
    "at_size": 1994,
    "wants_recount": True,
}


def _page(record: dict[str, Any]) -> dict[str, Any]:
    return {"data": [record], "next_cursor": None, "as_of": _AS_OF}


BODIES: dict[str, Any] = {
    "NewCountBody": {"code": "CYCLE-117", "location": "WH1-A-03", "tolerance": "2"},
    "NewLinesBody": {
        "lines": [{"idempotency_key": "sheet-7-line-1", "item": "BOLT-M8", "quantity": "21"}],
    },
}
ANSWERS: dict[str, Any] = {
    "createCount": _COUNT,
    "getCount": _COUNT,
    "listCounts": _page(_COUNT),
    "finishCount": {"count": _FINISHED, "uncounted": [_KEY]},
    "approveCount": _APPROVED,
    "postCount": {**_APPROVED, "state": "posted", "version": 4},
    "cancelCount": {**_COUNT, "state": "cancelled", "version": 2},
    "addCountLines": {"lines": [_LINE]},
    "listCountLines": _page(_LINE),
    "listCountVariances": _page(_VARIANCE),
}
_OF_STEPS = ("not-found", "conflict")
REFUSALS: dict[str, tuple[str, ...]] = {
    "createCount": ("unknown-reference", "code-taken"),
    "getCount": ("not-found",),
    "listCounts": ("invalid-field",),
    "finishCount": (*_OF_STEPS, "recount-required"),
    "approveCount": _OF_STEPS,
    "postCount": _OF_STEPS,
    "cancelCount": _OF_STEPS,
    "addCountLines": (*_OF_STEPS, "unknown-reference", "idempotency-key-reused"),
    "listCountLines": ("invalid-field", "not-found"),
    "listCountVariances": ("invalid-field", "not-found"),
}
_REFERENCE = {
    "minLength": 1,
    "maxLength": texts.CODE_LENGTH,
    "description": "The id of a count, or its code.",
}
PARAMETERS: dict[str, Any] = {"path.count": COUNT_ID, "listCounts.state": "open"}
DESCRIBED: dict[str, Any] = {
    "path.count": _REFERENCE,
    "listCounts.state": {"description": "Only counts in this state."},
}
_COUNTED = {"pattern": r"^(0|[1-9][0-9]{0,18})(\.[0-9]{1,9})?$"}
_VARIED = {"pattern": r"^-?(0|[1-9][0-9]{0,37})(\.[0-9]{1,9})?$"}
EXACT: dict[tuple[str, str], Any] = {
    ("NewCountBody", "tolerance"): {
        **_COUNTED,
        "description": "In the item's own unit: a first count further from the ledger wants a second person.",
    },
    ("NewCountBody", "is_blind"): {"description": "Who may read stock counts nothing of it."},
    ("NewCountBody", "zero_uncounted"): {
        "description": "What nobody counted is counted as nothing when the count is finished."
    },
    ("NewLineBody", "quantity"): {
        **_COUNTED,
        "description": "In the item's own unit; zero where nothing was.",
    },
    ("NewLineBody", "status"): {
        "enum": ["available", "quarantine", "blocked", "damaged"],
        "description": "Left out: available.",
    },
    ("NewLineBody", "at_size"): {
        "description": "The size that the log had when it was counted; left out: the size now.",
    },
    ("NewLinesBody", "lines"): {"minItems": 1, "maxItems": MOST_IN_ONE_CALL},
    **dict.fromkeys((("Count", name) for name in ("opened_by", "approved_by")), ID),
    ("CountLine", "counted_by"): ID,
    ("CountLine", "recorded_at"): UTC_INSTANT,
    ("Variance", "counted"): _COUNTED,
    ("Variance", "variance"): {**_VARIED, "description": "Counted less on hand."},
    ("Variance", "on_hand"): {"description": "What the ledger had at the size of the log `at_size`."},
}
