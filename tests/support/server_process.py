"""The product's server as a process of its own, started, stopped and killed from outside."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support import installed, served, transports
from support.wire import Answer, Wire, request

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
# Tests fail to authenticate more often in a minute than anybody else.
PATIENT = {"rate_failed": "off", "rate_address": "off"}


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
        environment = {**os.environ, **transports.identity()}
        self.process, self._ready = served.start(
            served.Told(data_dir, database_url, told, environment, self.log)
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
        self.process.terminate()
        self._gone()
        assert self.process.exitcode == 0, self.log.read_text()
        return time.monotonic() - begin

    def _gone(self) -> None:
        try:
            self.process.join(STOP_TIMEOUT_S)
            assert self.process.exitcode is not None, "the server did not end"
        finally:
            self.process.kill()
            self._ready.close()

    def _wait_until_ready(self) -> str:
        assert self._ready.poll(START_TIMEOUT_S), "the server said nothing"
        try:
            return str(self._ready.recv())
        except EOFError:
            raise AssertionError(self.log.read_text()) from None


@contextmanager
def running(
    data_dir: Path, database_url: str = "", settings: Mapping[str, str] = PATIENT
) -> Iterator[ServerProcess]:
    """Run a server for the length of the block; its end must be orderly."""
    server = ServerProcess(data_dir, database_url, settings)
    try:
        yield server
    finally:
        if server.process.is_alive():
            server.stop()
