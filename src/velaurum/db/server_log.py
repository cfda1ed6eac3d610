"""What PostgreSQL wrote since one start of it: the reason of a failure, and the pulse of a recovery."""

import time
from collections.abc import Iterator
from pathlib import Path

_GRAVE = ("PANIC:", "FATAL:", "ERROR:", "error:")


class ServerLog:
    """The lines that were added to `start_log` and to the logs in `logs_dir` since this was made."""

    def __init__(self, start_log: Path, logs_dir: Path, *, patience_s: float) -> None:
        """Begin to listen; `start_log` is about to be written anew, the others to be continued."""
        self._start_log = start_log
        self._logs_dir = logs_dir
        self._patience_s = patience_s
        self._sizes = {path: path.stat().st_size for path in logs_dir.glob("*.log")}
        self._heard = 0
        self._deadline = time.monotonic() + patience_s

    def fell_silent(self) -> bool:
        """Tell whether nothing new was logged for `patience_s`; a recovery logs its progress."""
        heard = sum(path.stat().st_size - self._sizes.get(path, 0) for path in self._logs_dir.glob("*.log"))
        if heard > self._heard:
            self._heard = heard
            self._deadline = time.monotonic() + self._patience_s
        return time.monotonic() > self._deadline

    def reason(self) -> str:
        """Return the first grave line, or else the last line."""
        return failure_line("\n".join(self._new_text())) or "the server wrote nothing"

    def _new_text(self) -> Iterator[str]:
        if self._start_log.exists():
            yield self._start_log.read_text("utf-8", "replace")
        for path in sorted(self._logs_dir.glob("*.log"), key=lambda path: path.stat().st_mtime_ns):
            with path.open("rb") as file:
                file.seek(self._sizes.get(path, 0))
                yield file.read().decode("utf-8", "replace")


def failure_line(text: str) -> str:
    """Return the first line that names a failure (later ones follow from it), else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    grave = [line for line in lines if any(word in line for word in _GRAVE)]
    return (grave[:1] or lines[-1:] or [""])[0]
