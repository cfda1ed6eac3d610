"""The served OpenAPI document: what the framework derives, plus the fast lane, and every answer described."""

import re
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from velaurum import __version__
from velaurum.api import (
    approvals,
    cookies,
    dry_runs,
    events,
    movement_streams,
    openapi_answers,
    openapi_callbacks,
    openapi_events,
    openapi_history,
    openapi_parameters,
    openapi_problems,
    openapi_reports,
    openapi_scim,
    openapi_scim_shapes,
    openapi_shapes,
    openapi_streams,
    posting,
)
from velaurum.api import openapi_examples as examples
from velaurum.api import openapi_examples_people as people
from velaurum.api.openapi_answers import REFERENCE
from velaurum.api.posting import ProvenMovement
from velaurum.api.routes import PERMISSION, PUBLIC, StrictRoute
from velaurum.ledger.approvals import ApprovalRequest
from velaurum.ledger.intakes import NewMovement

Json = dict[str, Any]
_FAST_LANE: tuple[tuple[str, type, type, Json], ...] = (
    ("/v1/orgs/{org}/movements", NewMovement, ProvenMovement, examples.NEW_MOVEMENT),
    ("/v1/orgs/{org}/movements/batch", posting.Batch, posting.BatchAnswer, examples.NEW_BATCH),
    ("/v1/orgs/{org}/movements/{movement}/reversal", posting.Reversal, ProvenMovement, examples.REVERSAL),
    (approvals.PATH, approvals.NewApprovalRequest, ApprovalRequest, examples.NEW_APPROVAL_REQUEST),
)
_DESCRIPTION = """Every organisation's routes lie below `/v1/orgs/{org}`; the credential never implies it.
The operator of the installation, who has no access to their data, breaks the glass below `/v1/operator/orgs/{org}`.

Quantities are decimal strings, instants are RFC 3339. A refusal is a problem document (RFC 9457); look at its `code`.
A record is addressed by its id or its code; a code with a `/` in it only by its id."""
_NOUNS = ("Item", "Location", "Pack", "Lot", "Serial", "SubOrg", "Principal", "Role", "Provider", "Webhook")
_BODIES = {**examples.BODIES, **people.BODIES, **openapi_callbacks.BODIES}
_READS = {
    **examples.ANSWERS,
    **people.ANSWERS,
    **openapi_events.ANSWERS,
    **openapi_callbacks.ANSWERS,
    **openapi_reports.ANSWERS,
}
_ANSWERS = {**_READS, **openapi_history.answers(_READS)}
_LINES = openapi_streams.ANSWERS
_STREAMS = {events.STREAM: openapi_events.STREAMED, **openapi_reports.STREAMED}
SEE_OTHER = "303"
_IN_PATH = re.compile(r"\{([a-z_]+)\}")
_VERSIONED = frozenset(
    (
        *(verb + noun for verb in ("create", "get", "change") for noun in _NOUNS),
        *("getApprovalRules", "replaceApprovalRules", "deletePack", "disablePrincipal", "enablePrincipal"),
        *("createPeriod", "getPeriod", "softClosePeriod", "closePeriod", "reopenPeriod"),
        *(verb + noun for verb in ("create", "get", "replace", "patch") for noun in ("User", "Group")),
    )
)
_MADE = "Made."
_ASKED = "Asked for: it is worked in the background."
_DECIDED_BEFORE = "The key was decided before: this is its record."

router = APIRouter(tags=["health"], route_class=StrictRoute)


@router.get(
    "/openapi.json",
    operation_id="getOpenApi",
    openapi_extra={PERMISSION: PUBLIC},
    responses={200: {"model": dict[str, Any]}},
    response_model=None,
)
async def get_openapi_document(request: Request) -> Response:
    """Return the description of every route that the server has."""
    body = msgspec.json.encode(document(request.app))
    return Response(body, headers={"Cache-Control": "public, max-age=300"}, media_type="application/json")


def document(app: FastAPI) -> Json:
    """Return the OpenAPI 3.1 document of the application, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title="Velaurum",
            version=__version__,
            summary="An audit-grade ledger for physical stock.",
            description=_DESCRIPTION,
            routes=app.routes,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )
        _add_schemas(schema)
        for route, (path, asked, answered, example) in zip(
            [*posting.ROUTES, *approvals.ROUTES], _FAST_LANE, strict=True
        ):
            operation = _fast_operation(route.endpoint.__doc__ or "", asked, answered, example)
            operation["operationId"] = route.name
            schema["paths"].setdefault(path, {})["post"] = operation
        schema["paths"][movement_streams.PATH] = {"post": openapi_streams.operation()}
        for path, operations in schema["paths"].items():
            for operation in operations.values():
                if openapi_scim.speaks(operation):
                    openapi_scim.prepare(operation)
                _name_path_parameters(path, operation)
                _finish(operation)
        app.openapi_schema = schema
    return app.openapi_schema


def _add_schemas(schema: Json) -> None:
    components = schema["components"]
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    shapes = [shape for _, asked, answered, _ in _FAST_LANE for shape in (asked, answered)]
    _, own = msgspec.json.schema_components(
        [*shapes, posting.BatchMovement, movement_streams.StreamResult], ref_template=REFERENCE
    )
    components["schemas"] |= own | openapi_scim_shapes.SHAPES
    own["Batch"]["properties"]["movements"]["items"] = {"$ref": REFERENCE.format(name="BatchMovement")}
    for result in (own["BatchResult"]["properties"], own["StreamResult"]["properties"]):
        result["problem"] = openapi_answers.PROBLEM_REF
        result["movement"] = {"$ref": REFERENCE.format(name="Movement")}
    openapi_shapes.refine(components["schemas"])
    components["schemas"]["Problem"] = openapi_problems.PROBLEM
    components["headers"] = openapi_answers.HEADERS
    components["examples"] = openapi_answers.EXAMPLES
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "vlm_…"}
    components["securitySchemes"] = {
        "token": {**bearer, "description": "A token of the organisation; its role must allow the operation."},
        "administrator": {**bearer, "description": "The token of the platform's administrator."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": f"{cookies.PREFIX}{{org}}",
            "description": "The session of a person who signed in, from this site's own pages.",
        },
    }


def _fast_operation(said: str, asked: type, answered: type, example: Json) -> Json:
    key = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}}
    answer = {"application/json": {"schema": {"$ref": REFERENCE.format(name=answered.__name__)}}}
    is_batch = answered is posting.BatchAnswer
    statuses = {"200": "One result a movement, in order."} if is_batch else {"201": _MADE}
    return {
        "summary": said.rstrip("."),
        "description": said,
        "tags": ["approvals" if answered is ApprovalRequest else "movements"],
        PERMISSION: "post",
        "parameters": [key | {"required": not is_batch}, *_dry_run(asked)],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": REFERENCE.format(name=asked.__name__)},
                    "example": example,
                }
            },
        },
        "responses": {
            status: {"description": title, "content": answer} for status, title in statuses.items()
        },
    }


def _dry_run(asked: type) -> list[Json]:
    if asked not in (NewMovement, posting.Batch):
        return []
    schema = {"type": "boolean", "default": False}
    return [{"name": dry_runs.PARAMETER, "in": "query", "required": False, "schema": schema}]


def _name_path_parameters(path: str, operation: Json) -> None:
    parameters = operation.setdefault("parameters", [])
    known = {one["name"] for one in parameters if one["in"] == "path"}
    missing = [name for name in _IN_PATH.findall(path) if name not in known]
    parameters[:0] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in missing
    ]


def _finish(operation: Json) -> None:
    """Say of an operation what the framework does not know: its key, its credential, its answers."""
    name = operation["operationId"]
    for parameter in operation["parameters"]:
        _refine_parameter(name, parameter)
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if "example" not in media:
            shape = media["schema"]["$ref"].rpartition("/")[2]
            media["example"] = _BODIES[shape]
    operation["security"] = openapi_answers.security(operation)
    responses = operation["responses"]
    responses.pop("422", None)
    _say_what_was_made(operation, responses)
    for status, answer in responses.items():
        _describe(name, status, answer)
    operation["responses"] = dict(sorted({**openapi_answers.refusals(operation), **responses}.items()))
    if openapi_scim.speaks(operation):
        openapi_scim.finish(operation)
    if "429" in operation["responses"]:
        for answer in operation["responses"].values():
            answer["headers"] |= openapi_answers.headers("RateLimitPolicy", "RateLimit")


def _say_what_was_made(operation: Json, responses: Json) -> None:
    for status, said in (("201", _MADE), ("202", _ASKED)):
        if status in responses:
            responses[status]["description"] = said
            if not openapi_scim.speaks(operation):
                responses["200"] = {**responses[status], "description": _DECIDED_BEFORE}


def _refine_parameter(operation: str, parameter: Json) -> None:
    # By its operation or its place where one name means two things.
    own, placed = (f"{where}.{parameter['name']}" for where in (operation, parameter["in"]))
    described = openapi_parameters.DESCRIBED
    name = own if own in described else placed if placed in described else parameter["name"]
    schema = parameter["schema"]
    if "anyOf" in schema:
        # A parameter is given or not; in a query string there is no null.
        schema |= next(one for one in schema.pop("anyOf") if one.get("type") != "null")
    openapi_shapes.constrain(schema, described.get(name, {}))
    parameter["description"] = schema.pop("description", parameter.get("description", ""))
    if parameter["in"] == "header":
        parameter["required"] = operation not in ("postMovementBatch", "listEvents", "getExportArchive")
    if name in openapi_parameters.SHOWN:
        parameter["example"] = openapi_parameters.SHOWN[name]


def _describe(operation: str, status: str, answer: Json) -> None:
    """Give a 2xx answer, and the one of a server that is not ready, its headers and an example."""
    named = []
    if operation in _VERSIONED:
        named.append("ETagOfNow" if operation in openapi_history.WITH_A_PAST else "ETag")
    if status == SEE_OTHER or operation in ("createUser", "createGroup"):
        named.append("Location")
    if operation == "getExportArchive":
        named += ["ETagOfContent", "ReprDigest", "AcceptRanges", "Disposition"]
        named += ["ContentRange"] if status == "206" else []
    if operation in openapi_reports.OPERATIONS and status.startswith("2"):
        named += ["LogSize", "FileName"]
    if answer["description"] == _DECIDED_BEFORE:
        named.append("Replayed")
    if operation in ("postMovement", "reverseMovement"):
        named += ["Promise", "Applied"]
    if operation in ("postMovement", "postMovementBatch") and status == "200":
        named.append("DryRun")
    if answer["description"] == "Successful Response":
        answer["description"] = "What was asked for."
    answer["headers"] = openapi_answers.headers(*named)
    for kind, media in answer.setdefault("content", {}).items():
        shown = _LINES.get(operation) or _STREAMS.get(kind, _ANSWERS.get(operation))
        media["example"] = shown if status.startswith("2") else examples.NOT_READY
