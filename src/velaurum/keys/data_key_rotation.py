"""Rotation of data keys: new ones seal, what old ones sealed is sealed anew, and these are destroyed (V-09).

Where it stands is in the keys themselves: an old one opens only, until nothing is under it. Whoever begins again
goes on.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from velaurum.db.connection import Tx
from velaurum.errors import OperationError, Refusal
from velaurum.keys import data_keys, ready_rows
from velaurum.keys.at_hand import at_hand
from velaurum.keys.doors import Door
from velaurum.keys.envelopes import EnvelopeError
from velaurum.keys.keyring import Keyring, Plain
from velaurum.keys.refusing import ShareLostError, unavailable
from velaurum.keys.sealed_columns import Row, SealedColumn
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.keys")
BATCH = 100
# Whoever read a row before it was sealed anew has opened it by then: no transaction waits for longer.
REST_S = 60.0
_LOOK_S = 0.25
_MOST_AT_ONCE = 1000
_MOST_FRUITLESS = 20  # passes in which nothing could be done: no use waiting for more of them
Noting = Callable[[int, int], None]
Content = tuple[Row, bytes]
# Why one row does not open while others do.
_CLOSED = (EnvelopeError, ShareLostError)


@dataclass(slots=True)
class Resealed:
    """What came of it: rows sealed anew, keys destroyed, and rows that do not open, whose keys stay."""

    rows: int = 0
    keys: int = 0
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DataKeyRotation:
    """Rotates the data keys of one organisation at a time. `note` gets how much is done, of how much; it may raise."""

    door: Door
    keyring: Keyring
    columns: Sequence[SealedColumn]
    note: Noting = lambda _done, _total: None
    rest_s: float = REST_S
    batch: int = BATCH

    def run(self, org_id: OrgId, before: datetime | None = None) -> Resealed:
        """Rotate every key that was made before an instant: that of a rotation which has not ended, or now.

        Refuses `key-unavailable` and `overloaded`; OperationError when rows cannot be sealed anew. What was done by
        then stays done.
        """
        with self._within(org_id) as tx:
            began = before or data_keys.rotation_began(tx, org_id)
        self._mint(org_id, began)
        done = Resealed()
        rested, fruitless = False, 0
        while fruitless < _MOST_FRUITLESS:
            done.unreadable, so_far = [], done.rows
            found = sum(self._reseal(org_id, column, done) for column in self.columns)
            if found == 0 and rested:
                if self._destroy(org_id, done):
                    self._tell(org_id, done)
                    return done
                rested = False
            elif found == 0:
                self._rest(org_id, done)
                rested = True
                continue
            fruitless = fruitless + 1 if done.rows == so_far else 0
        raise OperationError(
            "Data keys of before stay, because rows under them cannot be sealed anew. `velaurum verify db` names what"
            " does not hold; rotate again after that."
        )

    def _mint(self, org_id: OrgId, before: datetime) -> None:
        after = data_keys.FIRST
        while True:
            with self._within(org_id) as tx:
                keys = data_keys.older(tx, org_id, before, after=after, limit=self.batch)
            if not keys:
                return
            for key in keys:
                self._replace_key(org_id, key)
            after = keys[-1].id

    def _replace_key(self, org_id: OrgId, key: data_keys.DataKey) -> None:
        try:
            self.keyring.mint(org_id, key.subject_id, key)
        except (
            ShareLostError
        ) as lost:  # what is under it does not open; whoever has the share back rotates again
            log.error("The key %s of a person keeps its place: %s", key.id, lost.detail)  # noqa: TRY400
        except Refusal as refusal:
            if refusal.code != "conflict":  # erased meanwhile: there is nothing to seal anew
                raise

    def _reseal(self, org_id: OrgId, column: SealedColumn, done: Resealed) -> int:
        """Go through a column once; return how many rows were under a key that has to go, and can be opened."""
        found, after = 0, data_keys.FIRST
        while True:
            with self._within(org_id) as tx:
                ids = data_keys.outgoing(tx, org_id, limit=_MOST_AT_ONCE)
                rows = column.rows(tx, org_id, ids, after, self.batch)
            if not rows:
                return found
            sealed, after = self._batch(org_id, column, rows, done)
            found += sealed
            self._tell(org_id, done)

    def _batch(self, org_id: OrgId, column: SealedColumn, rows: list[Row], done: Resealed) -> tuple[int, str]:
        """Seal rows anew, with keys at hand: what is held meanwhile waits for no provider.

        Returns how many were sealed, and the id of the last that was looked at.
        """
        for _ in range(_MOST_FRUITLESS):
            unreadable = len(done.unreadable)
            ready, last = ready_rows.ready(
                self.door, self.keyring, org_id, rows, lambda row: _name(column, row, done)
            )
            try:
                with self._within(org_id) as tx:
                    sealed, replaced = self._replaced(tx, org_id, column, ready, done)
            except Refusal as refusal:
                if refusal.code != "key-unavailable":
                    raise
                del done.unreadable[unreadable:]  # a key was closed, or followed by another, since: once more
            else:
                done.rows += replaced
                return sealed, last.row_id
        raise unavailable("the keys change too fast")

    def _replaced(
        self, tx: Tx, org_id: OrgId, column: SealedColumn, rows: list[Row], done: Resealed
    ) -> tuple[int, int]:
        plain = self._each(
            column,
            [(row, b"") for row in rows],
            lambda these: _opened(these, column.open(tx, org_id, self._at_hand, [row for row, _ in these])),
            done,
        )
        sealed = self._each(column, plain, lambda these: self._sealed(tx, org_id, column, these), done)
        # Whoever wrote another one meanwhile sealed it anew.
        return len(sealed), sum(column.replace(tx, org_id, row, envelope) for row, envelope in sealed)

    def _each(
        self,
        column: SealedColumn,
        rows: list[Content],
        do: Callable[[list[Content]], list[Content]],
        done: Resealed,
    ) -> list[Content]:
        """Do something with many rows, or with each where one does not let it: that one is named, and keeps its key."""
        with suppress(*_CLOSED):
            return do(rows)
        found = []
        for one in rows:
            try:
                found += do([one])
            except _CLOSED:
                _name(column, one[0], done)
        return found

    def _sealed(self, tx: Tx, org_id: OrgId, column: SealedColumn, rows: list[Content]) -> list[Content]:
        fields = [Plain(column.place(org_id, row), plain, row.subject_id) for row, plain in rows]
        return [
            (row, one)
            for (row, _), one in zip(rows, self._at_hand.seal_many(tx, org_id, fields), strict=True)
        ]

    def _rest(self, org_id: OrgId, done: Resealed) -> None:
        with self._within(org_id) as tx:
            if not data_keys.outgoing(tx, org_id, limit=1):
                return
        until = time.monotonic() + self.rest_s
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_S))
            self._tell(org_id, done)

    def _destroy(self, org_id: OrgId, done: Resealed) -> bool:
        """Destroy what nothing is under; False when a row came under one meanwhile that can be sealed anew."""
        after, left = data_keys.FIRST, 0
        while True:
            with self._within(org_id) as tx:
                ids = data_keys.outgoing(tx, org_id, after=after, limit=self.batch)
            for key_id in ids:
                is_gone = self._destroy_one(org_id, key_id)
                done.keys += is_gone
                left += not is_gone
            if not ids:
                return left == 0 or bool(done.unreadable)
            after = ids[-1]

    def _destroy_one(self, org_id: OrgId, key_id: str) -> bool:
        try:
            with self._within(org_id) as tx:
                return data_keys.destroy(tx, org_id, key_id)
        except Refusal as refusal:
            if refusal.code != "overloaded":
                raise
            return False  # somebody who seals with it takes longer than a lock is waited for

    def _tell(self, org_id: OrgId, done: Resealed) -> None:
        with self._within(org_id) as tx:
            ids = data_keys.outgoing(tx, org_id, limit=self.batch)
            left = sum(data_keys.sealed_rows(tx, org_id, key_id) for key_id in ids)
        self.note(done.rows, done.rows + left)

    @property
    def _at_hand(self) -> Keyring:
        return at_hand(self.keyring)

    def _within(self, org_id: OrgId) -> AbstractContextManager[Tx]:
        return within(self.door, org_id)


def _name(column: SealedColumn, row: Row, done: Resealed) -> None:
    log.error("%s.%s of row %s does not open.", column.table, column.column, row.row_id)
    done.unreadable.append(row.row_id)


def _opened(rows: list[Content], plains: list[bytes | None]) -> list[Content]:
    return [(row, plain) for (row, _), plain in zip(rows, plains, strict=True) if plain is not None]


@contextmanager
def within(door: Door, org_id: OrgId) -> Iterator[Tx]:
    """Open a transaction in an organisation, as the product's own process."""
    with door.installation() as outside:
        yield outside.within(org_id)
