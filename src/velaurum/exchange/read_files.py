"""Read files: rows of a file that another process reads, so that what is hostile in it stops there."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self, TypeVar

import msgspec

from velaurum.errors import UsageError
from velaurum.exchange import reading
from velaurum.exchange.column_mappings import ColumnMapping
from velaurum.exchange.reading import Description, Line, Order, Refused, Rows
from velaurum.exchange.rows import Row

# Nothing of what this process knows goes along: no token, no address. The reader of Parquet keeps to one allocator,
# because others reserve more than they use.
_ENVIRONMENT = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_DECODER = msgspec.json.Decoder(Line)
Said = TypeVar("Said", Description, Rows)
# Of one line that the process says, and how long it may take to say it, on a machine that is busy with something else.
MOST_LINE_BYTES = 64 * 1024**2
MOST_SILENT_S = 2 * reading.MOST_CPU_S
_PART_BYTES = 64 * 1024


class ReadFile:
    """The rows of a file, read in another process. They can be taken once; it ends with the block or with the rows."""

    def __init__(self, path: Path, mapping: ColumnMapping) -> None:
        """Wait until the whole file was read once. UsageError, one sentence, when it cannot be."""
        if not path.is_file():
            raise UsageError(f"There is no file {path}.")
        self.path = path
        self._held = bytearray()
        self._process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-I", "-m", reading.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # what interrupts the command ends it first
            env=_ENVIRONMENT | {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ},
        )
        try:
            with _pipe(self._process.stdin) as orders:
                orders.write(msgspec.json.encode(Order(str(path.absolute()), mapping)))
            found = self._line(Description)
        except BaseException:
            self.close()
            raise
        self.format = found.format
        self.delimiter = found.delimiter
        self.fingerprint = found.fingerprint
        self.columns = found.columns
        self.row_count = found.row_count

    def rows(self) -> Iterator[Row]:
        """Yield the rows in their order. UsageError when the process ends before they do."""
        while some := self._line(Rows).rows:
            yield from some

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        _pipe(self._process.stdout).close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _line(self, kind: type[Said]) -> Said:
        line = _DECODER.decode(self._text())
        if isinstance(line, Refused):
            raise UsageError(line.why)
        if isinstance(line, kind):
            return line
        raise AssertionError("the reading process says what its file is, and then its rows")

    def _text(self) -> bytes:
        """Take one line of the process, which may be in the hands of its file: nothing that it says is believed."""
        pipe, deadline, looked = _pipe(self._process.stdout), time.monotonic() + MOST_SILENT_S, 0
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while (end := self._held.find(b"\n", looked)) < 0:
                looked = len(self._held)
                if looked > MOST_LINE_BYTES:
                    raise UsageError(
                        f"{self.path.name} cannot be read: the process that reads it says too much."
                    )
                if not selector.select(max(deadline - time.monotonic(), 0)):
                    raise UsageError(f"{self.path.name} takes more than {MOST_SILENT_S} s to read.")
                part = os.read(pipe.fileno(), _PART_BYTES)
                if not part:
                    raise UsageError(self._ended())
                self._held += part
        text = bytes(self._held[:end])
        del self._held[: end + 1]
        return text

    def _ended(self) -> str:
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return f"{self.path.name} takes more than {reading.MOST_CPU_S} s of computing to read."
        return f"{self.path.name} cannot be read: the process that read it ended with {code}."


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise AssertionError("the process was started with pipes")
    return pipe
