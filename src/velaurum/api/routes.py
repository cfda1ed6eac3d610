"""How every route of the API is declared: its permission first, then strict parameters and a strict body."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, ClassVar

from fastapi import Depends
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from velaurum.api import strict_json
from velaurum.db.connection import Database
from velaurum.errors import FieldError, Refusal
from velaurum.identity.roles import Permission
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgContext

PERMISSION = "x-permission"
ALSO = "x-permission-also"
PUBLIC = "public"
BEFORE_SETUP = "x-before-setup"
ADMINISTRATOR = "platform-administrator"
OWN_SESSION = "own-session"
BODY_LIMIT = 64 * 1024
LONG_BODY = 64 * 1024  # parsed beside the event loop, which others wait for
BODY_TIMEOUT_S = 30
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def permits(permission: Permission, *also: Permission) -> dict[str, Any]:
    """Declare which permission a route takes, or which others in its place. A route without cannot be built."""
    return {PERMISSION: permission, **({ALSO: list(also)} if also else {})}


class IdConvertor(Convertor[str]):
    """Lets `{movement:id}` match ids alone, so that `/movements/batch` is a path of its own."""

    regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("id", IdConvertor())


class StrictRoute(APIRoute):
    """A route that admits first, and then refuses what it does not know."""

    ignores_unknown_parameters: ClassVar[bool] = False
    body_limit: ClassVar[int] = BODY_LIMIT
    media_type: ClassVar[re.Pattern[str]] = strict_json.JSON

    def get_route_handler(self) -> Handler:
        """Wrap the framework's handler; KeyError at start when the route declares no permission."""
        handle = super().get_route_handler()
        permission = (self.openapi_extra or {})[PERMISSION]
        also = (self.openapi_extra or {}).get(ALSO, ())
        needs_setup = not (self.openapi_extra or {}).get(BEFORE_SETUP, False)
        known = frozenset(
            one.alias for one in get_flat_params(self.dependant) if isinstance(one.field_info, Query)
        )
        reads_body = self.body_field is not None

        async def strict(request: Request) -> Response:
            await _admit(request, permission, also, needs_setup=needs_setup)
            require_known_parameters(request, known, ignores_unknown=self.ignores_unknown_parameters)
            if reads_body:
                request._json = await read_object(request, self.body_limit, self.media_type)  # noqa: SLF001 - the framework's own cache
                # A slow body must not outlive the token that it came with.
                await _admit(request, permission, also, needs_setup=needs_setup)
                request._body = b"{}"  # noqa: SLF001 - its content was read above
            return await handle(request)

        return strict


def require_known_parameters(
    request: Request, known: frozenset[str] = frozenset(), *, ignores_unknown: bool = False
) -> None:
    """Refuse query parameters that the route does not know, or that stand there twice."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if ignores_unknown and name not in known:
            continue
        if name not in known or names.count(name) > 1:
            detail = "Give this parameter once." if name in known else "There is no such parameter here."
            raise Refusal("unknown-parameter", detail, (FieldError(name[:64], "unknown-parameter", detail),))


async def read_object(
    request: Request, limit_bytes: int, media_type: re.Pattern[str] = strict_json.JSON
) -> dict[str, Any]:
    """Read the body as one strict JSON object."""
    require_media_type(request, media_type)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            raw = await strict_json.read_limited(request, limit_bytes)
    except TimeoutError:
        raise Refusal("malformed-json", f"The body did not arrive within {BODY_TIMEOUT_S} s.") from None
    if len(raw) > LONG_BODY:
        return await run_in_threadpool(strict_json.loads_object, raw)
    return strict_json.loads_object(raw)


def require_media_type(request: Request, media_type: re.Pattern[str]) -> None:
    """Refuse with `unsupported-media-type` a body that is said to be of another type, or is encoded."""
    if len(request.headers.getlist("content-type")) > 1:
        raise Refusal("unsupported-media-type", "Send one Content-Type.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal("unsupported-media-type", "Send the body without a Content-Encoding.")
    strict_json.require_json(request.headers.get("content-type"), media_type)


def _admitted(request: Request) -> OrgContext:
    org: OrgContext = request.state.org
    return org


def _door(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _keyring(request: Request) -> Keyring:
    keyring: Keyring = request.app.state.keyring
    return keyring


async def _admit(request: Request, permission: str, also: Sequence[Permission], *, needs_setup: bool) -> None:
    gate = request.app.state.gate
    if permission == ADMINISTRATOR:
        request.state.administrator_id = await gate.admit_administrator(request)
    elif permission == OWN_SESSION:
        request.state.org = await gate.admit_own(request)
    elif permission == PUBLIC:
        gate.limits.spend_anonymous(request)
        if needs_setup:
            await gate.require_set_up()
    else:
        request.state.org = await gate.admit(request, permission, *also)


Admitted = Annotated[OrgContext, Depends(_admitted)]
Door = Annotated[Database, Depends(_door)]
Keys = Annotated[Keyring, Depends(_keyring)]
