"""The HTTP server of a witness, in the foreground until it is told to stop. It has no access to any ledger."""

import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from velaurum.errors import OperationError
from velaurum.proofs.notes import NOTE_BYTES_MAX, Signer, VerifierKey
from velaurum.witness.memory import Memory
from velaurum.witness.requests import Answer, Witness

STOP_S = 5


def serve(
    folder: Path,
    host: str,
    port: int,
    signer: Signer,
    logs: Sequence[VerifierKey],
    on_ready: Callable[[str], None],
) -> None:
    """Run until SIGTERM or SIGINT; `on_ready` gets the URL. OperationError when the address is taken."""
    witness = Witness(signer, logs, Memory(folder), lambda: int(time.time()))
    config = uvicorn.Config(
        application(witness),
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
    )
    with _listening(host, port) as listener, _stoppable():
        shown = f"[{host}]" if ":" in host else host
        on_ready(f"http://{shown}:{listener.getsockname()[1]}")
        uvicorn.Server(config).run(sockets=[listener])


def application(witness: Witness) -> Starlette:
    """Return the two routes of a witness."""

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > NOTE_BYTES_MAX:
                return _response(Answer(400, b"The request is too long.\n"))
        return _response(await run_in_threadpool(witness.add_checkpoint, body))

    async def checkpoint(request: Request) -> Response:
        return _response(await run_in_threadpool(witness.checkpoint, request.path_params["origin_hash"]))

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", checkpoint, methods=["GET"]),
        ]
    )


def _response(answer: Answer) -> Response:
    # Set by hand: the framework would add a character set to every type of text.
    return Response(answer.body, answer.status, {"content-type": answer.media_type})


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as error:
            raise OperationError(
                f"{host}:{port} cannot be used ({error.strerror}); choose another --listen."
            ) from error
        yield listener


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn SIGTERM and SIGINT before and after serving into an exit that leaves every block."""

    def leave(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    before = {one: signal.signal(one, leave) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
