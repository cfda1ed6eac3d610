"""Names in the answers of postings: what is at hand, and what is learnt beside, so that nobody waits for a provider."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from velaurum.db.connection import Database
from velaurum.db.person_names import Kept, is_sealed
from velaurum.errors import Refusal
from velaurum.keys.person_names import PersonNames
from velaurum.ledger.outcomes import Row
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.api")
# A provider that is slow holds as many threads as this, and no more.
MOST_AT_ONCE = 4


@dataclass(slots=True)
class NamesAtHand:
    """Gives rows of the posting query the names that this process knows; one that it does not know is null, once."""

    names: PersonNames
    door: Database
    _learning: dict[tuple[str, Kept], asyncio.Task[None]] = field(default_factory=dict)

    def of(self, org_id: OrgId, rows: Sequence[Row]) -> list[Row]:
        """Return rows with who posted, as far as the name is at hand."""
        return [self._named(org_id, row) for row in rows]

    async def drain(self) -> None:
        """Wait for what is being learnt."""
        if self._learning:
            await asyncio.wait([*self._learning.values()])

    def _named(self, org_id: OrgId, row: Row) -> Row:
        if row.actor_name is None or not is_sealed(row.actor_name):
            return row
        one = Kept(row.actor_id, row.actor_name)
        name = self.names.at_hand(org_id, one)
        if name is None and (org_id, one) not in self._learning and len(self._learning) < MOST_AT_ONCE:
            task = asyncio.create_task(self._learn(org_id, one))
            self._learning[org_id, one] = task
        return msgspec.structs.replace(row, actor_name=name)

    async def _learn(self, org_id: OrgId, one: Kept) -> None:
        try:
            with suppress(Refusal):
                await asyncio.to_thread(self._open, org_id, one)
        except Exception:  # nobody waits for it
            log.exception("A name was not learnt.")
        finally:
            self._learning.pop((org_id, one), None)

    def _open(self, org_id: OrgId, one: Kept) -> None:
        with self.door.installation() as outside:
            self.names.opened(outside.within(org_id), org_id, [one])
