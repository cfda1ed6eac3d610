"""Statements of the installation that the application's role runs beside the gateway: the whole list, by their text.

They look at the server, the system catalogue and the tables of `platform`, and at no row of any organisation.
"""

from collections.abc import Iterator
from importlib import resources
from typing import Any

from velaurum.db import external, fence, migrate, witness, written

Inspection = tuple[str | bytes, list[Any] | None]


def every() -> Iterator[Inspection]:
    """Yield each with parameters like those that it is run with."""
    yield from external.INSPECTIONS
    yield from fence.INSPECTIONS
    yield from migrate.INSPECTIONS
    yield from witness.INSPECTIONS
    yield from written.INSPECTIONS
    for name in ("catalogue.sql", "manifest.sql", "columns.sql"):
        yield (resources.files("velaurum.sql") / name).read_bytes(), None
