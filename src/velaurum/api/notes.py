"""Notes on their way to the ledger: sealed before their movements enter a lane, so that none is stored in plain."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from velaurum.api.front import PostingFront
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.keys.keyring import Keyring
from velaurum.ledger import notes
from velaurum.ledger.intakes import Intake
from velaurum.ledger.outcomes import Outcome
from velaurum.tenancy.context import OrgContext

# Whose data a principal's notes are never changes; it is remembered for as long as the process lives.
MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class NotedFront:
    """Posts movements with and without notes. What has no note needs no key, and waits for none."""

    front: PostingFront
    door: Database
    keyring: Keyring
    _subjects: dict[tuple[str, str], str | None] = field(default_factory=dict)

    async def post(self, org: OrgContext, asked: Sequence[Intake], *, atomic: bool = False) -> list[Outcome]:
        """Return what was decided for each movement, durable. Refuses as PostingFront.post(), and `key-unavailable`.

        A note that was recorded before is committed to with another salt than this request's: what mismatches is
        looked at, and posted again with the recorded commitment where the note is the same.
        """
        if all(one.note is None for one in asked):
            return await self.front.post(org, asked, atomic=atomic)
        sealed = await self._sealed(org, asked)
        try:
            decided = await self.front.post(org, sealed, atomic=atomic)
        except Refusal as refusal:
            if refusal.code != "key-unavailable":
                raise
            # The key that was at hand ended a moment ago.
            sealed = await run_in_threadpool(self._seal, org, asked)
            decided = await self.front.post(org, sealed, atomic=atomic)
        unlike = [one for one, outcome in zip(sealed, decided, strict=True) if may_be_alike(one, outcome)]
        if not unlike:
            return decided
        alike = await self.recorded_alike(org, unlike)
        if not alike:
            return decided
        again = [alike.get(one.idempotency_key, one) if one.note is not None else one for one in sealed]
        if atomic:
            return await self.front.post(org, again, atomic=True)
        return await self._replaced(org, sealed, again, decided)

    async def recorded_alike(self, org: OrgContext, unlike: Sequence[Intake]) -> dict[str, Intake]:
        """Return by their keys the requests whose note is the recorded one. Refuses `key-unavailable`."""
        return await run_in_threadpool(self._alike, org, unlike)

    async def drain(self) -> None:
        """Wait until every accepted posting is answered."""
        await self.front.drain()

    async def _replaced(
        self, org: OrgContext, sealed: Sequence[Intake], again: Sequence[Intake], decided: Sequence[Outcome]
    ) -> list[Outcome]:
        """Post again what mismatched alone, and leave the others as they were decided."""
        places = [n for n, one in enumerate(again) if one is not sealed[n] and may_be_alike(one, decided[n])]
        found = await self.front.post(org, [again[n] for n in places])
        replaced = dict(zip(places, found, strict=True))
        return [replaced.get(n, one) for n, one in enumerate(decided)]

    async def _sealed(self, org: OrgContext, asked: Sequence[Intake]) -> list[Intake]:
        known_as = (org.org_id, org.actor_id)
        if known_as in self._subjects:
            ahead = notes.seal_ahead(org, self.keyring, asked, self._subjects[known_as])
            if ahead is not None:
                return ahead
        return await run_in_threadpool(self._seal, org, asked)

    def _seal(self, org: OrgContext, asked: Sequence[Intake]) -> list[Intake]:
        with self.door.installation(org.tally) as outside:
            tx = outside.within(org.org_id)
            subject_id = notes.subject(tx, org)
            if len(self._subjects) >= MOST_REMEMBERED:
                self._subjects.clear()
            self._subjects[org.org_id, org.actor_id] = subject_id
            return notes.seal(tx, org, self.keyring, asked, subject_id)

    def _alike(self, org: OrgContext, unlike: Sequence[Intake]) -> dict[str, Intake]:
        with self.door.installation(org.tally) as outside:
            return notes.committed_alike(outside.within(org.org_id), org, self.keyring, unlike)


def may_be_alike(one: Intake, outcome: Outcome) -> bool:
    """Tell whether what mismatched may be the same as what was decided, but for the salt of its note."""
    return (
        one.note is not None
        and outcome.refusal is not None
        and outcome.refusal.code == "idempotency-key-reused"
    )
