"""How a loop waits: a moment after nothing was found, and longer each time after it failed."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

CADENCE_S = 0.5
LONGEST_S = 10.0
# With very many organisations looking takes time: it takes this share of it at most.
LOOKING_SHARE = 0.2


@dataclass(slots=True)
class Patience:
    """Waits between the turns of one loop, until that is told to stop.

    `wait` waits for so many seconds, or until the loop has reason to look sooner; not before the share of looking is
    kept.
    """

    stopping: threading.Event
    wait: Callable[[float], object] | None = None
    _failures: int = 0
    _has_failed: bool = False
    _goes_on: bool = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Run a block, then wait as it asked for."""
        self._has_failed = self._goes_on = False
        began = time.monotonic()
        yield
        spent = time.monotonic() - began
        self._failures = self._failures + 1 if self._has_failed else 0
        if not self._goes_on:
            least = min(spent * (1 / LOOKING_SHARE - 1), LONGEST_S)
            failed = min(CADENCE_S * 2.0 ** min(self._failures, 10), LONGEST_S) if self._has_failed else 0.0
            self.stopping.wait(max(least, failed))
            (self.wait or self.stopping.wait)(max(CADENCE_S - spent - max(least, failed), 0.0))

    def go_on(self) -> None:
        """Begin the next turn at once."""
        self._goes_on = True

    def wait_longer(self) -> None:
        """Wait twice as long as after the failure before."""
        self._has_failed = True
