"""Listening: what sessions say on a channel, on a connection of its own. What is missed has to be found otherwise."""

import time
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from velaurum.db import external
from velaurum.errors import OperationError


class Listener:
    """Hears one channel of a database, and goes on where the connection was lost; used from one thread."""

    def __init__(self, conninfo: str, channel: str) -> None:
        """Connect with the first wait."""
        self._conninfo = conninfo
        self._channel = channel
        self._connection: psycopg.Connection[Any] | None = None

    def wait(self, wait_s: float) -> list[str]:
        """Return what was said, as soon as something is, [] after `wait_s`; [] at once where nobody heard it before."""
        began = time.monotonic()
        try:
            if self._connection is None or self._connection.closed:
                self._connection = self._connected()
                return []
            return [
                said.payload for said in self._connection.notifies(timeout=max(wait_s, 0.0), stop_after=1)
            ]
        except (psycopg.OperationalError, OperationError):
            self.close()
            time.sleep(max(0.0, wait_s - (time.monotonic() - began)))
            return []

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(
            self._conninfo,
            autocommit=True,
            connect_timeout=external.CONNECT_TIMEOUT_S,
            application_name="velaurum-listening",
        )
        connection.execute(sql.SQL("listen {}").format(sql.Identifier(self._channel)))
        return connection
