"""Attempts on the ledger, made for real and always rolled back: what the database says to whoever rewrites it."""

from dataclasses import dataclass

import psycopg

OWNER = "velaurum_owner"
REWRITE = "update ledger.movement set quantity = quantity + 1"
# Inside an organisation, so that row security is not what refuses.
_INSIDE = """
select set_config('velaurum.org', o.org_id::text, false), set_config('velaurum.sub_orgs', '*', false)
from tenancy.org as o order by o.code limit 1
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A statement that was run as a role, and with which SQLSTATE and words it was refused; null if it was not."""

    role: str
    statement: str
    sqlstate: str | None
    said: str | None

    @property
    def is_refused(self) -> bool:
        return self.sqlstate is not None


def rewrite_as_application(app_conninfo: str) -> Attempt:
    """Try to change every movement with the application's own credentials."""
    return _rewrite(app_conninfo, become=None)


def rewrite_as_owner(admin_conninfo: str) -> Attempt:
    """Try to change every movement as the owner of the table, which only an administrator can become."""
    return _rewrite(admin_conninfo, become=OWNER)


def _rewrite(conninfo: str, become: str | None) -> Attempt:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if become is not None:
            connection.execute(f"set role {become}")
        connection.execute(_INSIDE)
        role = connection.execute("select current_user").fetchone()
        if role is None:
            raise AssertionError("a session always has a user")
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(REWRITE)
        except psycopg.Error as error:
            return Attempt(role[0], REWRITE, error.sqlstate, error.diag.message_primary)
    return Attempt(role[0], REWRITE, None, None)
