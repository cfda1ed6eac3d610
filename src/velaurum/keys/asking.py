"""Asking a provider, with bounded patience: one that hangs keeps nobody waiting for long, and no other key with it."""

import logging
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

from velaurum.keys.providers import KeyRefusedError, KeyUnavailableError, WrappingKey

Answer = TypeVar("Answer")
log = logging.getLogger("velaurum.keys")
PATIENCE_S = 3.0
# A key whose provider let somebody wait for nothing is asked again after this time, by whoever comes then.
REST_S = 1.0
AT_ONCE = 8


class _Line:
    """Who asks for one key: at most so many at once, and nobody for a moment after it was silent."""

    def __init__(self) -> None:
        self.places = threading.BoundedSemaphore(AT_ONCE)
        self.rests_until = 0.0
        self.was_silent = False


class Asking:
    """The way to providers. A question that takes too long is left behind in a thread of its own."""

    def __init__(self, patience_s: float = PATIENCE_S, rest_s: float = REST_S) -> None:
        """Wait so long for an answer, and leave a silent key alone for so long."""
        self._patience_s = patience_s
        self._rest_s = rest_s
        self._lines: dict[WrappingKey, _Line] = {}
        self._lock = threading.Lock()

    def ask(self, key: WrappingKey, question: Callable[[], Answer]) -> Answer:
        """Return what a provider answers. KeyUnavailableError when that takes too long, KeyRefusedError as it says."""
        with self._lock:
            line = self._lines.setdefault(key, _Line())
        if time.monotonic() < line.rests_until or not line.places.acquire(blocking=False):
            raise KeyUnavailableError("the provider was silent a moment ago")
        answers: SimpleQueue[Answer | BaseException] = SimpleQueue()
        threading.Thread(
            target=_answer, args=(line, question, answers), name="key-provider", daemon=True
        ).start()
        try:
            answer = answers.get(timeout=self._patience_s)
        except Empty:
            line.rests_until = time.monotonic() + self._rest_s
            self._tell(key, line, is_silent=True)
            raise KeyUnavailableError("the provider is silent") from None
        self._tell(key, line, is_silent=isinstance(answer, BaseException))
        if isinstance(answer, KeyUnavailableError | KeyRefusedError):
            raise answer
        if isinstance(answer, BaseException):
            raise KeyUnavailableError("the provider failed") from answer
        return answer

    def _tell(self, key: WrappingKey, line: _Line, *, is_silent: bool) -> None:
        # Once when it begins and once when it is over, not for each request. Nothing that was asked is said.
        if is_silent == line.was_silent:
            return
        line.was_silent = is_silent
        if is_silent:
            log.error("The key %s of %s, version %s, cannot be used.", key.name, key.provider, key.version)
        else:
            log.warning(
                "The key %s of %s, version %s, can be used again.", key.name, key.provider, key.version
            )


def _answer(
    line: _Line, question: Callable[[], Answer], answers: "SimpleQueue[Answer | BaseException]"
) -> None:
    try:
        answers.put(question())
    except BaseException as error:  # noqa: BLE001 - whoever waits raises it
        answers.put(error)
    finally:
        line.places.release()
