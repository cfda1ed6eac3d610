"""Waiting for what the integrator does beside a request."""

import time
from collections.abc import Callable

from support.http_client import Reply

PATIENCE_S = 20.0


def when_signed(ask: Callable[[], Reply]) -> Reply:
    """Ask until a checkpoint covers what is asked for."""
    deadline = time.monotonic() + PATIENCE_S
    while (reply := ask()).refused == (503, "proof-pending"):
        assert reply.headers["retry-after"] == "1"
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert reply.status == 200, reply
    return reply
