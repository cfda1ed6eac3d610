"""Connections and transactions: where Python meets PostgreSQL, and the one place that commits."""

from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self, TypeVar

import psycopg
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from velaurum.db import person_names, sessions
from velaurum.db.person_names import Names
from velaurum.db.queries import Statement, queries
from velaurum.db.refusals import translated
from velaurum.db.tallies import StatementCounts, Tally

Row = TypeVar("Row")
Org = TypeVar("Org", bound="Context")
QUERIES = queries(__package__, "entering.sql")
# The pool doubles the time between its attempts to connect. It gives up when its clients do, and the next client
# starts anew: so a database that was away for long is found again within two seconds.
POOL_WAIT_S = 5.0
ROWS_AT_ONCE = 5_000


class Context(Protocol):
    """Who works in which organisation, for one thing that takes a permission."""

    @property
    def org_id(self) -> str: ...
    @property
    def credential_id(self) -> str: ...
    @property
    def permission(self) -> str: ...
    @property
    def tally(self) -> Tally: ...
    def scoped(self, sub_org_ids: list[str] | None) -> Self:
        """Return the context with the departments that the database says; None is the whole organisation."""


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction. Verbs take it first; who opened it commits it.

    In an organisation it runs only statements that are proven to apply that organisation, bound to it. What it runs
    is counted for the request and for the process.
    """

    connection: psycopg.Connection[Any]
    org_id: str | None = None
    tally: Tally = field(default_factory=Tally)
    counts: StatementCounts = field(default_factory=StatementCounts)
    names: Names | None = None

    def enter(self, org: Org) -> "tuple[Tx, Org]":
        """Enter an organisation with a credential; the context comes back as the database sees it now.

        Refuses `unauthenticated`, `forbidden` and `suspended` as of this moment.
        """
        tx = replace(self, org_id=org.org_id, tally=org.tally)
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
        """Return every row as `shape`, by column name, with the names of people that it is declared to have."""
        with sessions.Cursor(self.connection, row_factory=class_row(shape)) as cursor:
            self._execute(cursor, query, parameters)
            rows = cursor.fetchall()
        return person_names.told(self, rows, shape)

    def streamed(self, query: Statement, shape: type[Row], **parameters: Any) -> Generator[Row]:
        """Yield every row as `shape`, by column name, of which some thousands are here at a time; none names people.

        Until all were taken, or it was closed, nothing else is asked of this transaction, which does not end either. A
        cursor that stays with the server would let it, but what is fetched from one the server does not count.
        """
        with (
            sessions.Cursor(self.connection, row_factory=class_row(shape)) as cursor,
            _counted(query, self.org_id, parameters, self.tally),
        ):
            try:
                yield from cursor.stream(query.text, parameters, size=ROWS_AT_ONCE)
            except BaseException as error:
                self.counts.failed(query, cursor, error)
                raise
            self.counts.completed(query, cursor)

    def values(self, query: Statement, kind: type[Row], **parameters: Any) -> list[Row]:
        """Return the first column of every row."""
        with sessions.Cursor(self.connection) as cursor:
            self._execute(cursor, query, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return [row[0] for row in rows if isinstance(row[0], kind)]

    def value(self, query: Statement, kind: type[Row], **parameters: Any) -> Row:
        """Return the only value of the only row."""
        (value,) = self.values(query, kind, **parameters)
        return value

    def run(self, query: Statement, **parameters: Any) -> int:
        """Run a statement for its effect; returns how many rows it answered."""
        with sessions.Cursor(self.connection) as cursor:
            self._execute(cursor, query, parameters)
            return cursor.rowcount

    def _execute(self, cursor: sessions.Cursor[Any], query: Statement, parameters: Mapping[str, Any]) -> None:
        with _counted(query, self.org_id, parameters, self.tally):
            try:
                cursor.execute(query.text, parameters)
            except BaseException as error:
                self.counts.failed(query, cursor, error)
                raise
            self.counts.completed(query, cursor)


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


@contextmanager
def _counted(
    query: Statement, org_id: str | None, parameters: Mapping[str, Any], tally: Tally
) -> Iterator[None]:
    """Let a statement run that applies its organisation, and count it when it did; count one that was stopped."""
    try:
        require_applied(query, org_id, parameters)
    except NotAppliedError:
        tally.refuse()
        raise
    yield
    tally.add(query)


class Database:
    """The application's door to one database: short transactions on pooled connections."""

    def __init__(
        self,
        conninfo: str,
        *,
        max_connections: int = 8,
        counts: StatementCounts | None = None,
        role: str | None = None,
    ) -> None:
        """Open lazily: the first transaction connects. The doors of one process share their `counts`.

        With `role` each connection becomes that role, which whoever connects must be allowed to. `names` opens what
        people are called in rows that are read through it; without it nobody has a name here.
        """
        self.names: Names | None = None
        self.counts = counts if counts is not None else StatementCounts()
        self._pool = ConnectionPool(
            conninfo,
            kwargs=sessions.arguments(role),
            configure=lambda connection: sessions.adapt(connection.adapters),
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
    def installation(self, tally: Tally | None = None) -> Iterator[Tx]:
        """Open a transaction in no organisation, for the request of a `tally`; commits and refuses as transaction()."""
        with translated(), self._connection() as connection, connection.transaction():
            tally = tally if tally is not None else Tally()
            yield Tx(connection, None, tally, self.counts, self.names)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        connection = self._pool.getconn()
        while sessions.was_cut(connection):
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

    def __init__(
        self, conninfo: str, *, max_connections: int = 4, counts: StatementCounts | None = None
    ) -> None:
        """Make it inside the event loop that uses it, then open() it."""
        self.counts = counts if counts is not None else StatementCounts()
        self._pool = AsyncConnectionPool(
            conninfo,
            kwargs=sessions.arguments() | {"autocommit": True},
            configure=sessions.adapt_async,
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
            while sessions.was_cut(connection):
                await self._pool.putconn(connection)
                connection = await self._pool.getconn()
            try:
                yield connection
            finally:
                await self._pool.putconn(connection)

    async def all(
        self,
        org_id: str,
        query: Statement,
        shape: type[Row],
        parameters: Mapping[str, Any],
        tally: Tally | None = None,
        *,
        rolled_back: bool = False,
    ) -> list[Row]:
        """Run one statement that enters its organisation itself; durable, or `rolled_back`, when this returns.

        Refuses `suspended` and `overloaded`.
        """
        with _counted(query, org_id, parameters, tally if tally is not None else Tally()):
            async with (
                self._connection() as connection,
                connection.transaction(force_rollback=True) if rolled_back else nullcontext(),
                sessions.AsyncCursor(connection, row_factory=class_row(shape)) as cursor,
            ):
                try:
                    await cursor.execute(query.text, parameters)
                except BaseException as error:
                    self.counts.failed(query, cursor, error)
                    raise
                self.counts.completed(query, cursor)
                return await cursor.fetchall()
