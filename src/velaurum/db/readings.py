"""Readings: one snapshot of a whole database that cannot be written through it, for whoever checks it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql

from velaurum.db import external, sessions
from velaurum.db.connection import Tx
from velaurum.errors import OperationError

AUDITOR = "velaurum_auditor"
_OWNER = "velaurum_owner"
# An index holds copies of what stands in the rows; the rows are what is checked. Functions are the server's own, also
# where somebody gave the reader a search_path that finds others first.
_SETTINGS = "set local enable_indexonlyscan = off; set local search_path = ''"
# The bytes of "verify", as a number that nothing else of the product locks.
_LOCK = int.from_bytes(b"verify")
_TRY_LOCK = "select pg_catalog.pg_try_advisory_lock(%s)"
_UNLOCK = "select pg_catalog.pg_advisory_unlock(%s)"
_EXPORT = "select pg_catalog.pg_export_snapshot()"
_MAY_BECOME = "select pg_catalog.pg_has_role(current_user, %s, 'set')"


class UnreadableError(Exception):
    """The server cannot read what is stored. The message is what it says."""


@contextmanager
def reading(conninfo: str, snapshot: str | None = None) -> Iterator[Tx]:
    """Open a snapshot of the database: every read in the block sees the same moment, and nothing can be written.

    With `snapshot` it is the moment of another reading, which goes on meanwhile. An administrator reads as the
    auditor or, where that is not allowed, as the owner. UnreadableError when what is read is damaged; OperationError
    when the database cannot be reached.
    """
    with external.connected(conninfo) as connection:
        sessions.adapt(connection.adapters)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with readable(), connection.transaction():
            if snapshot is not None:
                connection.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot)))
            _become_reader(connection)
            connection.execute(_SETTINGS)
            yield Tx(connection)


def snapshot(tx: Tx) -> str:
    """Return the name of a reading's moment, for others that read the same."""
    row = tx.connection.execute(_EXPORT).fetchone()
    if row is None:
        raise AssertionError("a snapshot has a name")
    return str(row[0])


@contextmanager
def readable() -> Iterator[None]:
    """Turn what the server says of what it cannot read into UnreadableError.

    OperationError when somebody stopped the server, or this session, in an orderly way: that is no damage.
    """
    try:
        yield
    except psycopg.errors.AdminShutdown as error:
        raise OperationError(
            "The server was stopped, or ended the reading, before it was done; run it again."
        ) from error
    except (psycopg.DataError, psycopg.InternalError, psycopg.OperationalError) as error:
        # A damaged page and a value that is none; a server that went away is among them, and reads nothing either.
        raise UnreadableError(str(error).splitlines()[0]) from error


def _become_reader(connection: psycopg.Connection[Any]) -> None:
    if connection.info.user == AUDITOR:
        return
    for role in (AUDITOR, _OWNER):
        row = connection.execute(_MAY_BECOME, [role]).fetchone()
        if row and row[0]:
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            return


@contextmanager
def alone(conninfo: str) -> Iterator[bool]:
    """Tell whether nobody else is in such a block on this database now; whoever is alone stays so until its end."""
    with external.connected(conninfo) as connection:
        connection.autocommit = True  # a transaction would hold back what may be cleaned up
        is_alone = connection.execute(_TRY_LOCK, [_LOCK]).fetchone() == (True,)
        try:
            yield is_alone
        finally:
            # The server notices a moment later that a connection was closed: the next one may look before that.
            if is_alone:
                with suppress(psycopg.OperationalError):
                    connection.execute(_UNLOCK, [_LOCK])
