"""The envelope: what every answer carries, also the one to a request on which a handler failed."""

from dataclasses import dataclass
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from velaurum.api import problems
from velaurum.api.accesses import NO_ANSWER

HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """Gives every request an id, an end that is recorded and an answer with headers; lets no exception into the log."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = str(uuid4())
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        status = NO_ANSWER

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return  # nobody is left to answer, and nothing was decided
        except Exception as error:  # noqa: BLE001 - raised further, its message would be logged with what it quotes
            answer = problems.fault(error, request_id, scope["path"])
            if status == NO_ANSWER:
                await answer(scope, receive, send_with_headers)
        finally:
            if "access" in state:
                scope["app"].state.accesses.end(state["access"], status)
