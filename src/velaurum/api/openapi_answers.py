"""Which refusals each operation answers, and what stands in the header of every answer."""

from typing import Any

from velaurum.api import (
    openapi_assurance,
    openapi_break_glass,
    openapi_callbacks,
    openapi_counts,
    openapi_events,
    openapi_history,
    openapi_jobs,
    openapi_log,
    openapi_lots,
    openapi_passkeys,
    openapi_passwords,
    openapi_periods,
    openapi_reports,
    openapi_reservations,
    openapi_scim,
    openapi_sessions,
    openapi_shipments,
    openapi_sign_ins,
    openapi_units,
    openapi_webhooks,
    problems,
)
from velaurum.api import openapi_examples as examples
from velaurum.api.openapi_forms import ID
from velaurum.api.openapi_shapes import ETAG
from velaurum.api.routes import ADMINISTRATOR, BEFORE_SETUP, OWN_SESSION, PERMISSION, PUBLIC
from velaurum.errors import CATALOGUE, FieldError, Refusal

REFERENCE = "#/components/schemas/{name}"
PROBLEM_REF = {"$ref": REFERENCE.format(name="Problem")}

_ALWAYS = ("unknown-parameter", "internal")
_OF_ADMITTED = ("unauthenticated", "forbidden", "rate-limited", "setup-required", "overloaded")
_READS = ("get", "list")
_OF_BODIES = ("malformed-json", "invalid-field", "too-large", "unsupported-media-type")
_OF_KEYS = ("idempotency-key-missing", "idempotency-key-invalid", "idempotency-key-reused")
_OF_LISTS = ("invalid-field", "unknown-reference")
_OF_CHANGES = ("not-found", "stale-version", "precondition-required")
_OF_APPROVALS = ("approval-required", "approval-invalid")
_OWN: dict[str, tuple[str, ...]] = {
    "postMovement": (
        *("unknown-reference", "insufficient-stock", "quantity-not-exact", "stale-guard", "key-unavailable"),
        *("lot-expired", "serial-in-stock", "period-closed", "insufficient-available", "reservation-ended"),
        *_OF_APPROVALS,
    ),
    "reverseMovement": (
        "not-found",
        "insufficient-stock",
        "already-reversed",
        "conflict",
        "serial-in-stock",
        "insufficient-available",
        *_OF_APPROVALS,
    ),
    "postMovementBatch": ("idempotency-key-invalid", "key-unavailable"),
    "postMovementStream": ("key-unavailable",),
    "getMovement": ("not-found",),
    "listMovements": _OF_LISTS,
    "listBalances": _OF_LISTS,
    "createItem": ("code-taken",),
    "changeItem": (*_OF_CHANGES, "conflict"),
    "listLocations": _OF_LISTS,
    "createLocation": ("unknown-reference", "code-taken"),
    "changeLocation": (*_OF_CHANGES, "unknown-reference"),
    "requestApproval": ("unknown-reference", "not-found", "quantity-not-exact"),
    "approveRequest": ("not-found", "conflict"),
    "rejectRequest": ("not-found", "conflict"),
    "replaceApprovalRules": ("stale-version", "precondition-required"),
    "createSubOrg": ("unknown-reference", "code-taken"),
    "changeSubOrg": (*_OF_CHANGES, "unknown-reference"),
    "getTenancyAttestation": ("invalid-field",),
    "getVerifierKeys": ("rate-limited",),
    "createPrincipal": ("unknown-reference",),
    "changePrincipal": (*_OF_CHANGES, "unknown-reference"),
    "disablePrincipal": ("not-found", "conflict"),
    "enablePrincipal": ("not-found", "conflict"),
    "holdPrincipal": ("not-found",),
    "restrictPrincipal": ("not-found", "conflict"),
    "erasePrincipal": ("not-found", "legal-hold", "conflict"),
    "getPrincipalBundle": ("not-found",),
    "createAssignment": ("not-found", "unknown-reference", "conflict"),
    "listAssignments": ("invalid-field", "not-found"),
    "revokeAssignment": ("not-found", "conflict"),
    "createRole": ("code-taken",),
    "changeRole": (*_OF_CHANGES, "conflict"),
    "createToken": ("not-found", "unknown-reference", "conflict"),
    "revokeToken": ("not-found", "conflict"),
    "listIdentityChanges": ("invalid-field",),
    "listVerifications": ("invalid-field",),
    **openapi_history.REFUSALS,
    **openapi_units.REFUSALS,
    **openapi_lots.REFUSALS,
    **openapi_reports.REFUSALS,
    **openapi_periods.REFUSALS,
    **openapi_counts.REFUSALS,
    **openapi_reservations.REFUSALS,
    **openapi_shipments.REFUSALS,
    **openapi_sessions.REFUSALS,
    **openapi_break_glass.REFUSALS,
    **openapi_assurance.REFUSALS,
    **openapi_passkeys.REFUSALS,
    **openapi_passwords.REFUSALS,
    **openapi_sign_ins.REFUSALS,
    **openapi_scim.REFUSALS,
    **openapi_log.REFUSALS,
    **openapi_webhooks.REFUSALS,
    **openapi_jobs.REFUSALS,
    **openapi_callbacks.REFUSALS,
    **openapi_events.REFUSALS,
    "getProblem": ("not-found", "rate-limited"),
    "getOpenApi": ("rate-limited", "setup-required", "overloaded"),
}
_EXTRA: dict[str, dict[str, Any]] = {
    "insufficient-stock": {"available": "3"},
    "insufficient-available": {"available": "3"},
    "period-closed": {"closed_until": "2026-11-01T00:00:00.000000Z"},
    "stale-guard": {"on_hand": "1284"},
    "feed-reset": {"resume_after": "1879"},
    "recount-required": {"lines": [4, 17]},
}

HEADERS: dict[str, Any] = {
    "RequestId": {
        "description": "The id of this request, for the operator.",
        "required": True,
        "schema": {"type": "string", **ID},
    },
    "Replayed": {
        "description": "Present when the key was decided before: this is that decision.",
        "schema": {"type": "string", "const": "true"},
    },
    "ETag": {
        "description": "The version of the record, for If-Match.",
        "required": True,
        "schema": {"type": "string", **ETAG},
    },
    "ETagOfNow": {
        "description": "The version of the record, for If-Match; a read of the past has none.",
        "schema": {"type": "string", **ETAG},
    },
    **openapi_jobs.HEADERS,
    **openapi_reports.HEADERS,
    "Location": {
        "description": "Where to go on.",
        "required": True,
        "schema": {"type": "string", "format": "uri"},
    },
    "RetryAfter": {
        "description": "After how many seconds to repeat.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "RateLimitPolicy": {
        "description": "The limits under which the request was counted (draft-ietf-httpapi-ratelimit-headers).",
        "schema": {"type": "string"},
        "example": '"credential";q=6000;w=1, "organisation";q=12000;w=1',
    },
    "RateLimit": {
        "description": "What is left of the limit that is closest to its end, and for how many seconds.",
        "schema": {"type": "string"},
        "example": '"credential";r=5999;t=1',
    },
    "DryRun": {
        "description": "Present when it was only tried, with dry_run.",
        "schema": {"type": "string", "const": "true"},
    },
    "Promise": openapi_log.PROMISE_HEADER,
    "Applied": openapi_log.APPLIED_HEADER,
    "Challenge": {"description": "How to authenticate.", "required": True, "schema": {"type": "string"}},
    "Allow": {"description": "The methods of this path.", "required": True, "schema": {"type": "string"}},
}
_NAMES = {
    "RequestId": "X-Request-Id",
    "Replayed": "Idempotent-Replayed",
    "DryRun": "Dry-Run",
    "Promise": "Velaurum-Promise",
    "Applied": "Preference-Applied",
    "ETag": "ETag",
    "ETagOfNow": "ETag",
    **openapi_jobs.HEADER_NAMES,
    **openapi_reports.HEADER_NAMES,
    "Location": "Location",
    "RetryAfter": "Retry-After",
    "RateLimitPolicy": "RateLimit-Policy",
    "RateLimit": "RateLimit",
    "Challenge": "WWW-Authenticate",
    "Allow": "Allow",
}
_BY_CODE = {
    **dict.fromkeys(("unauthenticated", "second-factor-required"), "Challenge"),
    "method-not-allowed": "Allow",
    "range-not-satisfiable": "ContentRange",
    **dict.fromkeys(
        ("rate-limited", "setup-required", "overloaded", "read-only", "feed-held", "key-unavailable"),
        "RetryAfter",
    ),
    **dict.fromkeys(
        (
            *("insufficient-stock", "insufficient-available", "reservation-ended"),
            *("already-reversed", "conflict", "code-taken", "stale-guard"),
        ),
        "Replayed",
    ),
}


def codes(operation: dict[str, Any]) -> list[str]:
    """Return the codes that an operation can answer with, in the order of the catalogue."""
    has_key = any(one["name"] == "Idempotency-Key" and one["required"] for one in operation["parameters"])
    possible = {
        *_ALWAYS,
        *_OWN.get(operation["operationId"], ()),
        *(_OF_ADMITTED if operation[PERMISSION] != PUBLIC else ()),
        *(() if operation.get(BEFORE_SETUP) else ("setup-required", "overloaded")),
        *(_OF_BODIES if "requestBody" in operation else ()),
        *(_OF_KEYS if has_key else ()),
        *(() if operation["operationId"].startswith(_READS) else ("read-only",)),
    }
    return [code for code in CATALOGUE if code in possible]


def refusals(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the answers of an operation that are problems, by status, each code with an example."""
    by_status: dict[str, list[str]] = {}
    for code in codes(operation):
        by_status.setdefault(str(CATALOGUE[code].status), []).append(code)
    return {status: _refusal(of_status) for status, of_status in by_status.items()}


def headers(*names: str) -> dict[str, Any]:
    return {_NAMES[name]: {"$ref": f"#/components/headers/{name}"} for name in ("RequestId", *names)}


def security(operation: dict[str, Any]) -> list[dict[str, list[str]]]:
    """Return the credentials that an operation takes, with the permission that it needs (OpenAPI 3.1, 4.8.30)."""
    permission = operation[PERMISSION]
    if permission == PUBLIC:
        return []
    if permission == ADMINISTRATOR:
        return [{"administrator": []}]
    session: dict[str, list[str]] = {"session": []}
    return [session] if permission == OWN_SESSION else [{"token": [permission]}, session]


def _refusal(of_status: list[str]) -> dict[str, Any]:
    shown = {code: {"$ref": f"#/components/examples/{code}"} for code in of_status}
    return {
        "description": " ".join(CATALOGUE[code].title for code in of_status),
        "headers": headers(*dict.fromkeys(_BY_CODE[code] for code in of_status if code in _BY_CODE)),
        "content": {problems.MEDIA_TYPE: {"schema": PROBLEM_REF, "examples": shown}},
    }


def _example(code: str) -> dict[str, Any]:
    named = {"invalid-field": "/quantity", "unknown-reference": "/item", "approval-invalid": "/approval"}.get(
        code
    )
    title = CATALOGUE[code].title
    errors = (FieldError(named, code, title),) if named else ()
    return problems.body(Refusal(code, title, errors, _EXTRA.get(code, {})), examples.REQUEST_ID)


EXAMPLES: dict[str, Any] = {code: {"value": _example(code)} for code in CATALOGUE}
