"""Keys that are open: remembered for five minutes at most, and shown to nobody."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

from velaurum.tenancy.context import OrgId

LONGEST_S = 300.0
MOST = 10_000
Key = TypeVar("Key")


class Opened(Generic[Key]):
    """A cache of keys as their cipher has them, by organisation and name. It has no repr that could show one."""

    def __init__(self, life_s: float = LONGEST_S, clock: Callable[[], float] = time.monotonic) -> None:
        """Remember a key for so long after it was opened, five minutes at most, however often it is used."""
        self.life_s = min(life_s, LONGEST_S)
        self.clock = clock
        self._keys: OrderedDict[tuple[OrgId, str], tuple[Key, float]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, org_id: OrgId, name: str) -> Key | None:
        """Return a key, None when it has to be opened."""
        with self._lock:
            found = self._keys.get((org_id, name))
            if found is None:
                return None
            key, until = found
            if self.clock() >= until:
                del self._keys[org_id, name]
                return None
            return key

    def keep(self, org_id: OrgId, name: str, key: Key) -> Key:
        """Remember a key that was just opened or made, and return it."""
        with self._lock:
            self._keys[org_id, name] = (key, self.clock() + self.life_s)
            self._keys.move_to_end((org_id, name))
            while len(self._keys) > MOST:
                self._keys.popitem(last=False)
        return key

    def forget(self, org_id: OrgId, name: str) -> None:
        """Drop a key that ended."""
        with self._lock:
            self._keys.pop((org_id, name), None)


class OpenedKeys(Opened[AESGCM]):
    """Data keys that are open, by their ids, as ciphers: no bytes of a key are held here."""

    def put(self, org_id: OrgId, key_id: str, secret: bytes) -> AESGCM:
        """Remember a data key that was just opened or made, and return its cipher."""
        return self.keep(org_id, key_id, AESGCM(secret))


class OpenedIndexKeys(Opened[HMAC]):
    """Keys of blind indexes that are open (blind_indexes.py), as what makes an index, for as long as data keys.

    Each is known by the bytes that it was opened from.
    """
