"""A real OpenID provider, of somebody else's making, as a process of its own."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from support.ports import HOST, fresh_port

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """A provider that only knows clients who registered, and asks for a nonce."""

    port: int

    @property
    def issuer(self) -> str:
        return f"http://{HOST}:{self.port}"

    def register(self, redirect_uri: str) -> tuple[str, str]:
        """Register a client with the provider, and return its id and secret."""
        made = self.ask("POST", "/oauth2/clients", {"redirect_uris": [redirect_uri]})
        return made["client_id"], made["client_secret"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def running() -> Iterator[OidcProvider]:
    """Run the provider for the length of the block."""
    with fresh_port() as port:
        provider = OidcProvider(port)
        program = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
        process = subprocess.Popen(
            [*program, "--require-registration", "true", "--require-nonce", "true"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until_ready(provider, process)
            yield provider
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT_S)


def _wait_until_ready(provider: OidcProvider, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the provider ended"
        with suppress(OSError):
            said = provider.ask("GET", "/.well-known/openid-configuration")
            assert said["issuer"] == provider.issuer
            return
        time.sleep(0.1)
    raise AssertionError("the provider does not answer")
