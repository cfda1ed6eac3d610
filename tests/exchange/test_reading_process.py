"""What the process that reads a file says is bounded, in length and in time: its file may have taken it over."""

import sys
import time
from pathlib import Path

import pytest

from support.reading_runs import CSV_HEADER, read
from velaurum.errors import UsageError
from velaurum.exchange import read_files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    kept = tmp_path / "stock.csv"
    kept.write_bytes(CSV_HEADER + b"receipt,BOLT,1,A,\n")
    return kept


def _taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let another program stand where the reader of files is started."""
    program = tmp_path / "reader"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def test_a_line_without_an_end_is_refused(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _taken_over(tmp_path, monkeypatch, "exec cat /dev/zero")

    with pytest.raises(UsageError, match="says too much"):
        read(file)


@pytest.mark.parametrize("script", ["exec sleep 60", "while sleep 0.1; do printf x; done"])
def test_a_reader_that_does_not_get_on_is_ended(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    _taken_over(tmp_path, monkeypatch, script)
    monkeypatch.setattr(read_files, "MOST_SILENT_S", 1)
    began = time.monotonic()

    with pytest.raises(UsageError, match="takes more than 1 s to read"):
        read(file)

    assert time.monotonic() - began < 10


def test_many_long_rows_are_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    note = "\x01" * 60_000
    file.write_text(CSV_HEADER.decode() + f"receipt,BOLT,1,A,{note}\n" * 300)

    rows = read(file)

    assert [row.movement["note"] for row in rows] == [note] * 300
