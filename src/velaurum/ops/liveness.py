"""Liveness: when the signer of this process was last seen to work, which is what lets it promise (V-22)."""

import math
import time
from dataclasses import dataclass, field

from velaurum.audit import logs
from velaurum.ops.stalls import Stalls
from velaurum.tenancy.context import OrgId

# Of the minute that is promised half is left to whoever was seen to work so long ago.
FRESH_S = logs.MERGE_DELAY.total_seconds() / 2


@dataclass(slots=True)
class Liveness:
    """What the integrator's thread says of itself, and every posting reads: a number and a name, without a lock.

    Before it is noted first, and where no integrator runs in this process, nothing may be promised.
    """

    stalls: Stalls = field(default_factory=Stalls)
    fresh_s: float = FRESH_S
    _seen_at: float = field(default=-math.inf, init=False)

    def note(self) -> None:
        """Say that the database was followed just now, and that whatever had to be signed was."""
        self._seen_at = time.monotonic()

    def may_promise(self, org_id: OrgId) -> bool:
        """Tell whether what is recorded now in this log will be signed in time, as far as this process can know."""
        return time.monotonic() - self._seen_at < self.fresh_s and org_id not in self.stalls
