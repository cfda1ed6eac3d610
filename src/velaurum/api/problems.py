"""Problem documents (RFC 9457): every refusal leaves through here, and nothing of the request is echoed."""

import logging
import re
import traceback
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from velaurum.api import scim_errors, strict_json
from velaurum.errors import CATALOGUE, FieldError, Refusal

log = logging.getLogger("velaurum.api")
MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50
LONGEST_POINTER = 200
_NAMED = re.compile(r"Object (?P<how>contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)
_BY_STATUS = {
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
}


def body(refusal: Refusal, request_id: str, *, prefix: str = "") -> dict[str, Any]:
    """Return the problem document of a refusal; `prefix` goes before each pointer, for a row of a batch."""
    problem = refusal.problem
    document: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": refusal.detail,
        "code": problem.code,
        "request_id": request_id,
        **refusal.extra,
    }
    if refusal.errors:
        document["errors"] = [
            {
                "pointer": (prefix + error.pointer)[:LONGEST_POINTER],
                "code": error.code,
                "detail": error.detail,
            }
            for error in refusal.errors[:MOST_ERRORS]
        ]
    return document


def response(refusal: Refusal, request_id: str, path: str) -> Response:
    """Return the answer to a request at `path`: a problem document, or an error of SCIM where SCIM is spoken."""
    headers = {"Idempotent-Replayed": "true"} if refusal.replayed else {}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(refusal.retry_after_s)
    if refusal.problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="velaurum"'
    if refusal.code == "too-large":
        headers["Connection"] = "close"  # the rest of the body may stay unread
    if scim_errors.are_spoken_at(path):
        content = msgspec.json.encode(scim_errors.body(refusal))
        return Response(content, refusal.problem.status, headers, scim_errors.MEDIA_TYPE)
    content = msgspec.json.encode(body(refusal, request_id))
    return Response(content, refusal.problem.status, headers, MEDIA_TYPE)


async def on_refusal(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, Refusal):
        raise refusal
    if refusal.code == "too-large":
        await strict_json.drain(request)
    return answered(request, refusal)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: unknown paths and methods."""
    if not isinstance(error, HTTPException):
        raise error
    code = _BY_STATUS.get(HTTPStatus(error.status_code), "malformed-json")
    answer = answered(request, Refusal(code, CATALOGUE[code].title))
    answer.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_methods(request))
    return answer


def _methods(request: Request) -> list[str]:
    """Return every method of a path; the router names those of the first route only."""
    matching = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in matching for method in getattr(route, "methods", None) or ()})


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer a request that does not fit the declared shape, naming every failing field."""
    if not isinstance(error, RequestValidationError):
        raise error
    errors = tuple(_field_error(one) for one in error.errors())
    return answered(request, Refusal("invalid-field", errors[0].detail, errors))


def answered(request: Request, refusal: Refusal) -> Response:
    """Return the answer to a request that is refused, and count it."""
    request.app.state.request_counts.refused(refusal.code)
    return response(refusal, request.state.request_id, request.url.path)


def fault(error: Exception, request_id: str, path: str) -> Response:
    """Answer a fault of ours. The log gets the place, never the message: it may quote what was sent."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("request %s failed with %s\n%s", request_id, type(error).__name__, frames)
    return response(Refusal("internal", "The server failed; the log has the request id."), request_id, path)


def invalid_shape(error: msgspec.ValidationError) -> Refusal:
    """Turn what msgspec says of a body into a refusal that names the field and quotes no value."""
    # The place comes last; a value that looks like one stands before it.
    what, separator, place = str(error).rpartition(" - at `$")
    what, path = (what, place.removesuffix("`")) if separator else (str(error), "")
    pointer = re.sub(r"\[(\d+|\.\.\.)\]", r"/\1", path).replace(".", "/")
    if named := _NAMED.fullmatch(what):
        pointer += "/" + named["name"].replace("~", "~0").replace("/", "~1")
        detail = (
            "This field is required." if named["how"].startswith("missing") else "There is no such field."
        )
    elif what.startswith("Expected"):
        detail = what.rstrip(".") + "."
    else:
        detail = "The value is not one of those that this field knows."
    return Refusal("invalid-field", detail, (FieldError(pointer, "invalid-field", detail),))


def _field_error(error: Any) -> FieldError:
    place, *path = error["loc"]
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in path]
    pointer = "".join(f"/{step}" for step in steps) if place == "body" else ".".join(steps)
    if error["type"] == "missing":
        return FieldError(pointer, "invalid-field", "This field is required.")
    if error["type"] == "extra_forbidden":
        return FieldError(pointer, "invalid-field", "There is no such field.")
    return FieldError(pointer, "invalid-field", str(error["msg"]).rstrip(".") + ".")
