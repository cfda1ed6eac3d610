"""Names in the answers of postings: what is at hand, and what is learnt beside, so that nobody waits for a provider.

Whoever is let in is about to be named: what they are called is opened then, where it takes no more than a file.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import msgspec

from velaurum.db.connection import Database
from velaurum.db.person_names import Kept, is_sealed
from velaurum.errors import Refusal
from velaurum.identity import standing
from velaurum.identity.tokens import Credential
from velaurum.keys.opened_keys import LONGEST_S
from velaurum.keys.person_names import NamesAhead, PersonNames
from velaurum.ledger.outcomes import Row
from velaurum.tenancy.context import OrgId

log = logging.getLogger("velaurum.api")
# A provider that is slow holds as many threads as this, and no more.
MOST_AT_ONCE = 4
# A name is opened anew a little before it would be forgotten, so that who goes on working keeps theirs.
RENEWED_S = LONGEST_S - 5.0
MOST_RENEWED = 20_000


@dataclass(slots=True)
class NamesAtHand:
    """Gives rows of the posting query the names that this process knows; one that it does not know is null, once."""

    names: PersonNames
    door: Database
    _learning: dict[tuple[str, Kept], asyncio.Task[None]] = field(default_factory=dict)

    def of(self, org_id: OrgId, rows: Sequence[Row]) -> list[Row]:
        """Return rows with who posted, as far as the name is at hand."""
        return [self._named(org_id, row) for row in rows]

    def learn(self, org_id: OrgId, one: Kept) -> None:
        """Have a name opened beside, whoever has to be asked for it, unless too much is being learnt."""
        if (org_id, one) not in self._learning and len(self._learning) < MOST_AT_ONCE:
            self._learning[org_id, one] = asyncio.create_task(self._learn(org_id, one))

    async def drain(self) -> None:
        """Wait for what is being learnt."""
        if self._learning:
            await asyncio.wait([*self._learning.values()])

    def _named(self, org_id: OrgId, row: Row) -> Row:
        if row.actor_name is None or not is_sealed(row.actor_name):
            return row
        one = Kept(row.actor_id, row.actor_name)
        name = self.names.at_hand(org_id, one)
        if name is None:
            self.learn(org_id, one)
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


@dataclass(slots=True)
class NamesOfAdmitted:
    """Opens what whoever is let in is called, from what is at hand; what is not is learnt beside, and nobody waits.

    `door` is that of the gate: who lets in waits for no long read.
    """

    names: PersonNames
    door: Database
    beside: NamesAtHand
    _until: dict[tuple[OrgId, str], float] = field(default_factory=dict)

    async def open(self, credential: Credential) -> None:
        """Open it before they are answered, once in five minutes. Nobody is kept out when it does not open."""
        known_as, now = (credential.org_id, credential.actor_id), time.monotonic()
        if self._until.get(known_as, now) > now:
            return
        if len(self._until) >= MOST_RENEWED:
            self._until.clear()
        self._until[known_as] = now + RENEWED_S
        try:
            with suppress(Refusal):
                for one in await asyncio.to_thread(self._open, credential):
                    self.beside.learn(credential.org_id, one)
        except Exception:
            log.exception("A name was not opened ahead.")

    def _open(self, credential: Credential) -> set[Kept]:
        ahead = NamesAhead(self.names)
        with self.door.installation() as outside:
            tx = replace(outside.within(credential.org_id), names=ahead)
            standing.own(tx, credential.context("", "own-session"))
        return ahead.closed
