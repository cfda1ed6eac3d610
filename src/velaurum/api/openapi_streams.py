"""What the OpenAPI document shows of streams of movements. A schema is one line of what goes each way."""

from typing import Any

from velaurum.api import movement_streams, openapi_log
from velaurum.api import openapi_examples as examples
from velaurum.api.openapi_answers import REFERENCE
from velaurum.api.routes import PERMISSION

ANSWERS: dict[str, Any] = {
    "postMovementStream": {
        "line": 1,
        "status": 201,
        "movement": examples.MOVEMENT,
        "promise": openapi_log.PROMISE,
    }
}


def operation() -> dict[str, Any]:
    """Return the operation, but for what is said of every one."""
    said = movement_streams.post_stream.__doc__ or ""
    asked = {
        "schema": {"$ref": REFERENCE.format(name="BatchMovement")},
        "example": examples.NEW_BATCH["movements"][0],
    }
    answered = {"schema": {"$ref": REFERENCE.format(name="StreamResult")}}
    return {
        "operationId": "postMovementStream",
        "summary": said.rstrip("."),
        "description": f"{said} A schema here is that of one line. Read the answers while you send.",
        "tags": ["movements"],
        PERMISSION: "post",
        "parameters": [],
        "requestBody": {"required": True, "content": {movement_streams.MEDIA_TYPE: asked}},
        "responses": {
            "200": {
                "description": "One line a line, in order, as they are durable.",
                "content": {movement_streams.MEDIA_TYPE: answered},
            }
        },
    }
