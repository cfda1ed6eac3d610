"""Migrations: numbered files forward only, then routines and grants as they stand now, in one order, once at a time."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import psycopg
from psycopg import sql

from velaurum.db import fence, library, witness
from velaurum.errors import OperationError

OWNER = "velaurum_owner"
LOCK_TIMEOUT = "4s"
# Another run makes a database from nothing: servers that begin together wait for the first of them.
RUN_TIMEOUT = "60s"
# Any fixed number: it names the lock that lets one migration run at a time in a database.
_LOCK = 8_420_001
_ROUTINES = "routines and grants"
_APPLICATION_NAME = "velaurum-migrate"
_MAY_BE_OWNER = "select pg_catalog.pg_has_role(pg_catalog.to_regrole(%s), 'set')"
_HAS_RECORD = (
    "select 1 from pg_catalog.pg_class as c inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid"
    " where (n.nspname, c.relname) = ('platform', 'migration')"
    " and pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select')"
)
_RECORD = "select name, checksum from platform.migration"
INSPECTIONS = ((_MAY_BE_OWNER, [OWNER]), (_HAS_RECORD, None), (_RECORD, None))
_AS_OWNER = sql.SQL("set local role {}").format(sql.Identifier(OWNER))


@dataclass(frozen=True, slots=True)
class Applied:
    """What a migration run did."""

    migrations: tuple[str, ...]
    routines: bool
    fence: bool  # whether the DDL fence stands now


def migrate(conninfo: str, *, again: bool = False) -> Applied:
    """Bring the database of `conninfo` to this release, as its administrator.

    `again` re-applies routines and grants even when they are unchanged. OperationError, before anything is
    changed, when a migration that ran has other bytes now or when the database is newer than this release;
    OperationError too when another migration runs, or a session holds what has to change.
    """
    with administrator(conninfo) as connection:
        done = _recorded(connection)
        new = _new(done)
        _apply_roles(connection)
        fence.install(connection)
        for file in new:
            _apply_migration(connection, file)
        made = library.NAME not in done
        if made:
            _apply_library(connection)
        routines = again or bool(new) or made or done.get(_ROUTINES) != _routines_checksum()
        if routines:
            _apply_routines(connection)
        witness.install(connection)
        return Applied(tuple(file.name for file in new), routines, fence.stands(connection))


def is_current(conninfo: str) -> bool:
    """Tell whether migrate() would find nothing to do."""
    with psycopg.connect(conninfo, autocommit=True, application_name=_APPLICATION_NAME) as connection:
        return not pending(connection) and not fence.is_stale(connection) and not _is_open(connection)


def pending(connection: psycopg.Connection[Any]) -> list[str]:
    """Name what migrate() would still apply; any role may ask that reads platform.migration."""
    done = _recorded(connection)
    names = [file.name for file in _migrations() if file.name not in done]
    names += [library.NAME] if library.NAME not in done else []
    return names if done.get(_ROUTINES) == _routines_checksum() else [*names, _ROUTINES]


def _is_open(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the database still has the rights of a new one: a dump and a template do not carry them."""
    row = connection.execute(
        "select pg_catalog.has_database_privilege('velaurum_app', pg_catalog.current_database(), 'temporary')"
    ).fetchone()
    return bool(row and row[0])


@contextmanager
def administrator(conninfo: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect as the administrator, who alone migrates at a time. OperationError for what stands in the way."""
    # Migrations take longer than the application's statements; only waiting for locks is bounded.
    with psycopg.connect(conninfo, autocommit=True, application_name=_APPLICATION_NAME) as connection:
        connection.execute(sql.SQL("set lock_timeout = {}").format(RUN_TIMEOUT))
        connection.execute("set client_min_messages = warning")
        connection.execute("set check_function_bodies = off")
        try:
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
        except psycopg.errors.LockNotAvailable:
            raise OperationError("Another migration of this database is running; wait for it.") from None
        connection.execute(sql.SQL("set lock_timeout = {}").format(LOCK_TIMEOUT))
        try:
            yield connection
        except psycopg.errors.LockNotAvailable as error:
            raise OperationError(
                f"The migration waited {LOCK_TIMEOUT} for a table that another session holds, and changed "
                "nothing of it; end that session, or migrate again when it is done."
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise OperationError(
                f"This role may not migrate ({error.diag.message_primary}); "
                "use the owner of the database, with CREATEROLE, or a superuser."
            ) from error


def _apply_roles(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction():
        fence.pass_through(connection)
        connection.execute((_sql() / "roles.sql").read_bytes())


def _apply_migration(connection: psycopg.Connection[Any], file: Traversable) -> None:
    text = file.read_bytes()
    with migrating(connection):
        connection.execute(text)
        connection.execute(_MIGRATION_TABLE)
        _record(connection, file.name, hashlib.sha256(text).digest())


def _apply_library(connection: psycopg.Connection[Any]) -> None:
    with migrating(connection):
        library.make(connection)
        _record(connection, library.NAME, library.checksum())


def _apply_routines(connection: psycopg.Connection[Any]) -> None:
    with migrating(connection):
        for file in _routines():
            connection.execute(file.read_bytes())
        connection.execute((_sql() / "grants.sql").read_bytes())
        _record(connection, _ROUTINES, _routines_checksum())


@contextmanager
def migrating(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Run the block as the owner, in one transaction that the fence lets pass and then encloses."""
    with connection.transaction():
        fence.open_window(connection)
        connection.execute(_AS_OWNER)
        yield
        connection.execute("reset role")
        fence.protect(connection)


_MIGRATION_TABLE = """
create table if not exists platform.migration (
    name text not null primary key,
    checksum bytea not null,
    applied_at timestamptz not null default clock_timestamp(),
    applied_by name not null default session_user
)
"""


def _recorded(connection: psycopg.Connection[Any]) -> dict[str, bytes]:
    """Return the checksums of what was applied, as far as this role can see it."""
    with connection.transaction():
        # An administrator without superuser sees it as the owner only.
        row = connection.execute(_MAY_BE_OWNER, [OWNER]).fetchone()
        if row and row[0]:
            connection.execute(_AS_OWNER)
        row = connection.execute(_HAS_RECORD).fetchone()
        rows = connection.execute(_RECORD).fetchall() if row else []
        connection.execute("reset role")
    return {name: bytes(checksum) for name, checksum in rows}


def _record(connection: psycopg.Connection[Any], name: str, checksum: bytes) -> None:
    connection.execute(
        "insert into platform.migration (name, checksum) values (%s, %s) on conflict (name) do update"
        " set checksum = excluded.checksum, applied_at = excluded.applied_at, applied_by = excluded.applied_by",
        [name, checksum],
    )


def _new(done: Mapping[str, bytes]) -> list[Traversable]:
    """Return the migrations to apply, in order. OperationError when the record and the files disagree."""
    files = _migrations()
    for number, file in enumerate(files, start=1):
        if int(file.name[:4]) != number:
            raise OperationError(f"{file.name} is out of order: number {number} was expected.")
        if file.name in done and done[file.name] != hashlib.sha256(file.read_bytes()).digest():
            raise OperationError(
                f"{file.name} was changed after it was applied; restore it and add a new migration."
            )
    if done.get(library.NAME, library.checksum()) != library.checksum():
        raise OperationError(
            f"The text of {library.NAME} is not what was applied; install the release of it again."
        )
    if unknown := done.keys() - {file.name for file in files} - {_ROUTINES, library.NAME}:
        raise OperationError(
            f"The database has {min(unknown)}, which this release does not know; upgrade Velaurum."
        )
    return [file for file in files if file.name not in done]


def _sql() -> Traversable:
    return resources.files("velaurum.sql")


def _migrations() -> list[Traversable]:
    return _files("migrations")


def _routines() -> list[Traversable]:
    return _files("routines")


def _files(folder: str) -> list[Traversable]:
    found = [file for file in (_sql() / folder).iterdir() if file.name.endswith(".sql")]
    return sorted(found, key=lambda file: file.name)


def _routines_checksum() -> bytes:
    together = b"\0".join(file.read_bytes() for file in [*_routines(), _sql() / "grants.sql"])
    return hashlib.sha256(together).digest()
