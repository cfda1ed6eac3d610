"""Accesses: what each request that a known credential sent leaves behind, whatever became of it (V-14)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from velaurum.db.tallies import SharedTally, Tally
from velaurum.identity.tokens import Credential
from velaurum.ops.recording import Recorder
from velaurum.tenancy.access_events import AccessEvent
from velaurum.tenancy.context import OrgId

NO_ANSWER = 0
REFUSED = 400


class Access(NamedTuple):
    """Who asked what, in which organisation; `tally` counts what was run for it."""

    org_id: OrgId
    request_id: str
    operation: str
    actor_id: str
    credential_id: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Accesses:
    """Turns the end of a request into an event, or the end of the last one that was decided with it."""

    recorder: Recorder
    _operations: Mapping[Any, str] = field(default_factory=dict)

    @classmethod
    def of(cls, routes: Iterable[BaseRoute], recorder: Recorder) -> "Accesses":
        """Know the operations of these routes by the functions that answer them."""
        named: dict[Any, str] = {}
        for one in routes:
            operation = one.operation_id if isinstance(one, APIRoute) else None
            named[getattr(one, "endpoint", None)] = operation or str(getattr(one, "name", ""))
        return cls(recorder, named)

    def begin(self, request_id: str, endpoint: Any, credential: Credential, tally: Tally) -> Access:
        """Note that a credential was recognised. Whatever the request ends with, an event tells of it."""
        operation = self._operations[endpoint]
        return Access(
            credential.org_id, request_id, operation, credential.actor_id, credential.token_id, tally
        )

    def end(self, access: Access, status: int) -> None:
        """Hand over the event, unless others who were decided by the same call are still to be answered."""
        for earlier in access.tally.left:
            self._put_whole(earlier)
        shared = access.tally.shared
        if shared is None:
            self._put(access.tally, [(access, status)])
            return
        shared.members.append((access, status))
        shared.tally.include(access.tally)
        self._put_whole(shared)

    def _put_whole(self, shared: SharedTally) -> None:
        if shared.members and len(shared.members) == shared.waiting:
            self._put(shared.tally, shared.members)
            shared.members = []  # each of them holds this tally: a cycle that only the collector would end

    def _put(self, tally: Tally, members: list[tuple[Access, int]]) -> None:
        first, status = members[0]
        # Whoever was refused read nothing, and what a path says of nobody is not kept.
        is_told = len(members) == 1 and 0 < status < REFUSED
        event = AccessEvent(
            id=str(uuid4()),
            at=datetime.now(UTC).isoformat(),
            request_ids=[one.request_id for one, _ in members],
            operations=[one.operation for one, _ in members],
            actor_ids=[one.actor_id for one, _ in members],
            credential_ids=[one.credential_id for one, _ in members],
            statuses=[status for _, status in members],
            statements=tally.statements,
            applied=tally.applied,
            exempt=tally.exempt,
            subject_id=first.tally.subject_id if is_told else None,
            shown_ids=tuple(first.tally.shown_ids or ()) if is_told else (),
        )
        self.recorder.put(first.org_id, event)


def share(call: Tally, tallies: list[Tally]) -> None:
    """Let requests that were decided by one call leave one event, which counts the call once."""
    shared = SharedTally(call, len(tallies))
    for tally in tallies:
        if tally.shared is not None:
            tally.shared.leave(tally)
        tally.shared = shared
