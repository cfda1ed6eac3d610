"""The ASGI application, put together."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from velaurum.api import (
    balances,
    cursors,
    health,
    items,
    locations,
    movements,
    openapi,
    orgs,
    posting,
    problems,
)
from velaurum.api.front import PostingFront
from velaurum.api.gate import Gate
from velaurum.api.tls import StrictTransportSecurity
from velaurum.db.connection import AsyncDatabase, Database
from velaurum.errors import Refusal

_HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


@dataclass(frozen=True, slots=True)
class Identified:
    """Gives every request an id, and every answer its headers."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = str(uuid.uuid4())
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def create(conninfo: str, data_dir: Path) -> FastAPI:
    """Return the application for the database of `conninfo`, reached as the application's own role."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        lanes = AsyncDatabase(conninfo)
        await lanes.open()
        app.state.front = PostingFront(lanes)
        yield
        await app.state.front.drain()
        await lanes.close()
        app.state.database.close()

    app = FastAPI(
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(Identified), Middleware(StrictTransportSecurity)],
        exception_handlers={
            Refusal: problems.on_refusal,
            RequestValidationError: problems.on_invalid,
            HTTPException: problems.on_http_exception,
            Exception: problems.on_fault,
        },
    )
    app.state.data_dir = data_dir
    app.state.database = Database(conninfo)
    app.state.gate = Gate(app.state.database)
    app.state.cursor_key = cursors.load_key(data_dir)
    app.router.routes.extend(posting.ROUTES)
    for noun in (movements, balances, items, locations, orgs, health, openapi):
        app.include_router(noun.router)
    return app
