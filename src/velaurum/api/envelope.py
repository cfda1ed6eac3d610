"""The envelope: what every answer carries, also the one to a request on which a handler failed."""

from dataclasses import dataclass
from uuid import uuid4

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from velaurum.api import problems
from velaurum.api.accesses import NO_ANSWER

# As the server sends them, because every answer carries them; what a handler set itself stands.
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


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
                headers = [pair for pair in message.get("headers", ()) if pair[0] != b"x-request-id"]
                names = {name for name, _ in headers}
                headers.append((b"x-request-id", request_id.encode()))
                headers += [pair for pair in HEADERS if pair[0] not in names]
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return  # nobody is left to answer, and nothing was decided
        except Exception as error:  # noqa: BLE001 - raised further, its message would be logged with what it quotes
            answer = problems.fault(error, request_id, scope["path"])
            scope["app"].state.request_counts.refused("internal")
            if status == NO_ANSWER:
                await answer(scope, receive, send_with_headers)
        finally:
            scope["app"].state.request_counts.answered(status)
            if "access" in state:
                scope["app"].state.accesses.end(state["access"], status)
