"""Statement tallies: how often each process ran each statement, for the witness to be compared with."""

from collections.abc import Sequence

import msgspec

from velaurum import __version__
from velaurum.db.connection import Tx
from velaurum.db.queries import queries, registry_hash

QUERIES = queries(__package__, "statement_tallies.sql")
RECORD = QUERIES["record"]


class Boot(msgspec.Struct, frozen=True):
    """One run of a process: an id of its own, and the release and the registry of statements that it runs."""

    id: str
    release: str = __version__
    registry_hash: bytes = registry_hash()


class StatementTally(msgspec.Struct, frozen=True):
    """A count by now. `types` are those of the parameters; `query_id` is the server's id, None where it gives none."""

    statement: str
    types: list[int]
    query_id: int | None
    calls: int
    unanswered: int


def record(
    tx: Tx, boot: Boot, tallies: Sequence[StatementTally], *, events_lost: int = 0, has_ended: bool = False
) -> None:
    """Let the counts of a process be at least these."""
    tx.run(
        RECORD,
        boot_id=boot.id,
        release=boot.release,
        registry_hash=boot.registry_hash,
        # As text, so that its type does not change with its size.
        events_lost=str(events_lost),
        has_ended=has_ended,
        tallies=msgspec.json.encode(tallies).decode(),
    )
