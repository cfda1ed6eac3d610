"""What events look like, for anyone: the AsyncAPI document and the JSON Schemas that it is made of."""

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from velaurum.api.routes import PERMISSION, PUBLIC, StrictRoute
from velaurum.errors import Refusal
from velaurum.events import asyncapi, envelopes, schemas

router = APIRouter(tags=["events"], route_class=StrictRoute)
_KEPT = {"Cache-Control": "public, max-age=300"}
SCHEMA_MEDIA_TYPE = "application/schema+json"


@router.get(
    "/asyncapi.json",
    operation_id="getAsyncApi",
    openapi_extra={PERMISSION: PUBLIC},
    responses={200: {"model": dict[str, Any]}},
    response_model=None,
)
async def get_asyncapi_document(request: Request) -> Response:
    """Return the description of every event, in AsyncAPI 3."""
    body = msgspec.json.encode(asyncapi.document(request.app.state.site.origin))
    return Response(body, headers=_KEPT, media_type="application/json")


@router.get(
    envelopes.SCHEMAS + "/{name}",
    operation_id="getEventSchema",
    openapi_extra={PERMISSION: PUBLIC},
    responses={200: {"content": {SCHEMA_MEDIA_TYPE: {"schema": {"type": "object"}}}}},
    response_model=None,
)
async def get_event_schema(request: Request, name: str) -> Response:
    """Return a JSON Schema of events by its name and version."""
    found = schemas.served(name, request.app.state.site.origin)
    if found is None:
        raise Refusal("not-found", "There is no such schema.")
    return Response(msgspec.json.encode(found), headers=_KEPT, media_type=SCHEMA_MEDIA_TYPE)
