"""Migrations: numbered files forward only, then routines and grants as they stand now, in one order, once at a time."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import psycopg
from psycopg import sql

from velaurum.errors import OperationError

OWNER = "velaurum_owner"
LOCK_TIMEOUT = "4s"
# Any fixed number: it names the lock that lets one migration run at a time in a database.
_LOCK = 8_420_001
_ROUTINES = "routines and grants"


@dataclass(frozen=True, slots=True)
class Applied:
    """What a migration run did."""

    migrations: tuple[str, ...]
    routines: bool
    fence: bool


def migrate(conninfo: str, *, again: bool = False) -> Applied:
    """Bring the database of `conninfo` to this release, as its administrator.

    `again` re-applies routines and grants even when they are unchanged. OperationError when a migration
    that ran before has other bytes now, or when the database is newer than this release.
    """
    with _administrator(conninfo) as connection:
        fenced = _install_fence(connection)
        _apply(connection, "roles.sql", as_owner=False)
        done = _recorded(connection)
        names = []
        for number, file in enumerate(_migrations(), start=1):
            if _is_new(file, number, done):
                _apply_migration(connection, number, file)
                names.append(file.name)
        if unknown := set(done) - {file.name for file in _migrations()} - {_ROUTINES}:
            raise OperationError(
                f"The database has {min(unknown)}, which this release does not know; upgrade Velaurum."
            )
        routines = again or bool(names) or done.get(_ROUTINES) != _routines_checksum()
        if routines:
            _apply_routines(connection)
        return Applied(tuple(names), routines, fenced)


def is_current(conninfo: str) -> bool:
    """Tell whether migrate() would find nothing to do."""
    with psycopg.connect(conninfo, autocommit=True, application_name="velaurum-migrate") as connection:
        return not pending(connection)


def pending(connection: psycopg.Connection[Any]) -> list[str]:
    """Name what migrate() would still apply; any role that reads platform.migration may ask."""
    done = _recorded(connection)
    names = [file.name for file in _migrations() if file.name not in done]
    return names if done.get(_ROUTINES) == _routines_checksum() else [*names, _ROUTINES]


@contextmanager
def _administrator(conninfo: str) -> Iterator[psycopg.Connection[Any]]:
    # Migrations take longer than the application's statements; only waiting for locks is bounded.
    with psycopg.connect(conninfo, autocommit=True, application_name="velaurum-migrate") as connection:
        connection.execute(sql.SQL("set lock_timeout = {}").format(LOCK_TIMEOUT))
        connection.execute("set client_min_messages = warning")
        connection.execute("set check_function_bodies = off")
        try:
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
        except psycopg.errors.LockNotAvailable:
            raise OperationError("Another migration of this database is running; wait for it.") from None
        yield connection


def _install_fence(connection: psycopg.Connection[Any]) -> bool:
    """Install the event triggers where the administrator may; elsewhere `doctor` says that they are missing."""
    row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    if row is None or not row[0]:
        return False
    _apply(connection, "fence.sql", as_owner=False)
    return True


def _apply_migration(connection: psycopg.Connection[Any], number: int, file: Traversable) -> None:
    text = file.read_bytes()
    with connection.transaction():
        _open_fence(connection)
        _become_owner(connection)
        connection.execute(text)
        if number == 1:
            connection.execute(_MIGRATION_TABLE)
        _record(connection, file.name, hashlib.sha256(text).digest())


def _apply_routines(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction():
        _open_fence(connection)
        _become_owner(connection)
        for file in _routines():
            connection.execute(file.read_bytes())
        connection.execute((_sql() / "grants.sql").read_bytes())
        _record(connection, _ROUTINES, _routines_checksum())
        connection.execute("reset role")
        if _has_fence(connection):
            connection.execute("select fence.protect()")


def _apply(connection: psycopg.Connection[Any], name: str, *, as_owner: bool) -> None:
    with connection.transaction():
        if as_owner:
            _become_owner(connection)
        connection.execute((_sql() / name).read_bytes())


def _become_owner(connection: psycopg.Connection[Any]) -> None:
    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER)))


def _open_fence(connection: psycopg.Connection[Any]) -> None:
    if _has_fence(connection):
        connection.execute("select fence.open()")


def _has_fence(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(
        "select to_regnamespace('fence') is not null and has_schema_privilege(to_regnamespace('fence'), 'usage')"
    ).fetchone()
    return bool(row and row[0])


_MIGRATION_TABLE = """
create table platform.migration (
    name text not null primary key,
    checksum bytea not null,
    applied_at timestamptz not null default clock_timestamp(),
    applied_by name not null default session_user
)
"""


def _recorded(connection: psycopg.Connection[Any]) -> dict[str, bytes]:
    exists = connection.execute("select to_regclass('platform.migration') is not null").fetchone()
    if not (exists and exists[0]):
        return {}
    rows = connection.execute("select name, checksum from platform.migration").fetchall()
    return {name: bytes(checksum) for name, checksum in rows}


def _record(connection: psycopg.Connection[Any], name: str, checksum: bytes) -> None:
    connection.execute(
        "insert into platform.migration (name, checksum) values (%s, %s) on conflict (name) do update"
        " set checksum = excluded.checksum, applied_at = excluded.applied_at, applied_by = excluded.applied_by",
        [name, checksum],
    )


def _is_new(file: Traversable, number: int, done: dict[str, bytes]) -> bool:
    if int(file.name[:4]) != number:
        raise OperationError(f"{file.name} is out of order: number {number} was expected.")
    if file.name not in done:
        return True
    if done[file.name] != hashlib.sha256(file.read_bytes()).digest():
        raise OperationError(
            f"{file.name} was changed after it was applied; restore it and add a new migration."
        )
    return False


def _sql() -> Traversable:
    return resources.files("velaurum.sql")


def _migrations() -> list[Traversable]:
    return sorted((_sql() / "migrations").iterdir(), key=lambda file: file.name)


def _routines() -> list[Traversable]:
    return sorted((_sql() / "routines").iterdir(), key=lambda file: file.name)


def _routines_checksum() -> bytes:
    together = b"\0".join(file.read_bytes() for file in [*_routines(), _sql() / "grants.sql"])
    return hashlib.sha256(together).digest()
