"""Importing notes: envelopes that were sealed here are put beside movements that were imported, as the owner.

Each page is a transaction of its own, with every trigger on: an envelope is under a key that lives, or it is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from velaurum.db import migrate

# Whoever was erased since has none, and what is there already was put there by a run before.
_WAITING = """
select m.log_index, m.id::text, m.idempotency_key, case when p.kind = 'user' then m.actor_id::text end
from ledger.movement as m
inner join identity.principal as p on m.org_id = p.org_id and m.actor_id = p.id
where m.org_id = %(org)s and m.log_index = any(%(indexes)s)
    and not exists (select from identity.erasure as e where e.org_id = %(org)s and e.principal_id = m.actor_id)
    and not exists (select from ledger.movement_note as n where n.org_id = %(org)s and n.movement_id = m.id)
"""
_WRITE = "insert into ledger.movement_note (org_id, movement_id, sealed) values (%s, %s, %s) on conflict do nothing"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A movement whose note is not there yet; `subject_id` is whose data the note is, None the organisation's."""

    log_index: int
    movement_id: str
    idempotency_key: str
    subject_id: str | None


@dataclass(frozen=True, slots=True)
class NoteImporter:
    """Writes the notes of one organisation."""

    connection: psycopg.Connection[Any]
    org_id: str

    def waiting(self, indexes: Sequence[int]) -> list[Waiting]:
        """Return the movements among these entries that have no note yet, and whose poster was not erased."""
        with self._as_owner():
            found = self.connection.execute(_WAITING, {"org": self.org_id, "indexes": list(indexes)})
            return [Waiting(*row) for row in found.fetchall()]

    def write(self, envelopes: Mapping[str, bytes]) -> None:
        """Write envelopes by the ids of their movements."""
        with self._as_owner(), self.connection.cursor() as cursor:
            cursor.executemany(
                _WRITE, [(self.org_id, movement_id, sealed) for movement_id, sealed in envelopes.items()]
            )

    @contextmanager
    def _as_owner(self) -> Iterator[None]:
        with self.connection.transaction():
            self.connection.execute("set local role velaurum_owner")
            self.connection.execute("select tenancy.set_context(%s, null)", [self.org_id])
            yield


@contextmanager
def importing_notes(administrator: str, org_id: str) -> Iterator[NoteImporter]:
    """Write notes of an organisation that was imported, as the administrator of the database."""
    with migrate.administrator(administrator) as connection:
        yield NoteImporter(connection, org_id)
