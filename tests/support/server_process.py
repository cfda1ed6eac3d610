"""The product's server as a process of its own, started, stopped and killed from outside."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support import installed, transports
from support.wire import Answer, Wire, request

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
# Tests fail to authenticate more often in a minute than anybody else.
PATIENT = {"rate_failed": "off", "rate_address": "off"}
_PROGRAM = """
import json, logging, sys
from pathlib import Path
from velaurum.api.server import serve
from velaurum.config import Settings
logging.basicConfig()
listen, told = "127.0.0.1:0", {"verify_every": "0"} | json.loads(sys.argv[3])
for name in {"witnesses", "timestamp_ca", "pkcs11_module", "held_keys"} & told.keys():
    told[name] = Path(told[name])
settings = Settings(Path(sys.argv[1]), sys.argv[2] or None, listen, insecure_http=True, **told)
serve(settings, lambda url: print(url, flush=True))
"""


class ServerProcess:
    """One server, plain HTTP on a port of its own choice; what it logs is kept in `log`."""

    def __init__(self, data_dir: Path, database_url: str = "", settings: Mapping[str, str] = PATIENT) -> None:
        """Start it and wait until it is ready; without a database of somebody else's, on one of its own."""
        data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
        if not database_url:
            installed.install(data_dir)
        self.data_dir = data_dir
        self.log = data_dir / "server.log"
        told = {**transports.settings(database_url or str(data_dir)), **settings}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, str(data_dir), database_url, json.dumps(told)],
                env={**os.environ, **transports.identity()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        try:
            self.url = self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def ask(self, method: str, path: str, *, token: str = "") -> Answer:
        with Wire(self.url) as wire:
            return wire.ask(request(method, path, token=token))

    def kill(self) -> None:
        """End it as a power cut would, and wait until it is gone."""
        self.process.kill()
        self._gone()

    def stop(self) -> float:
        """Ask it to stop; returns how long that took. It ended well, or this fails."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self._gone()
        assert self.process.returncode == 0, self.log.read_text()
        return time.monotonic() - begin

    def _gone(self) -> None:
        try:
            self.process.wait(STOP_TIMEOUT_S)
        finally:
            self.process.kill()
            if self.process.stdout is not None:
                self.process.stdout.close()

    def _wait_until_ready(self) -> str:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(START_TIMEOUT_S), "the server said nothing"
        url = self.process.stdout.readline().decode().strip()
        assert url, self.log.read_text()
        return url


@contextmanager
def running(
    data_dir: Path, database_url: str = "", settings: Mapping[str, str] = PATIENT
) -> Iterator[ServerProcess]:
    """Run a server for the length of the block; its end must be orderly."""
    server = ServerProcess(data_dir, database_url, settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
