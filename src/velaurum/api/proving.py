"""What a posting is answered with beside its row: a signed promise, or the proof for whoever waits for it (V-22)."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from velaurum.api import logs as log_routes
from velaurum.api.prompt import Prompt
from velaurum.audit import incarnations, logs, origins
from velaurum.audit.signers import Signer
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.ledger.outcomes import Movement
from velaurum.ops.liveness import Liveness
from velaurum.proofs import promises
from velaurum.proofs.policies import Policy
from velaurum.proofs.promises import Promise
from velaurum.proofs.wire import to_base64
from velaurum.tenancy.context import OrgContext, OrgId

WAIT_FOR_PROOF = "wait=proof"
MOST_WAIT_S = 10.0
LOOK_S = 0.2
log = logging.getLogger("velaurum.api")
# A log that is taken up again was held for longer than this (velaurum.ops.reopening): a number is never too old.
REMEMBERED_S = 1.0


def is_waiting(request: Request) -> bool:
    """Tell whether a client prefers to wait for the proof (RFC 7240)."""
    if "prefer" not in request.headers:
        return False
    said = ",".join(request.headers.getlist("prefer")).lower()
    return any(one.partition(";")[0].strip().replace('"', "") == WAIT_FOR_PROOF for one in said.split(","))


@dataclass(slots=True)
class Prover:
    """Promises with the installation's keys, and waits for checkpoints: one look a moment, however many wait."""

    database: Database
    signer: Signer
    witnesses: Policy | None = None
    liveness: Liveness = field(default_factory=Liveness)
    prompt: Prompt = field(kw_only=True)
    _waiting: dict[OrgId, list[tuple[int, asyncio.Future[None]]]] = field(default_factory=dict)
    _looking: dict[OrgId, asyncio.Task[None]] = field(default_factory=dict)
    _incarnations: dict[OrgId, tuple[int, float]] = field(default_factory=dict)

    async def promise(self, org_id: OrgId, movements: Sequence[Movement]) -> str | None:
        """Return a note that promises these movements' places. The same movements get the same note.

        None while this process does not see its signer work: then nobody here could keep the promise.
        """
        if not self.liveness.may_promise(org_id):
            return None
        latest = max(one.recorded_at for one in movements)
        due_at = datetime.fromisoformat(latest) + logs.MERGE_DELAY
        leaves = ((one.log_index, bytes.fromhex(one.leaf_hash.removeprefix("sha256:"))) for one in movements)
        origin = origins.of_org(self.signer.name, org_id, await self._incarnation(org_id))
        promise = Promise(origin, f"{due_at:%Y-%m-%dT%H:%M:%S.%fZ}", tuple(leaves))
        return promises.sign(promise, self.signer.promisers).encode().decode()

    async def promise_header(self, org_id: OrgId, movement: Movement) -> str | None:
        """Return the promise of one movement in base64, since a note has lines and a header has none."""
        promised = await self.promise(org_id, [movement])
        return None if promised is None else to_base64(promised.encode())

    async def proof(self, org: OrgContext, log_index: int) -> str | None:
        """Return a movement's proof once a checkpoint covers it; None when that takes too long."""
        covered = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(org.org_id, []).append((log_index, covered))
        if org.org_id not in self._looking:
            self._looking[org.org_id] = asyncio.create_task(self._look(org.org_id))
        try:
            async with asyncio.timeout(MOST_WAIT_S):
                await covered
        except TimeoutError:
            return None
        return await run_in_threadpool(self._proof, org, log_index)

    def close(self) -> None:
        """Let nobody wait any longer."""
        for task in self._looking.values():
            task.cancel()

    async def _incarnation(self, org_id: OrgId) -> int:
        number, read_at = self._incarnations.get(org_id, (0, -REMEMBERED_S))
        now = time.monotonic()
        if now - read_at >= REMEMBERED_S:
            number = await self.prompt.run(self._current, org_id)
            self._incarnations[org_id] = (number, now)
        return number

    def _current(self, org_id: OrgId) -> int:
        with self.prompt.database.installation() as outside:
            return incarnations.current(outside.within(org_id), org_id)

    async def _look(self, org_id: OrgId) -> None:
        # Whoever gave up is done as well, so that this ends with the last who waits.
        try:
            while waiting := [one for one in self._waiting[org_id] if not one[1].done()]:
                self._waiting[org_id] = waiting
                size = await run_in_threadpool(self._signed_size, org_id)
                for log_index, covered in waiting:
                    if log_index < size and not covered.done():
                        covered.set_result(None)
                await asyncio.sleep(LOOK_S)
        finally:
            del self._waiting[org_id], self._looking[org_id]

    def _signed_size(self, org_id: OrgId) -> int:
        try:
            with self.database.installation() as outside:
                signed = logs.newest(outside.within(org_id), org_id)
        except Refusal:
            return 0
        except Exception:
            # Whoever waits, waits on: the next look may be better, and patience ends anyway.
            log.exception("it could not be seen how far the log is signed, while a proof is waited for")
            return 0
        return 0 if signed is None else signed.size

    def _proof(self, org: OrgContext, log_index: int) -> str | None:
        try:
            with self.database.transaction(org) as (tx, entered):
                return log_routes.proof_of(tx, entered, log_index, self.witnesses).text
        except Refusal:
            return None
