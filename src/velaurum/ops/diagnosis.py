"""Findings: what a check of `velaurum doctor` yields, and how it gets to a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from velaurum.db import external, migrate
from velaurum.db.connection import Database, Tx
from velaurum.errors import OperationError, Refusal
from velaurum.ops import recording


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `holds` is None where the check could not look."""

    name: str
    holds: bool | None
    mend: str


@contextmanager
def door(application: str) -> Iterator[Database]:
    """Open a door to a migrated database; what is run through it is recorded, as what every process runs."""
    made = Database(application, max_connections=1)
    try:
        yield made
    finally:
        recording.record(made)
        made.close()


@contextmanager
def outside(application: str) -> Iterator[Tx]:
    with door(application) as opened, opened.installation() as tx:
        yield tx


def pending(conninfo: str) -> list[str]:
    """Name the migrations that a database lacks. OperationError where it does not answer."""
    external.findings(conninfo)  # says in a sentence why the server cannot be reached
    plain = Database(conninfo, max_connections=1)
    try:
        with plain.installation() as tx:
            return migrate.pending(tx.connection)
    except Refusal as refusal:
        raise OperationError("The database does not answer; look at the server.") from refusal
    finally:
        plain.close()
