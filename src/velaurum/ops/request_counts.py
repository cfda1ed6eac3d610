"""What one server counts of its requests: how they were answered, and which refusals there were."""

import threading
from collections import Counter
from dataclasses import dataclass, field

_HUNDRED = 100


@dataclass(slots=True)
class RequestCounts:
    """Counts that only rise, since the process began."""

    _answered: Counter[str] = field(default_factory=Counter)
    _refused: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, status: int) -> None:
        """Count an answer by its class, like 2xx; 0 is a request that nobody waited for."""
        with self._lock:
            self._answered[f"{status // _HUNDRED}xx" if status else "none"] += 1

    def refused(self, code: str) -> None:
        """Count a refusal by its code, which is one of the catalogue's."""
        with self._lock:
            self._refused[code] += 1

    def snapshot(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the answers by class and the refusals by code."""
        with self._lock:
            return dict(self._answered), dict(self._refused)
