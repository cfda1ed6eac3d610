"""A key service of a customer's own: a process that wraps and unwraps over a Unix socket, and may hang."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from support.keyrings import KeptInMemory
from velaurum.keys.providers import KeyRefusedError, KeyUnavailableError, WrappingKey

_TESTS = Path(__file__).parents[1]


class KeyService:
    """The provider that asks that process. It sets no time limits: whoever asks it does."""

    kind: ClassVar[str] = "theirs"

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self, name: str) -> WrappingKey:
        return WrappingKey(self.kind, name, self._ask("create", name))

    def newest(self, name: str) -> WrappingKey:
        return WrappingKey(self.kind, name, self._ask("newest", name))

    def wrap(self, key: WrappingKey, secret: bytes, bound: bytes) -> bytes:
        return bytes.fromhex(self._ask("wrap", key.name, key.version, secret.hex(), bound.hex()))

    def unwrap(self, key: WrappingKey, wrapped: bytes, bound: bytes) -> bytes:
        return bytes.fromhex(self._ask("unwrap", key.name, key.version, wrapped.hex(), bound.hex()))

    def destroy(self, key: WrappingKey) -> None:
        self._ask("destroy", key.name, key.version)

    def _ask(self, *words: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(self._path))
                connection.sendall(json.dumps(words).encode() + b"\n")
                said: str = connection.makefile().readline().strip()
        except OSError as error:
            raise KeyUnavailableError("the service is away") from error
        if said == "refused":
            raise KeyRefusedError("the service does not open it")
        if not said.startswith("ok"):
            raise KeyUnavailableError("the service does not have it")
        return said.removeprefix("ok").strip()


@contextmanager
def running(path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the service on a socket for the length of a block."""
    with subprocess.Popen(
        [sys.executable, "-m", "support.key_service", str(path)], cwd=_TESTS, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


def _serve(path: str) -> None:
    keys = KeptInMemory()
    os.umask(0o077)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        print("ready", flush=True)  # noqa: T201
        while True:
            connection, _ = server.accept()
            with connection:
                words = json.loads(connection.makefile().readline())
                connection.sendall(_answer(keys, *words).encode() + b"\n")


def _answer(keys: KeptInMemory, verb: str, name: str, *rest: Any) -> str:
    try:
        if verb in ("create", "newest"):
            return f"ok {getattr(keys, verb)(name).version}"
        key = WrappingKey(keys.kind, name, rest[0])
        if verb == "destroy":
            keys.destroy(key)
            return "ok"
        given, bound = (bytes.fromhex(one) for one in rest[1:])
        return f"ok {getattr(keys, verb)(key, given, bound).hex()}"
    except KeyRefusedError:
        return "refused"
    except (KeyUnavailableError, IndexError):
        return "unavailable"


if __name__ == "__main__":
    _serve(sys.argv[1])
