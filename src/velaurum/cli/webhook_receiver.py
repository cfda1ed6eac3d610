"""`velaurum webhook listen`: a small receiver on this machine, to see what a webhook would be told."""

import json
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Annotated, Any

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.client import Client
from velaurum.cli.flags import REMOTE, Remote
from velaurum.cli.webhooks import path
from velaurum.errors import OperationError, UsageError
from velaurum.webhooks import signatures
from velaurum.webhooks.signatures import SignatureError

LARGEST_BYTES = 64 * 1024
TIMEOUT_S = 10
_OK, _BAD = 204, 400


def listen(
    webhook: Annotated[
        str | None, Parameter(help="Whose messages to believe: its code or id, asked of the server.")
    ] = None,
    /,
    *,
    public_key: Annotated[
        list[str] | None,
        Parameter(help="Believe what this key verifies, whpk_…; as often as you like.", negative=()),
    ] = None,
    port: Annotated[int, Parameter(help="Where to listen, on 127.0.0.1.")] = 8430,
    count: Annotated[int | None, Parameter(help="End after so many messages; without it, never.")] = None,
    flags: Remote = REMOTE,
) -> None:
    keys = list(public_key or ())
    if webhook is not None:
        found = Client(flags.settings()).get(path(webhook)).document
        keys += [one["public_key"] for one in found["keys"]]
    if not keys:
        raise UsageError("Name a webhook, or the key to believe with --public-key.")
    try:
        server = HTTPServer(("127.0.0.1", port), _receiver(keys, as_json=flags.json))
    except (OSError, OverflowError) as error:
        raise OperationError(f"127.0.0.1:{port} cannot be used; choose another --port.") from error
    with server:
        show.note(f"ready http://127.0.0.1:{server.server_port}/")
        received = 0
        while count is None or received < count:
            server.handle_request()
            received += 1


def _receiver(keys: Sequence[str], *, as_json: bool) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        timeout = TIMEOUT_S

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > LARGEST_BYTES:
                self._answer(_BAD)
                return
            body = self.rfile.read(int(length))
            given = {name.lower(): value for name, value in self.headers.items()}
            problem = _problem(keys, given, body)
            self._answer(_OK if problem is None else _BAD)
            _tell(given.get(signatures.ID, ""), problem, body, as_json=as_json)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the library's own name
            """Say nothing beside what is printed of a message."""

    return Receiver


def _problem(keys: Sequence[str], given: dict[str, str], body: bytes) -> str | None:
    problem = None
    for key in keys:
        try:
            signatures.verify(given, body, key)
        except SignatureError as error:
            problem = str(error)
        else:
            return None
    return problem


def _tell(message_id: str, problem: str | None, body: bytes, *, as_json: bool) -> None:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if as_json:
        show.document({"id": message_id, "problem": problem, "message": said})
        return
    kind = said.get("type") if isinstance(said, dict) else None
    # What a stranger sent is shown as JSON writes it: no control character reaches the terminal.
    show.line(
        f"{'ok' if problem is None else 'NOT VERIFIED: ' + problem} {json.dumps([message_id, kind, said])}"
    )
