"""One session of the driver: whether it still stands, and in which form values cross it."""

import select
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec
import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.types.json import JsonbDumper, set_json_dumps
from psycopg.types.string import TextLoader

if TYPE_CHECKING:
    from psycopg._queries import PostgresQuery
    from psycopg.abc import Params, Query

Row = TypeVar("Row")
APPLICATION_NAME = "velaurum"
STATEMENT_TIMEOUT_MS = 60_000
LOCK_TIMEOUT_MS = 10_000
_LIMITS = (
    f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} "
    f"-c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"
    # Said here, because a role may change its own defaults, and an option wins over them.
    " -c synchronous_commit=on -c default_transaction_read_only=off"
    " -c default_transaction_isolation=read\\ committed"
)


class Sent(Protocol):
    """What the driver made of a statement: its text with numbers, and the types of its parameters."""

    query: bytes
    types: tuple[int, ...]


class Cursor(psycopg.Cursor[Row]):
    """A cursor that remembers what it sent; the driver forgets it of a statement that it prepared.

    It overrides a method of the driver that is not public. A test compares the counts with the server's.
    """

    sent: Sent | None = None

    def _convert_query(self, query: "Query", params: "Params | None" = None) -> "PostgresQuery":
        converted = super()._convert_query(query, params)
        self.sent = converted
        return converted


class AsyncCursor(psycopg.AsyncCursor[Row]):
    """The same, for the posting front."""

    sent: Sent | None = None

    def _convert_query(self, query: "Query", params: "Params | None" = None) -> "PostgresQuery":
        converted = super()._convert_query(query, params)
        self.sent = converted
        return converted


def was_cut(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
    """Tell whether the server has hung up, without asking it."""
    # A server that restarted has hung up on every idle connection. Nothing else makes an idle one readable, so that
    # asking the socket costs no round trip. The pool throws away what it gets back closed.
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if not poll.poll(0):
        return False
    connection.pgconn.finish()
    return True


async def adapt_async(connection: psycopg.AsyncConnection[Any]) -> None:
    """As adapt()."""
    adapt(connection.adapters)


def adapt(adapters: AdaptersMap) -> None:
    """Teach a session the forms that the product reads and writes."""
    # Identifiers cross this door as text, in the form that answers print.
    adapters.register_loader("uuid", TextLoader)
    adapters.register_dumper(dict, JsonbDumper)
    set_json_dumps(msgspec.json.encode, adapters)


def arguments(role: str | None = None) -> dict[str, Any]:
    """Return what the product connects with, as the driver takes it: its name, its limits, and its role."""
    # Another role's own settings are not taken on with it: names are looked for where the product's roles look.
    options = _LIMITS if role is None else f"{_LIMITS} -c role={role} -c search_path="
    return {"application_name": APPLICATION_NAME, "options": options, "prepare_threshold": 2}
