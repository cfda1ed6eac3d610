"""Fixed windows in this process: bounded in memory, on a clock that nobody sets, counted by one event loop alone."""

import time

from limits.storage import Storage

MOST_WINDOWS = 100_000


class Windows(Storage):
    """The counters of one bucket, behind the storage interface of the library.

    The library's own storage in memory starts a thread as often as every 10 ms, which looks at every
    counter and races with those who count. These windows are all equally long, so that the first in the
    dictionary is always the one that ends first: what has ended is dropped from there, two for each one
    that begins, and nothing is ever searched.
    """

    STORAGE_SCHEME: list[str] | None = None

    def __init__(self) -> None:
        super().__init__()
        self._windows: dict[str, list[float]] = {}

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, in a window that begins now when none is open, and return the count."""
        now = time.monotonic()
        window = self._windows.get(key)
        if window is not None and window[1] > now:
            window[0] += amount
            return int(window[0])
        self._windows.pop(key, None)
        self._drop_ended(now)
        self._windows[key] = [amount, now + expiry]
        return amount

    def get(self, key: str) -> int:
        window = self._windows.get(key)
        return 0 if window is None or window[1] <= time.monotonic() else int(window[0])

    def get_expiry(self, key: str) -> float:
        """Return when the window ends, on the monotonic clock."""
        window = self._windows.get(key)
        return time.monotonic() if window is None else window[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    def _drop_ended(self, now: float) -> None:
        for _ in range(2):
            first = next(iter(self._windows), None)
            if first is None:
                return
            if self._windows[first][1] > now and len(self._windows) < MOST_WINDOWS:
                return
            del self._windows[first]
