"""Ports on 127.0.0.1 for the servers of tests.

The system gives the port of a closed server to the next one, and the product keeps what it fetched by its address: a
test would be answered with what another test's server had published.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

HOST = "127.0.0.1"
_used: set[int] = set()


@contextmanager
def fresh_port() -> Iterator[int]:
    """Yield a port that this process did not have before. A server may listen on it; to ask for it is refused else.

    Nobody who asks the system for any port is given this one during the block.
    """
    with ExitStack() as held:
        while True:
            one = held.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((HOST, 0))
            port = int(one.getsockname()[1])
            if port not in _used:
                break
        _used.add(port)
        yield port
