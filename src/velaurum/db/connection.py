"""Connections and transactions: where Python meets PostgreSQL, and the one place that commits."""

import select
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeVar

import msgspec
import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.rows import class_row
from psycopg.types.json import JsonbDumper, set_json_dumps
from psycopg.types.string import TextLoader
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from velaurum.db.queries import Statement, queries
from velaurum.db.refusals import translated

Row = TypeVar("Row")
Org = TypeVar("Org", bound="Context")
QUERIES = queries(__package__, "entering.sql")
APPLICATION_NAME = "velaurum"
STATEMENT_TIMEOUT_MS = 60_000
LOCK_TIMEOUT_MS = 10_000
# The pool doubles the time between its attempts to connect. It gives up when its clients do, and the next client
# starts anew: so a database that was away for long is found again within two seconds.
POOL_WAIT_S = 5.0

_LIMITS = (
    f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} "
    f"-c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"
    # Said here, because a role may change its own defaults, and an option wins over them.
    " -c synchronous_commit=on -c default_transaction_read_only=off"
    " -c default_transaction_isolation=read\\ committed"
)


class Context(Protocol):
    """Who works in which organisation, for one thing that takes a permission."""

    @property
    def org_id(self) -> str: ...
    @property
    def credential_id(self) -> str: ...
    @property
    def permission(self) -> str: ...
    def scoped(self, sub_org_ids: list[str] | None) -> Self:
        """Return the context with the departments that the database says; None is the whole organisation."""


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction. Verbs take it first; who opened it commits it.

    In an organisation it runs only statements that are proven to apply that organisation, bound to it.
    """

    connection: psycopg.Connection[Any]
    org_id: str | None = None

    def enter(self, org: Org) -> "tuple[Tx, Org]":
        """Enter an organisation with a credential; the context comes back as the database sees it now.

        Refuses `unauthenticated`, `forbidden` and `suspended` as of this moment.
        """
        tx = replace(self, org_id=org.org_id)
        entered = tx.one(
            QUERIES["enter"],
            _Entered,
            org_id=org.org_id,
            credential_id=org.credential_id,
            permission=org.permission,
        )
        return tx, org.scoped(entered.sub_org_ids)

    def within(self, org_id: str) -> "Tx":
        """Enter an organisation as the installation itself: at the operator's hand, or to verify a credential."""
        tx = replace(self, org_id=org_id)
        tx.run(QUERIES["enter_installation"], org_id=org_id)
        return tx

    def maybe(self, query: Statement, shape: type[Row], **parameters: Any) -> Row | None:
        """Return the only row, or None. More than one row is a fault of the query."""
        rows = self.all(query, shape, **parameters)
        if len(rows) > 1:
            raise AssertionError("the query promised at most one row")
        return rows[0] if rows else None

    def one(self, query: Statement, shape: type[Row], **parameters: Any) -> Row:
        """Return the only row."""
        row = self.maybe(query, shape, **parameters)
        if row is None:
            raise AssertionError("the query promised a row")
        return row

    def all(self, query: Statement, shape: type[Row], **parameters: Any) -> list[Row]:
        """Return every row as `shape`, by column name."""
        require_applied(query, self.org_id, parameters)
        with self.connection.cursor(row_factory=class_row(shape)) as cursor:
            return cursor.execute(query.text, parameters).fetchall()

    def values(self, query: Statement, kind: type[Row], **parameters: Any) -> list[Row]:
        """Return the first column of every row."""
        require_applied(query, self.org_id, parameters)
        rows: list[tuple[Any, ...]] = self.connection.execute(query.text, parameters).fetchall()
        return [row[0] for row in rows if isinstance(row[0], kind)]

    def value(self, query: Statement, kind: type[Row], **parameters: Any) -> Row:
        """Return the only value of the only row."""
        (value,) = self.values(query, kind, **parameters)
        return value

    def run(self, query: Statement, **parameters: Any) -> int:
        """Run a statement for its effect; returns how many rows it answered."""
        require_applied(query, self.org_id, parameters)
        return self.connection.execute(query.text, parameters).rowcount


@dataclass(frozen=True, slots=True)
class _Entered:
    org_id: str
    sub_org_ids: list[str] | None


class NotAppliedError(Exception):
    """A statement was about to run without its organisation. A fault of ours; nothing was sent."""


def require_applied(query: Statement, org_id: str | None, parameters: Mapping[str, Any]) -> None:
    """Stop a statement whose organisation is not provably the one that the transaction is in (V-14)."""
    if query.verdict == "exempt":
        return
    if query.verdict != "applied" or org_id is None or parameters.get("org_id") != org_id:
        raise NotAppliedError(query.name)


class Database:
    """The application's door to one database: short transactions on pooled connections."""

    def __init__(self, conninfo: str, *, max_connections: int = 8) -> None:
        """Open lazily: the first transaction connects."""
        self._pool = ConnectionPool(
            conninfo,
            kwargs=_connection_arguments(),
            configure=lambda connection: _adapt(connection.adapters),
            min_size=0,
            max_size=max_connections,
            timeout=POOL_WAIT_S,
            reconnect_timeout=POOL_WAIT_S,
            open=True,
        )

    @contextmanager
    def transaction(self, org: Org) -> Iterator[tuple[Tx, Org]]:
        """Open a transaction in an organisation, with the context as the database sees it now.

        Commits at the end of the block, rolls back when it raises. Refuses `unauthenticated`, `forbidden`,
        `suspended` and `overloaded`.
        """
        with self.installation() as tx:
            yield tx.enter(org)

    @contextmanager
    def installation(self) -> Iterator[Tx]:
        """Open a transaction in no organisation. Commits and refuses as transaction() does."""
        with translated(), self._connection() as connection, connection.transaction():
            yield Tx(connection)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        connection = self._pool.getconn()
        while _was_cut(connection):
            self._pool.putconn(connection)
            connection = self._pool.getconn()
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def close(self) -> None:
        self._pool.close()


class AsyncDatabase:
    """The posting front's own connections. One statement is one transaction."""

    def __init__(self, conninfo: str, *, max_connections: int = 4) -> None:
        """Make it inside the event loop that uses it, then open() it."""
        self._pool = AsyncConnectionPool(
            conninfo,
            kwargs=_connection_arguments() | {"autocommit": True},
            configure=_adapt_async,
            min_size=0,
            max_size=max_connections,
            timeout=POOL_WAIT_S,
            reconnect_timeout=POOL_WAIT_S,
            open=False,
        )

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        with translated():
            connection = await self._pool.getconn()
            while _was_cut(connection):
                await self._pool.putconn(connection)
                connection = await self._pool.getconn()
            try:
                yield connection
            finally:
                await self._pool.putconn(connection)

    async def all(
        self, org_id: str, query: Statement, shape: type[Row], parameters: Mapping[str, Any]
    ) -> list[Row]:
        """Run one statement that enters its organisation itself; durable when this returns.

        Refuses `suspended` and `overloaded`.
        """
        require_applied(query, org_id, parameters)
        async with (
            self._connection() as connection,
            connection.cursor(row_factory=class_row(shape)) as cursor,
        ):
            await cursor.execute(query.text, parameters)
            return await cursor.fetchall()


def _was_cut(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
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


def _connection_arguments() -> dict[str, Any]:
    return {"application_name": APPLICATION_NAME, "options": _LIMITS, "prepare_threshold": 2}


async def _adapt_async(connection: psycopg.AsyncConnection[Any]) -> None:
    _adapt(connection.adapters)


def _adapt(adapters: AdaptersMap) -> None:
    # Identifiers cross this door as text, in the form that answers print.
    adapters.register_loader("uuid", TextLoader)
    adapters.register_dumper(dict, JsonbDumper)
    set_json_dumps(msgspec.json.encode, adapters)
