"""The operator: the role that takes a held log up again. Nobody logs in as it; the administrator becomes it."""

from velaurum.db import external
from velaurum.db.connection import Database
from velaurum.errors import OperationError

ROLE = "velaurum_operator"
_MAY_BECOME = "select coalesce(pg_catalog.pg_has_role(pg_catalog.to_regrole(%s), 'set'), false)"


def door(administrator: str) -> Database:
    """Open a door as the operator, for who connects as the administrator.

    OperationError, before anything is changed, where the administrator may not become it.
    """
    with external.connected(administrator) as connection:
        row = connection.execute(_MAY_BECOME, [ROLE]).fetchone()
    if not (row and row[0]):
        raise OperationError(
            f"The role of this URL may not become {ROLE}, so that it takes no log up again; let a superuser run "
            f"`grant {ROLE} to ROLE with inherit false, set true`, with its name."
        )
    return Database(administrator, max_connections=1, role=ROLE)
