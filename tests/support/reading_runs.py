"""Runs of the process that reads files of others, with what it said and the memory that it took."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from velaurum.exchange import reading
from velaurum.exchange.column_mappings import ColumnMapping
from velaurum.exchange.read_files import ReadFile
from velaurum.exchange.reading import Order
from velaurum.exchange.rows import Row

MIB = 1024 * 1024
MOST_RESIDENT_BYTES = 320 * MIB
CSV_HEADER = b"kind,item,quantity,target,note\n"
# A process begins with the peak of the one that it was forked from; this one is small.
MEASURER = (
    "import resource, subprocess, sys\n"
    "code = subprocess.call([sys.executable, '-I', '-m', sys.argv[1]])\n"
    "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)\n"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the reading process: what it said at its end, how many rows it read, and its peak memory."""

    refused: str
    rows: int
    peak_bytes: int


def run(path: Path, mapping: ColumnMapping | None = None) -> Run:
    """Let the process read a file as an import does, and count what comes out of it."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", MEASURER, reading.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"},
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(msgspec.json.encode(Order(str(path), mapping or ColumnMapping())))
        process.stdin.close()
        refused, rows = "", 0
        for line in process.stdout:
            said = msgspec.json.decode(line)
            refused, rows = said.get("why", ""), rows + len(said.get("rows", ()))
        code, peak = process.stderr.read().splitlines()[-1].split()
    assert code == b"0"
    return Run(refused, rows, int(peak) * 1024)


def read(path: Path, mapping: ColumnMapping | None = None) -> list[Row]:
    with ReadFile(path, mapping or ColumnMapping()) as file:
        return list(file.rows())
