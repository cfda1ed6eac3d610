"""What the OpenAPI document says of values beyond their type: forms, lengths and bounds, one line each."""

from typing import Any, get_args

from velaurum import texts
from velaurum.api import (
    keys,
    openapi_assurance,
    openapi_callbacks,
    openapi_counts,
    openapi_events,
    openapi_jobs,
    openapi_log,
    openapi_lots,
    openapi_passwords,
    openapi_periods,
    openapi_reports,
    openapi_reservations,
    openapi_scim,
    openapi_scim_shapes,
    openapi_shipments,
    openapi_sign_ins,
    openapi_units,
    openapi_webhooks,
)
from velaurum.api.movements import AnyKind
from velaurum.api.openapi_forms import ID, ORG_CODE, UTC_INSTANT
from velaurum.catalog.items import MOST_ATTRIBUTES
from velaurum.identity import break_glass
from velaurum.ledger.approval_rules import Kind
from velaurum.ledger.movements import MOST_IN_ONE_CALL

Schema = dict[str, Any]

QUANTITY: Schema = {"pattern": r"^(0|[1-9][0-9]{0,18})(\.[0-9]{1,9})?$"}
BALANCE: Schema = {"pattern": r"^(0|[1-9][0-9]{0,37})(\.[0-9]{1,9})?$"}
INSTANT: Schema = {"format": "date-time", "pattern": f"^{texts.INSTANT.pattern}$"}
CODE: Schema = {
    "minLength": 1,
    "maxLength": texts.CODE_LENGTH,
    "description": "In Unicode normalization form C, without characters that cannot be seen, without a space at "
    "either end, not shaped like an id. Two codes equal after NFKC and case folding collide.",
}
REFERENCE: Schema = {
    "minLength": 1,
    "maxLength": texts.CODE_LENGTH,
    "description": "The id of the record, or its code in this organisation.",
}
ETAG: Schema = {"pattern": '^"v[1-9][0-9]{0,17}"$'}
_KEY: Schema = {"pattern": "^[!-~]{1,255}$"}
_MOVED: Schema = {**QUANTITY, "description": "More than zero; source and target give the direction."}


def _text(longest: int) -> Schema:
    return {"minLength": 1, "maxLength": longest}


_ASKED: dict[str, Schema] = {
    **dict.fromkeys(("item", "source", "target", "lot", "serial", "parent", "sub_org", "role"), REFERENCE),
    "quantity": _MOVED,
    "above": {**QUANTITY, "description": "Movements of more than this; null: all of them."},
    "approval": {
        **ID,
        "description": "The approval request that stands for this movement, where one is needed.",
    },
    "source_on_hand": QUANTITY,
    "target_on_hand": QUANTITY,
    "unit": {**_text(16), "description": "The unit of the quantity; left out: the item's."},
    "reference": _text(200),
    "reason": {**_text(200), "description": "Required for adjustment, scrap, status-change and a reversal."},
    "note": {
        **_text(2000),
        "description": "May hold personal data; the ledger keeps only a commitment to it.",
    },
    "occurred_at": {**INSTANT, "description": "When it happened in the world; left out: now."},
    "code": CODE,
    "name": _text(200),
    "expires": {
        "pattern": "^[0-9]{1,6}[smhdw]$",
        "description": "How long it lives: 90d, 12h, 30m; 365 days at most.",
    },
    "permissions": {"minItems": 1},
    "description": _text(2000),
    "idempotency_key": {"pattern": keys.PATTERN},
}
_ANSWERED: dict[str, Schema] = {
    **dict.fromkeys(("id", "request_id", "reverses", "approval", "used_by", "credential"), ID),
    **dict.fromkeys(("occurred_at", "recorded_at", "created_at", "updated_at", "suspended_at"), UTC_INSTANT),
    **dict.fromkeys(("last_used_at", "regressed_at", "revoked_at"), UTC_INSTANT),
    "code": {"minLength": 1, "maxLength": texts.CODE_LENGTH},
    **dict.fromkeys(("requested_at", "expires_at", "at"), UTC_INSTANT),
    **dict.fromkeys(("opened_at", "collected_at", "ended_at"), UTC_INSTANT),
    **dict.fromkeys(("disabled_at", "revoked_at", "last_used_at"), UTC_INSTANT),
    "lasts_s": {"minimum": 1, "maximum": int(break_glass.LONGEST.total_seconds())},
    **dict.fromkeys(("quantity", "stated_quantity", "above"), QUANTITY),
    "on_hand": BALANCE,
    "seq": {"minimum": 1, "description": "The movement's dense number on this stock key: 1, 2, 3 …"},
    "version": {"minimum": 1},
    "log_size": {"minimum": 0},
    "previous": {"minimum": 0},
    "log_index": {"minimum": 0, "description": "The row's dense place in the organisation's log."},
    "leaf_hash": {"pattern": "^sha256:[0-9a-f]{64}$"},
    "idempotency_key": _KEY,
    "region": ORG_CODE,
}
_ATTRIBUTES: Schema = {
    "maxProperties": MOST_ATTRIBUTES,
    "propertyNames": {"minLength": 1, "maxLength": 64},
    "additionalProperties": {
        "anyOf": [
            {"type": "string", "maxLength": 1000},
            {"type": "boolean"},
            {"type": "integer", "minimum": 1 - 2**53, "maximum": 2**53 - 1},
            {"type": "null"},
        ]
    },
}
_ASKING = (
    *("NewMovement", "BatchMovement", "Guard", "Reversal", "Batch"),
    *("NewItemBody", "ItemChangeBody", "NewLocationBody", "LocationChangeBody"),
    *("NewApprovalRequest", "NewReversal", "RejectionBody", "NewApprovalRule"),
    *("NewSubOrgBody", "SubOrgChangeBody", "NewPasskeyBody"),
    *("NewProviderBody", "ProviderChangeBody", "NewSubjectBody"),
    *("NewPrincipalBody", "PrincipalChangeBody", "LegalHoldBody", "RestrictionBody"),
    *("NewScimLinkBody", "NewScimMappingBody"),
    *("NewCountBody", "NewLineBody", "NewLinesBody"),
    *("NewPackBody", "PackChangeBody", "NewLotBody", "LotChangeBody", "NewSerialBody", "SerialChangeBody"),
    *("NewPeriodBody", "ReopeningBody", "NewReservationBody"),
    *("NewWebhookBody", "WebhookChangeBody", "NewSecretBody", "NewIntegrationJobBody", "NewExportBody"),
    *("NewAssignmentBody", "NewRoleBody", "RoleChangeBody", "NewTokenBody"),
)
# What browsers and directories read and write: their words are not ours, an `id` of theirs is no id of a record.
_OF_OTHERS = (
    "CloudEvent",
    *("CreationOptions", "RelyingPartyAnswer", "PasskeyUser", "PasskeyAlgorithm", "KnownPasskey"),
    *(
        "RequestOptions",
        "NewPasskeyCredential",
        "NewPasskeyResponse",
        "PasskeyAssertion",
        "PasskeyAssertionResponse",
    ),
    *openapi_scim_shapes.SHAPES,
)
_EXACT: dict[tuple[str, str], Schema] = {
    **openapi_sign_ins.EXACT,
    **openapi_passwords.EXACT,
    **openapi_scim.EXACT,
    **openapi_log.EXACT,
    **openapi_webhooks.EXACT,
    **openapi_events.EXACT,
    **openapi_callbacks.EXACT,
    **openapi_jobs.EXACT,
    **openapi_units.EXACT,
    **openapi_lots.EXACT,
    **openapi_reports.EXACT,
    **openapi_periods.EXACT,
    **openapi_counts.EXACT,
    **openapi_assurance.EXACT,
    **openapi_reservations.EXACT,
    **openapi_shipments.EXACT,
    ("NewItemBody", "unit"): {
        **_text(16),
        "description": "A code of UN/CEFACT Recommendation 20, or your own.",
    },
    ("ItemChangeBody", "description"): {"minLength": 0, "description": "An empty text takes it away."},
    ("OrgAnswer", "code"): ORG_CODE,
    ("NewPasskeyBody", "name"): {"maxLength": 120},
    ("NewRoleBody", "code"): {
        **ORG_CODE,
        "minLength": 3,
        "maxLength": 40,
        "description": "Not shaped like an id.",
    },
    **dict.fromkeys(
        (
            (name, "name")
            for name in ("NewPrincipalBody", "PrincipalChangeBody", "NewRoleBody", "RoleChangeBody")
        ),
        _text(120),
    ),
    ("AssignmentAnswer", "principal"): ID,
    **dict.fromkeys(((name, "reason") for name in ("LegalHoldBody", "RestrictionBody")), _text(200)),
    **dict.fromkeys(
        ((name, "principal") for name in ("LegalHold", "Restriction", "ErasureAnswer", "Bundle")), ID
    ),
    **dict.fromkeys(((name, "created_by") for name in ("LegalHoldStep", "RestrictionStep")), ID),
    **dict.fromkeys((("ErasureAnswer", "erased_at"), ("Bundle", "made_at")), UTC_INSTANT),
    ("Movement", "unavailable"): {
        "description": "What is sealed with a key that cannot be used now, and is null for that reason."
    },
    ("Movement", "restricted"): {
        "description": "What is withheld because who posted this is restricted: `note` is null, `actor.name` the id."
    },
    ("Movement", "kind"): {"enum": list(get_args(AnyKind))},
    ("AskedMovement", "kind"): {"enum": list(get_args(Kind))},
    **dict.fromkeys((("AskedGuard", name) for name in ("source_on_hand", "target_on_hand")), QUANTITY),
    ("NewReversal", "movement"): ID,
    **{(name, "kind"): {"enum": ["user", "service", "process"]} for name in ("Actor", "Party")},
    ("NewBreakGlassBody", "reason"): {
        "minLength": break_glass.SHORTEST_REASON,
        "maxLength": break_glass.LONGEST_REASON,
        "description": "The organisation reads it.",
    },
    ("NewBreakGlassBody", "expires"): {
        "pattern": f"^{texts.DURATION.pattern}$",
        "description": "How long it lasts from its approval on, at most 4h: 90s, 30m, 1h.",
    },
    ("BreakGlassToken", "token"): {"pattern": "^vlm_[0-9A-Za-z]{92}$"},
    ("Batch", "movements"): {"minItems": 1, "maxItems": MOST_IN_ONE_CALL},
    ("BatchResult", "status"): {"description": "The status that this movement would have had alone."},
    ("BatchResult", "replayed"): {"description": "Whether the movement's key was decided before."},
    ("StreamResult", "line"): {"minimum": 1, "description": "The number of the line, from 1."},
    ("StreamResult", "status"): {"description": "The status that this movement would have had alone."},
    ("StreamResult", "replayed"): {"description": "Whether the movement's key was decided before."},
    ("StreamResult", "is_last"): {
        "description": "Whether nothing is said of this line and those behind it, decided or not: send them again"
        " with the same keys."
    },
    ("StreamResult", "retry_after"): {
        "minimum": 1,
        "description": "After how many seconds to send this line and those behind it again.",
    },
}


def refine(schemas: dict[str, Schema]) -> None:
    """Say of each property of each schema what its name implies; Problem says it all itself."""
    for name, schema in schemas.items():
        implied = {} if name in _OF_OTHERS else _ASKED if name in _ASKING else _ANSWERED
        for member, value in schema.get("properties", {}).items():
            constrain(value, {**implied.get(member, {}), **_EXACT.get((name, member), {})})
            if member == "attributes":
                constrain(value, _ATTRIBUTES)
    for change in (
        "ItemChangeBody",
        "LocationChangeBody",
        "SubOrgChangeBody",
        "PrincipalChangeBody",
        "RoleChangeBody",
        "ProviderChangeBody",
        "WebhookChangeBody",
        "PackChangeBody",
        "LotChangeBody",
    ):
        schemas[change]["minProperties"] = 1


def constrain(schema: Schema, more: Schema) -> None:
    """Add to a schema, or to the one of its alternatives that is not null."""
    words = {"description": more["description"]} if "description" in more else {}
    rest = {word: value for word, value in more.items() if word not in words}
    schema |= words
    target = next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)
    if "$ref" not in target:
        target |= rest
    schema.pop("title", None)
