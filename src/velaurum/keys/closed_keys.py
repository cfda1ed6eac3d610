"""Keys that did not open a moment ago, so that what many want to see is not asked for again and again (V-08)."""

import time
from collections.abc import Callable

from velaurum.errors import Refusal
from velaurum.keys.data_keys import DataKey
from velaurum.keys.opened_keys import Opened
from velaurum.keys.refusing import KeyClosedError, ProviderAwayError, unavailable
from velaurum.tenancy.context import OrgId

LIFE_S = 3.0


class ClosedKeys:
    """Why keys did not open: remembered for three seconds, and of so many at most as of keys that are open."""

    def __init__(self, life_s: float = LIFE_S, clock: Callable[[], float] = time.monotonic) -> None:
        """Remember for so long."""
        self._why: Opened[str] = Opened(life_s, clock)

    def require(self, org_id: OrgId, key: DataKey, until: float) -> None:
        """Refuse `key-unavailable` for a key that did not open, or whose wrapping key was away.

        After the instant `until`, of time.monotonic(), for any key.
        """
        for name in (key.id, key.wrapping_key_id):
            why = None if name is None else self._why.get(org_id, name)
            if why is not None:
                raise unavailable(why)
        if time.monotonic() >= until:
            raise unavailable("what came before it took too long")

    def note(self, org_id: OrgId, key: DataKey, refusal: Refusal) -> None:
        """Remember that a key did not open; with its provider away, of all that the same key wraps."""
        if isinstance(refusal, ProviderAwayError) and key.wrapping_key_id is not None:
            self._why.keep(org_id, key.wrapping_key_id, "its provider was away a moment ago")
        elif isinstance(refusal, KeyClosedError):
            self._why.keep(org_id, key.id, "it did not open a moment ago")
