"""A server in a process that was forked where the product's modules were imported already, once for a whole run.

Beside those imports nothing is shared: it has a process, settings and an environment of its own. That a server comes
up from a program's first line is shown in tests/cli, where `velaurum up` runs as people run it.
"""

import logging
import multiprocessing
import os
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from support import transports
from velaurum.config import Settings

_PATHS = {"witnesses", "timestamp_ca", "pkcs11_module", "held_keys"}
_FORKS = multiprocessing.get_context("forkserver")
_IMPORTED = ["__main__", "velaurum.api.server"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a server is told; `log` is the file for all that it says."""

    data_dir: Path
    database_url: str
    settings: Mapping[str, Any]
    environment: Mapping[str, str]
    log: Path


def start(told: Told) -> tuple[BaseProcess, Connection]:
    """Begin to serve. The connection has the URL once requests are answered, and its end where that will not be."""
    carried = ["velaurum.transport.aside"] if transports.wanted() == transports.SERVICEBUS else []
    _FORKS.set_forkserver_preload([*_IMPORTED, *carried])
    ours, theirs = _FORKS.Pipe(duplex=False)
    with theirs:
        process = _FORKS.Process(target=_serve, args=(told, theirs))
        process.start()
    return process, ours


def _serve(told: Told, ready: Connection) -> None:
    from velaurum.api.server import serve  # noqa: PLC0415 - whoever starts a server need not import it

    with told.log.open("ab") as log:
        for number in (1, 2):
            os.dup2(log.fileno(), number)
    os.environ.clear()
    os.environ.update(told.environment)
    logging.basicConfig()
    given = {name: Path(value) if name in _PATHS else value for name, value in told.settings.items()}
    settings = Settings(
        told.data_dir,
        told.database_url or None,
        "127.0.0.1:0",
        insecure_http=True,
        **{"verify_every": "0", **given},
    )
    serve(settings, ready.send)
