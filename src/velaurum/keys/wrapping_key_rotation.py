"""Rotation of wrapping keys: data keys are wrapped anew, no field is touched, and the old one is destroyed (V-09).

The same with another provider or another name is how an organisation brings a key of its own.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from velaurum.errors import Refusal
from velaurum.keys import data_keys, stray_versions, wrapping_keys
from velaurum.keys.data_key_rotation import BATCH, Noting, within
from velaurum.keys.data_keys import DataKey
from velaurum.keys.doors import Door
from velaurum.keys.keyring import Keyring
from velaurum.keys.providers import WrappingKey
from velaurum.keys.wrapping_keys import Named
from velaurum.tenancy.context import OrgContext, OrgId

# By which the database says for certain that a key is not in use.
_REFUSED = frozenset({"conflict", "forbidden", "suspended", "unauthenticated"})
# Whoever read a wrapped data key just before it was wrapped anew has asked the provider by then.
REST_S = 10.0


@dataclass(slots=True)
class Rewrapped:
    """What came of it: data keys wrapped anew, and wrapping keys destroyed."""

    data_keys: int = 0
    wrapping_keys: int = 0


@dataclass(frozen=True, slots=True)
class WrappingKeyRotation:
    """Rotates the wrapping key of one organisation at a time. `note` gets how much is done, of how much.

    `by` is whoever asked for it, whom the log names; None is the operator's own hand.
    """

    door: Door
    keyring: Keyring
    note: Noting = lambda _done, _total: None
    rest_s: float = REST_S
    keeps_old: bool = False
    batch: int = BATCH
    by: OrgContext | None = None

    def run(self, org_id: OrgId, to: WrappingKey | None = None, before: datetime | None = None) -> Rewrapped:
        """Put a new version of the key, or the key `to`, in the place of one that wrapped before an instant.

        The instant is that of a rotation which has not ended, or now. Refuses `key-unavailable` of either provider,
        and `conflict` for a version that wrapped here before; what was done by then stays done.
        """
        active = self.keyring.wrapping(org_id)
        with within(self.door, org_id) as tx:
            began = before or wrapping_keys.rotation_began(tx, org_id)
            is_old = wrapping_keys.is_older(tx, org_id, active.id, began)
        if to is not None:
            is_old = active.key != to
        if is_old:
            self._use(org_id, active, to)
        done = Rewrapped()
        self._rewrap(org_id, done)
        if not self.keeps_old:
            self._destroy(org_id, done)
        return done

    def _use(self, org_id: OrgId, active: Named, to: WrappingKey | None) -> None:
        """Let a key wrap from now on. A version that was made for it and is not taken is destroyed at once."""
        key = to or self.keyring.providers.create(active.provider, active.name)
        try:
            with within(self.door, org_id) as tx:
                is_used = wrapping_keys.use(tx, org_id, key, before=active.id, by=self.by)
        except Refusal as refusal:
            # Where the database did not answer nobody knows what it did: `velaurum doctor` names what is left.
            if to is None and refusal.code in _REFUSED:
                stray_versions.abandon(self.door, self.keyring.providers, org_id, key)
            raise
        if to is None and not is_used:  # somebody else rotated meanwhile
            stray_versions.abandon(self.door, self.keyring.providers, org_id, key)

    def _rewrap(self, org_id: OrgId, done: Rewrapped) -> None:
        while True:
            active = self.keyring.wrapping(org_id)  # somebody else may rotate as well
            with within(self.door, org_id) as tx:
                keys = data_keys.wrapped_otherwise(tx, org_id, active.id, limit=self.batch)
            if not keys:
                return
            for key in keys:
                done.data_keys += self._rewrap_one(org_id, key, active)
            self.note(done.data_keys, done.data_keys + (len(keys) == self.batch))

    def _rewrap_one(self, org_id: OrgId, key: DataKey, active: Named) -> bool:
        bound = data_keys.bound(org_id, key.id, key.subject_id)
        secret = self.keyring.unwrap_beside(org_id, key)
        wrapped = self.keyring.providers.wrap(active.key, secret, bound)
        if key.wrapping_key_id is None:
            raise AssertionError("a key that is wrapped has what wraps it")
        with within(self.door, org_id) as tx:
            return wrapping_keys.rewrap(
                tx,
                org_id,
                key.id,
                before=key.wrapping_key_id,
                wrapped=wrapped,
                wrapping_key_id=active.id,
            )

    def _destroy(self, org_id: OrgId, done: Rewrapped) -> None:
        with within(self.door, org_id) as tx:
            unused = wrapping_keys.unused(tx, org_id)
        if unused:
            time.sleep(self.rest_s)
        for one in unused:
            self.keyring.providers.destroy(one.key)
            done.wrapping_keys += self._end(org_id, one.id)

    def _end(self, org_id: OrgId, key_id: str) -> bool:
        """Write down what has happened, by whoever asked for it, or by the operator where they may not act any more."""
        try:
            with within(self.door, org_id) as tx:
                return wrapping_keys.end(tx, org_id, key_id, by=self.by)
        except Refusal:
            if self.by is None:
                raise
        with within(self.door, org_id) as tx:
            return wrapping_keys.end(tx, org_id, key_id)
