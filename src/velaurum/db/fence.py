"""The DDL fence: installed by a superuser, open for the length of a migration's transaction, and nobody else's."""

from importlib import resources
from typing import Any

import psycopg

from velaurum.errors import OperationError

SCHEMAS = (
    *(
        "platform",
        "tenancy",
        "identity",
        "catalog",
        "ledger",
        "counting",
        "audit",
        "events",
        "jobs",
        "webhooks",
        "transport",
        "keys",
    ),
    "procrastinate",
)
TRIGGERS = ("fence_start", "fence_command", "fence_drop", "fence_rewrite")
_STANDS = (
    "select count(*) from pg_catalog.pg_event_trigger as t"
    " inner join pg_catalog.pg_roles as r on t.evtowner = r.oid"
    " where t.evtname = any(%s) and t.evtenabled = 'A' and r.rolsuper"
    " and pg_catalog.current_setting('event_triggers')::boolean"
)
_OWNER_IS_CLOSED = (
    "select exists (select from pg_catalog.pg_roles as r where r.rolname = 'velaurum_owner' and not r.rolcanlogin)"
    " and not exists (select from pg_catalog.pg_roles as r where r.rolname like 'velaurum@_%%' escape '@'"
    " and r.rolname <> 'velaurum_owner' and not r.rolsuper"
    " and pg_catalog.pg_has_role(r.oid, 'velaurum_owner', 'member'))"
    " and not exists (select from pg_catalog.pg_namespace as n where n.nspname = any(%s)"
    " and n.nspowner <> pg_catalog.to_regrole('velaurum_owner'))"
)
INSPECTIONS = ((_STANDS, [list(TRIGGERS)]), (_OWNER_IS_CLOSED, [list(SCHEMAS)]))


def install(connection: psycopg.Connection[Any]) -> None:
    """Raise the fence around what stands now, where the administrator may; stands() tells whether there is one."""
    if _is_superuser(connection):
        with connection.transaction():
            pass_through(connection)
            connection.execute((resources.files("velaurum.sql") / "fence.sql").read_bytes())


def open_window(connection: psycopg.Connection[Any]) -> None:
    """Let this transaction change what is protected. OperationError when only a superuser could."""
    pass_through(connection)
    if _exists(connection) and not _is_superuser(connection):
        raise OperationError(
            "A superuser has fenced this database in; run `velaurum migrate` with the URL of a superuser."
        )


def pass_through(connection: psycopg.Connection[Any]) -> None:
    """Open the window where this role can: the fence of a restored database refuses every GRANT."""
    if _exists(connection) and _is_superuser(connection):
        connection.execute("select fence.open()")


def protect(connection: psycopg.Connection[Any]) -> None:
    """Close the fence around what this migration made; still in its transaction, as the administrator."""
    if _exists(connection):
        connection.execute("select fence.protect()")


def stands(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether every part of the fence is there, is on, and belongs to a superuser; any role may ask."""
    row = connection.execute(_STANDS, [list(TRIGGERS)]).fetchone()
    return bool(row and row[0] == len(TRIGGERS))


def owner_is_closed(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the owner owns, and neither logs in nor has a role of the product as a member; any role may ask."""
    row = connection.execute(_OWNER_IS_CLOSED, [list(SCHEMAS)]).fetchone()
    return bool(row and row[0])


def is_stale(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether install() has something to do: no fence yet, or it came here by a restore.

    False for whoever may not install it.
    """
    if not _is_superuser(connection):
        return False
    if not (_exists(connection) and stands(connection)):
        return True
    row = connection.execute("select fence.is_current()").fetchone()
    return not (row and row[0])


def _exists(connection: psycopg.Connection[Any]) -> bool:
    # What somebody else put into a schema of this name must not be run by a superuser.
    row = connection.execute(
        "select 1 from pg_catalog.pg_namespace as n inner join pg_catalog.pg_roles as r on n.nspowner = r.oid"
        " where n.nspname = 'fence' and r.rolsuper"
    ).fetchone()
    return row is not None


def _is_superuser(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(
        "select rolsuper from pg_catalog.pg_roles where rolname = current_user"
    ).fetchone()
    return bool(row and row[0])
