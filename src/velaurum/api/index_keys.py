"""Keys for who signs in: opened beside, once for all who wait, with no connection held meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from velaurum.db.connection import Database
from velaurum.keys import blind_indexes
from velaurum.keys.at_hand import at_hand
from velaurum.keys.keyring import Keyring
from velaurum.keys.refusing import unavailable
from velaurum.tenancy.context import OrgId

# Of all organisations together: providers that are slow hold as many threads as this, of their own, and no more.
MOST_AT_ONCE = 16


@dataclass(slots=True)
class IndexKeys:
    """Opens the keys by which people are found, each once at a time, however many wait for it.

    Or, with another `opening`, those that something else is sealed under which signing in needs.
    `at_hand` is for whoever looks: it refuses `key-unavailable` where open() has to be waited for first.
    """

    door: Database
    keyring: Keyring
    opening: Callable[[Database, OrgId, Keyring], None] = blind_indexes.open_key
    at_hand: Keyring = field(init=False)
    _opening: dict[OrgId, "asyncio.Future[None]"] = field(default_factory=dict)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="index-key")
    )

    def __post_init__(self) -> None:
        self.at_hand = at_hand(self.keyring)

    async def open(self, org_id: OrgId) -> None:
        """Open the key of an organisation. Refuses `key-unavailable`, at once where too many others are waited for."""
        opening = self._opening.get(org_id)
        if opening is None:
            if len(self._opening) >= MOST_AT_ONCE:
                raise unavailable("too many others are waited for")
            opening = asyncio.get_running_loop().run_in_executor(self._pool, self._open, org_id)
            self._opening[org_id] = opening
            opening.add_done_callback(lambda ended: self._end(org_id, ended))
        # Whoever goes away takes nobody else's answer along.
        await asyncio.shield(opening)

    def close(self) -> None:
        """Ask nobody any more; what is being asked ends by its own patience."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _open(self, org_id: OrgId) -> None:
        self.opening(self.door, org_id, self.keyring)

    def _end(self, org_id: OrgId, ended: "asyncio.Future[None]") -> None:
        del self._opening[org_id]
        if not ended.cancelled():
            ended.exception()  # also where everybody who waited has gone
