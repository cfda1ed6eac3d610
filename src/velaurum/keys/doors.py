"""Doors to the database that are no pool of connections."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from velaurum.db.connection import Tx


class Door(Protocol):
    """A way to the database that opens transactions, as Database does."""

    def installation(self) -> AbstractContextManager[Tx]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Within:
    """A door that stays in a transaction which is open already."""

    tx: Tx

    def installation(self) -> AbstractContextManager[Tx]:
        """Return the transaction, which goes on after the block."""
        return nullcontext(self.tx)

    def close(self) -> None:
        """Leave the transaction to whoever opened it."""
