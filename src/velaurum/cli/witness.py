"""`velaurum witness`: signs what it saw of logs, so that nobody is shown another history."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from velaurum.cli import show
from velaurum.cli.flags import Json
from velaurum.errors import UsageError
from velaurum.proofs.notes import COSIGNATURE, VerifierKey
from velaurum.proofs.wire import FormatError
from velaurum.witness import keys, server


def witness(
    *,
    data: Annotated[Path, Parameter(help="Where its key and what it saw are kept.")],
    log: Annotated[
        list[str], Parameter(help="The verifier key of a log to sign for; as often as you like.", negative=())
    ],
    listen: Annotated[str, Parameter(help="Where to listen, as HOST:PORT.")] = "127.0.0.1:8421",
    name: Annotated[
        str | None, Parameter(help="The name to sign with, said once: a URL without its scheme is usual.")
    ] = None,
    json: Json = False,
) -> None:
    logs = [_log(vkey) for vkey in log]
    host, _, port = listen.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal() and int(port) < 2**16):
        raise UsageError(f"--listen is {listen!r}; write it as HOST:PORT.")
    signer = keys.load(data, name)

    def ready(url: str) -> None:
        policy = f"witness {signer.name} {signer.verifier} {url}"
        if json:
            show.document({"ready": url, "vkey": str(signer.verifier), "policy": policy})
            return
        show.line(f"vkey {signer.verifier}")
        show.line(f"policy {policy}")
        show.line(f"ready {url}")

    server.serve(data, host.strip("[]"), int(port), signer, logs, ready)


def _log(vkey: str) -> VerifierKey:
    try:
        key = VerifierKey.parse(vkey)
    except FormatError as error:
        raise UsageError(f"--log {vkey}: {error}") from error
    if key.algorithm == COSIGNATURE:
        raise UsageError(f"--log {vkey}: this is the key of a witness, not of a log.")
    return key
