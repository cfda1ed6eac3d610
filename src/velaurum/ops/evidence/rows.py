"""Rows of a log along their indexes, from whichever table: what the walk along them needs of each."""

from collections.abc import Iterator
from typing import Protocol

from velaurum.db.connection import Tx
from velaurum.ops.evidence import conversions, movements, periods, versions
from velaurum.ops.evidence.movements import Movement
from velaurum.ops.evidence.versions import Version
from velaurum.tenancy.context import OrgId

AT_ONCE = 2_000


class Row(Protocol):
    """A row with a log index: its entry as it is stored and as it is rebuilt, and which transaction wrote it."""

    @property
    def org_id(self) -> str: ...
    @property
    def log_index(self) -> int: ...
    @property
    def record_id(self) -> str: ...
    @property
    def recorded_at(self) -> str | None: ...
    @property
    def entry(self) -> bytes: ...
    @property
    def leaf_hash(self) -> bytes: ...
    @property
    def xid(self) -> str | None: ...
    @property
    def xmin(self) -> str: ...
    @property
    def is_as_written(self) -> bool | None: ...
    @property
    def is_of_one_commit(self) -> bool | None: ...
    @property
    def committed_after_s(self) -> float | None: ...
    def rebuilt(self) -> bytes: ...
    def values_that_differ(self) -> Iterator[str]: ...


def chunk(tx: Tx, org_id: OrgId, at: int, until: int) -> tuple[list[Row], int | None]:
    """Return a bounded number of the rows from one index to before another, and the index to go on from.

    It is the first one with a row where there was none, and None at the end of the log.
    """
    beyond = min(at + AT_ONCE, until)
    found: list[Row] = [
        *movements.between(tx, org_id, at, beyond),
        *versions.between(tx, org_id, at, beyond),
    ]
    if found:
        return sorted(found, key=lambda one: one.log_index), beyond
    indexes = movements.next_index(tx, org_id, beyond), versions.next_index(tx, org_id, beyond)
    return [], min((one for one in indexes if one is not None), default=None)


def broken(tx: Tx, org_id: OrgId, chunk: list[Row]) -> Iterator[tuple[Row, str, str]]:
    """Yield each row that names what is not there, or is not what it says to be: a code, and a sentence."""
    moved = [one for one in chunk if isinstance(one, Movement)]
    yield from movements.broken(tx, org_id, moved)
    for row in conversions.wrong(tx, org_id, moved):
        yield row, "conversion-differs", f"It states {row.stated_quantity} {row.stated_unit}."
    for row, said in periods.entered(tx, org_id, moved):
        yield row, "period-entered", said
    yield from versions.broken(one for one in chunk if isinstance(one, Version))
