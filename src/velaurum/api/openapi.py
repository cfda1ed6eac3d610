"""The served OpenAPI document: what the framework derives, plus the fast lane, minus what it assumes."""

from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi

from velaurum import __version__
from velaurum.api import posting
from velaurum.api.routes import PERMISSION, PUBLIC, StrictRoute
from velaurum.errors import CATALOGUE
from velaurum.ledger.intakes import NewMovement
from velaurum.ledger.outcomes import Movement

REFERENCE = "#/components/schemas/{name}"
PROBLEM = "Problem"
_NEW_MOVEMENT = {
    "kind": "receipt",
    "item": "BOLT-M8",
    "quantity": "24",
    "target": "WH1-A-03",
    "reference": "PO-1881",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A key of 1 to 255 visible ASCII characters, decided once per organisation, for ever.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "example": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
}
_FAST_LANE = (
    ("/v1/orgs/{org}/movements", "postMovement", NewMovement, Movement, _NEW_MOVEMENT),
    (
        "/v1/orgs/{org}/movements/batch",
        "postMovementBatch",
        posting.Batch,
        posting.BatchAnswer,
        {"mode": "atomic", "movements": [{**_NEW_MOVEMENT, "idempotency_key": "receipt-1881-1"}]},
    ),
    (
        "/v1/orgs/{org}/movements/{movement}/reversal",
        "reverseMovement",
        posting.Reversal,
        Movement,
        {"reason": "Booked on the wrong item"},
    ),
)
_POSTING_CODES = (400, 401, 403, 409, 412, 413, 415, 422, 500, 503)


router = APIRouter(tags=["health"], route_class=StrictRoute)


@router.get("/openapi.json", operation_id="getOpenApi", openapi_extra={PERMISSION: PUBLIC})
async def get_openapi_document(request: Request) -> dict[str, Any]:
    """Return this document."""
    return document(request.app)


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the application, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title="Velaurum",
            version=__version__,
            summary="An audit-grade ledger for physical stock.",
            description="Every organisation's routes lie below /v1/orgs/{org}; the credential never implies it.",
            routes=app.routes,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )
        _add_schemas(schema)
        _add_fast_lane(schema)
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                _finish(path, method, operation)
        app.openapi_schema = schema
    return app.openapi_schema


def _add_schemas(schema: dict[str, Any]) -> None:
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    shapes = [shape for *_, asked, answered, _ in _FAST_LANE for shape in (asked, answered)]
    _, own = msgspec.json.schema_components([*shapes, posting.BatchMovement], ref_template=REFERENCE)
    schemas |= own
    schemas["Batch"]["properties"]["movements"]["items"] = {"$ref": REFERENCE.format(name="BatchMovement")}
    schemas["Batch"]["properties"]["movements"] |= {"minItems": 1, "maxItems": 1_000}
    schemas[PROBLEM] = _PROBLEM
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "vlm_…"}}


def _add_fast_lane(schema: dict[str, Any]) -> None:
    for route, (path, operation_id, asked, answered, example) in zip(posting.ROUTES, _FAST_LANE, strict=True):
        content = {"schema": {"$ref": REFERENCE.format(name=asked.__name__)}, "example": example}
        answer = {"application/json": {"schema": {"$ref": REFERENCE.format(name=answered.__name__)}}}
        created = {"201": {"description": "Posted.", "content": answer}} if answered is Movement else {}
        parameters = [_path_parameter(name) for name in ("org", "movement") if f"{{{name}}}" in path]
        operation = {
            "operationId": operation_id,
            "summary": (route.endpoint.__doc__ or "").rstrip("."),
            "tags": ["movements"],
            PERMISSION: "post",
            "parameters": [*parameters, *([_KEY] if answered is Movement else [])],
            "requestBody": {"required": True, "content": {"application/json": content}},
            "responses": created
            | {"200": {"description": "Decided before, or a batch.", "content": answer}}
            | {str(status): {} for status in _POSTING_CODES},
        }
        schema["paths"].setdefault(path, {})["post"] = operation


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _finish(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say of each operation what the framework does not know: its refusals, its credential, its key."""
    responses = operation["responses"]
    responses.pop("422", None)
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in ("Idempotency-Key", "If-Match"):
            parameter["required"] = True
            parameter["schema"] = {"type": "string"}
    statuses = {400, 405, 500}
    if operation[PERMISSION] != PUBLIC:
        operation["security"] = [{"token": []}]
        statuses |= {401, 403, 503}
    if "{" in path.removeprefix("/v1/orgs/{org}"):
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {409, 413, 415, 422}
    if method == "patch":
        statuses |= {412, 428}
    for status in statuses | {int(code) for code in responses if not responses[code]}:
        titles = [problem.title for problem in CATALOGUE.values() if problem.status == status]
        if not responses.get(str(status)):
            responses[str(status)] = _refusal(" ".join(titles))


def _refusal(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(name=PROBLEM)}}}
    return {"description": description, "content": content}


_PROBLEM = {
    "title": PROBLEM,
    "description": "A problem document (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": list(CATALOGUE)},
        "request_id": {"type": "string"},
        "available": {"type": "string", "description": "What the source holds, with insufficient-stock."},
        "on_hand": {"type": ["string", "null"], "description": "The balance, with stale-guard."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "detail")},
            },
        },
    },
}
