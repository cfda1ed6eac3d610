"""Rows of a log along their indexes, from whichever table: what the walk along them needs of each."""

from collections.abc import Iterator
from typing import Protocol

from velaurum.db.connection import Tx
from velaurum.ops.evidence import movements, versions
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


def along(tx: Tx, org_id: OrgId) -> Iterator[list[Row]]:
    """Yield all rows of a log along their indexes, a bounded number at once, over every gap."""
    at: int | None = 0
    while at is not None:
        until = at + AT_ONCE
        chunk: list[Row] = [
            *movements.between(tx, org_id, at, until),
            *versions.between(tx, org_id, at, until),
        ]
        at = until
        if chunk:
            yield sorted(chunk, key=lambda one: one.log_index)
        else:
            indexes = movements.next_index(tx, org_id, at), versions.next_index(tx, org_id, at)
            at = min((one for one in indexes if one is not None), default=None)


def broken(tx: Tx, org_id: OrgId, chunk: list[Row]) -> Iterator[tuple[Row, str, str]]:
    """Yield each row that names what is not there, or is not what it says to be: a code, and a sentence."""
    yield from movements.broken(tx, org_id, [one for one in chunk if isinstance(one, Movement)])
    yield from versions.broken(one for one in chunk if isinstance(one, Version))
