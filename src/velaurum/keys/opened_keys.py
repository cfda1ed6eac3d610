"""Data keys that are open: remembered for five minutes at most, and shown to nobody."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from velaurum.tenancy.context import OrgId

LONGEST_S = 300.0
MOST = 10_000


class OpenedKeys:
    """A cache of ciphers by organisation and data key. It holds no bytes of a key, and has no repr that could."""

    def __init__(self, life_s: float = LONGEST_S, clock: Callable[[], float] = time.monotonic) -> None:
        """Remember a key for so long after it was opened, five minutes at most, however often it is used."""
        self._life_s = min(life_s, LONGEST_S)
        self._clock = clock
        self._ciphers: OrderedDict[tuple[OrgId, str], tuple[AESGCM, float]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, org_id: OrgId, key_id: str) -> AESGCM | None:
        """Return the cipher of a data key, None when it has to be opened."""
        with self._lock:
            found = self._ciphers.get((org_id, key_id))
            if found is None:
                return None
            cipher, until = found
            if self._clock() >= until:
                del self._ciphers[org_id, key_id]
                return None
            return cipher

    def put(self, org_id: OrgId, key_id: str, secret: bytes) -> AESGCM:
        """Remember a data key that was just opened or made, and return its cipher."""
        cipher = AESGCM(secret)
        with self._lock:
            self._ciphers[org_id, key_id] = (cipher, self._clock() + self._life_s)
            self._ciphers.move_to_end((org_id, key_id))
            while len(self._ciphers) > MOST:
                self._ciphers.popitem(last=False)
        return cipher

    def forget(self, org_id: OrgId, key_id: str) -> None:
        """Drop a data key that ended."""
        with self._lock:
            self._ciphers.pop((org_id, key_id), None)
