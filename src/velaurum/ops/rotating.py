"""Rotating the keys of the logs: each step is said in every log and signed before the next, and can be taken again."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from velaurum.audit import incarnations, keyrings, log_keys, logs, origins
from velaurum.audit.incarnations import require_reason
from velaurum.audit.keyrings import Keyring, LogKey, State
from velaurum.audit.signers import ForkError, Signer
from velaurum.db.connection import Database
from velaurum.errors import OperationError, Refusal
from velaurum.ops import reopening
from velaurum.ops.integrating import Integrator
from velaurum.proofs.notes import ED25519
from velaurum.tenancy.context import OrgId

KEYS_MAX = 4
_TRIES, _PAUSE_S = 50, 0.2

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rotation:
    """What changes keys: the database as its integrator, the signer, and why it is done.

    `told` is told of each step that was taken.
    """

    database: Database
    signer: Signer
    reason: str
    told: Told = lambda _step: None

    def add(self, kind: str, overlap: timedelta) -> LogKey:
        """Have a new key sign beside the others, which have to for `overlap`; what was begun before is ended instead.

        Each log says that it comes, which the others sign alone; then that it signs, which it does as well.
        OperationError where a log is held: nothing is changed then, or the same again goes on.
        """
        require_reason(self.reason)
        with self.signer.changing() as ring:
            self._require_open()
            key = next(iter(ring.in_state(State.ANNOUNCED, State.JOINING)), None)
            if key is None:
                if len(ring.signing) >= KEYS_MAX:
                    raise OperationError(f"{KEYS_MAX} keys sign already; retire one of them first.")
                until = (datetime.now(UTC) + overlap).isoformat(timespec="seconds").replace("+00:00", "Z")
                key = keyrings.make(ring.name, kind, State.ANNOUNCED, until)
                self._keep(key)
            if key.state == State.ANNOUNCED:
                self._say_everywhere(key, State.ANNOUNCED)
                key = replace(key, state=State.JOINING)
                self._keep(key)
            self._say_everywhere(key, State.SIGNING)
            key = replace(key, state=State.SIGNING)
            self._keep(key)
            return key

    def retire(self, key_id: str, *, before_time: bool = False) -> LogKey:
        """Let a key sign no more, and destroy it. Each log says so before, signed by it and the others.

        A key that signs nothing yet is given up by it. Refuses `not-found`; `conflict` for a key that is retired, for
        the last of its kind that signs with Ed25519, and before the overlap ends, unless that is meant.
        """
        require_reason(self.reason)
        with self.signer.changing() as ring:
            key = ring.find(key_id)
            if key is None:
                raise Refusal(
                    "not-found", f"There is no key {key_id}; `velaurum log keys` shows those there are."
                )
            _require_retirable(ring, key, before_time=before_time)
            self._require_open()
            if key.signs:
                key = replace(key, state=State.LEAVING)
                self._keep(key)
            self._say_everywhere(key, State.RETIRED)
            self._keep(keyrings.retired(key))
            return keyrings.retired(key)

    def _keep(self, key: LogKey) -> None:
        self.signer.keep(self.signer.keyring.with_key(key))
        self.told(f"The key {key.id} is {key.state}.")

    def _say_everywhere(self, key: LogKey, said: str) -> None:
        """Have every log say it, those too that are made meanwhile, and have that signed."""
        while lacking := self._lacking(key, said):
            for org_id in lacking:
                self._say(org_id, key, said)
            self.told(f"{len(lacking)} logs say that the key {key.id} is {said}.")

    def _lacking(self, key: LogKey, said: str) -> list[OrgId]:
        with self.database.installation() as tx:
            return log_keys.lacking(tx, key, said)

    def _say(self, org_id: OrgId, key: LogKey, said: str) -> None:
        with self.database.installation() as outside:
            tx = outside.within(org_id)
            origin = origins.of_org(self.signer.name, org_id, incarnations.current(tx, org_id))
            try:
                log_keys.state(tx, org_id, origin, key, said, self.reason)
            except Refusal as refusal:
                raise OperationError(_unheard([org_id])) from refusal
        with self.database.installation() as outside:
            size = logs.head(outside.within(org_id), org_id).size
        self._sign(org_id, size)

    def _sign(self, org_id: OrgId, size: int) -> None:
        # Whoever else follows the log may be ahead, so that what is signed is looked at and not who signed it.
        integrator = Integrator(self.database, self.signer)
        for _ in range(_TRIES):
            with suppress(ForkError):
                integrator.advance(org_id)
            with self.database.installation() as outside:
                signed = logs.newest(outside.within(org_id), org_id)
            if signed is not None and signed.size >= size:
                return
            time.sleep(_PAUSE_S)
        raise OperationError(f"The log of {org_id} could not be signed; do the same again to go on.")

    def _require_open(self) -> None:
        reopening.hold_what_was_lost(self.database, self.signer)
        with self.database.installation() as tx:
            held = [one.org_id for one in incarnations.standings(tx) if one.held_reason is not None]
        if held:
            raise OperationError(_unheard(held))


def _unheard(held: list[OrgId]) -> str:
    return (
        f"Logs that are held can be told of no key: {', '.join(held)}. `velaurum log reopen` takes them up again; "
        "then do the same again."
    )


def _require_retirable(ring: Keyring, key: LogKey, *, before_time: bool) -> None:
    if key.state == State.RETIRED:
        raise Refusal("conflict", f"The key {key.id} is retired already.")
    others = [one for one in ring.signing if one.id != key.id]
    if not any(one.verifier.algorithm == ED25519 for one in others):
        raise Refusal(
            "conflict",
            f"No other key of Ed25519 signs than {key.id}; `velaurum log rotate-key` makes one first.",
        )
    now = datetime.now(UTC)
    until = max((one.overlap_until for one in others if one.overlap_until is not None), default=None)
    is_too_early = until is not None and key.state == State.SIGNING and datetime.fromisoformat(until) > now
    if is_too_early and not before_time:
        raise Refusal("conflict", f"The keys overlap until {until}; say --now to end that before.")
