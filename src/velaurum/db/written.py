"""Whether a transaction has written, or holds a row: then others may wait for it, and it must wait for nobody."""

from typing import Any

import psycopg

# A transaction has an id from its first write, or lock of a row, on.
_HAS_WRITTEN = "select pg_catalog.pg_current_xact_id_if_assigned() is not null"
INSPECTIONS = ((_HAS_WRITTEN, None),)


def has_written(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether this transaction has written anything so far, or locked any row."""
    row = connection.execute(_HAS_WRITTEN).fetchone()
    return row is not None and bool(row[0])
