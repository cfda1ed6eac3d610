"""What the OpenAPI document shows of units of measure and of packs."""

from typing import Any

from velaurum.api.openapi_forms import ID
from velaurum.catalog import units
from velaurum.catalog.packs import LARGEST

PACK_ID = "019a9f00-7a1c-7c11-a2b3-0d5e7f91a00e"
_CREATED = "2026-11-20T08:00:00.000000Z"
_CHANGED = "2026-11-22T10:00:00.123456Z"
_AS_OF = {"recorded_at": _CHANGED, "log_size": 2000}
_PACK: dict[str, Any] = {
    "id": PACK_ID,
    "item_id": "019a9f00-7a10-7c3e-9b5d-2f6c1de0a001",
    "unit": "XCS",
    "numerator": 12,
    "denominator": 1,
    "version": 1,
    "created_at": _CREATED,
    "updated_at": _CREATED,
    "removed_at": None,
}
_UNIT = {
    "code": "LBR",
    "name": "pound",
    "dimension": "mass",
    "numerator": "45359237",
    "denominator": "100000000",
}
_ENDED = {**_PACK, "version": 2, "updated_at": _CHANGED, "removed_at": _CHANGED}
BODIES: dict[str, Any] = {
    "NewPackBody": {"unit": "XCS", "numerator": 12},
    "PackChangeBody": {"numerator": 10},
}
ANSWERS: dict[str, Any] = {
    "createPack": _PACK,
    "getPack": _PACK,
    "changePack": {**_PACK, "numerator": 10, "version": 2, "updated_at": _CHANGED},
    "deletePack": _ENDED,
    "listPacks": {"data": [_PACK], "next_cursor": None, "as_of": _AS_OF},
    "listUnits": {"data": [_UNIT], "next_cursor": None, "as_of": _AS_OF},
}
REFUSALS: dict[str, tuple[str, ...]] = {
    "createPack": ("not-found", "code-taken"),
    "changePack": ("not-found", "stale-version", "precondition-required", "conflict"),
    "deletePack": ("not-found",),
    "listPacks": ("invalid-field", "not-found"),
    "listUnits": ("invalid-field",),
}
PARAMETERS: dict[str, Any] = {"pack": PACK_ID}
DESCRIBED: dict[str, Any] = {"pack": {**ID, "description": "The id of a pack."}}
_PART = {"minimum": 1, "maximum": LARGEST}
EXACT: dict[tuple[str, str], Any] = {
    **{
        (name, part): _PART
        for name in ("NewPackBody", "PackChangeBody")
        for part in ("numerator", "denominator")
    },
    ("NewPackBody", "unit"): {
        "minLength": 1,
        "maxLength": units.LONGEST,
        "description": "Neither the item's own unit nor one of the same dimension: those need no pack.",
    },
    ("Pack", "item_id"): ID,
    ("Pack", "removed_at"): {"format": "date-time", "description": "When it ended; null while it holds."},
    ("Pack", "numerator"): {"description": "One pack is numerator / denominator of the item's unit."},
    ("Unit", "dimension"): {"description": "Null of a packaging, which holds what an item's pack says."},
    ("Unit", "numerator"): {"description": "One unit is numerator / denominator of the dimension's base."},
}
