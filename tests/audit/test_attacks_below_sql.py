"""Attacks below SQL (V-20): a tool for repair, edited pages with checksums made anew, an old copy put back.

The embedded server ships pg_surgery, so heap_force_kill itself is run. There are no partitions to detach.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from support.ledger_sql import SUPERUSER
from support.sealed import FORGED, REFERENCE, Sealed, seal
from velaurum.db import embedded
from velaurum.db.migrate import migrate

PAGES = "postgres/data"


@pytest.fixture
def stopped() -> Iterator[tuple[Path, Sealed, Path, Path]]:
    """Make a server of its own with a signed log, and stop it: its directory, the log, a page file, the programs."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-pages-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        with embedded.start(directory / "data") as server:
            cluster = server.cluster
            migrate(cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE))
            made = seal(
                lambda role: cluster.conninfo(user=role, dbname=embedded.DATABASE), directory / "outside"
            )
            with made.superuser() as connection:
                row = connection.execute("select pg_relation_filepath('ledger.movement')").fetchone()
            assert row is not None
        yield directory / "data", made, Path(PAGES) / str(row[0]), cluster.bin_dir
    finally:
        shutil.rmtree(directory)


def edit(stopped: tuple[Path, Sealed, Path, Path], change: Callable[[bytes], bytes]) -> Sealed:
    """Change the file of the movements on the disk, and make every checksum anew."""
    data_dir, made, page, bin_dir = stopped
    (data_dir / page).write_bytes(change((data_dir / page).read_bytes()))
    for what in ("--disable", "--enable"):
        argv = [str(bin_dir / "pg_checksums"), what, f"--pgdata={data_dir / PAGES}"]
        subprocess.run(argv, check=True, capture_output=True)
    return made


def named(made: Sealed, data_dir: Path, workers: int = 1) -> dict[str, tuple[int | None, str | None]]:
    """Start the server and verify: the index and the record of each code, the first of them."""
    with embedded.start(data_dir):
        found = made.verdict(workers=workers).findings.kept
    return {one.code: (one.log_index, one.record_id) for one in reversed(found)}


def test_a_row_on_an_edited_page_is_named(stopped: tuple[Path, Sealed, Path, Path]) -> None:
    row = re.compile(b'(?<!")' + REFERENCE.encode())
    made = edit(stopped, lambda page: row.sub(FORGED.encode(), page))

    found = named(made, stopped[0])
    edit(stopped, lambda page: page.replace(FORGED.encode(), REFERENCE.encode()))

    assert found == {"entry-differs": (made.edited, made.ids[made.edited])}
    assert named(made, stopped[0]) == {}


def test_a_row_with_its_entry_and_leaf_on_an_edited_page_is_named(
    stopped: tuple[Path, Sealed, Path, Path],
) -> None:
    entry = re.compile(rb'\{"actor":[^\0]*?"reference":"' + REFERENCE.encode() + rb'".*?"v":1\}', re.DOTALL)

    def forge(page: bytes, old: str, new: str) -> bytes:
        (before,) = entry.findall(page.replace(old.encode(), REFERENCE.encode()))
        was = before.replace(REFERENCE.encode(), old.encode())
        becomes = before.replace(REFERENCE.encode(), new.encode())
        hashed = [sha256(b"\0" + one).digest() for one in (was, becomes)]
        assert page.count(hashed[0]) == 1
        return page.replace(*hashed).replace(old.encode(), new.encode())

    made = edit(stopped, lambda page: forge(page, REFERENCE, FORGED))
    found = named(made, stopped[0])
    edit(stopped, lambda page: forge(page, FORGED, REFERENCE))

    at = made.edited, made.ids[made.edited]
    assert found == {"checkpoint-differs": at, "tile-differs": at, "fork": at}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_page_that_cannot_be_read_is_reported(
    stopped: tuple[Path, Sealed, Path, Path], workers: int
) -> None:
    data_dir, made, page, _ = stopped
    before = (data_dir / page).read_bytes()
    (data_dir / page).write_bytes(before[:9_000] + bytes([before[9_000] ^ 1]) + before[9_001:])

    found = named(made, data_dir, workers)
    (data_dir / page).write_bytes(before)

    assert [*found] == ["unreadable"]


def test_an_old_copy_that_was_put_back_is_behind_what_was_signed(
    stopped: tuple[Path, Sealed, Path, Path], tmp_path: Path
) -> None:
    data_dir, made, _, _ = stopped
    # With its owner: the server's files are those of a user of its own.
    subprocess.run(["/bin/cp", "-a", str(data_dir / PAGES), str(tmp_path / "copy")], check=True)
    with embedded.start(data_dir):
        made.post_and_sign()
    shutil.rmtree(data_dir / PAGES)
    subprocess.run(["/bin/cp", "-a", str(tmp_path / "copy"), str(data_dir / PAGES)], check=True)

    found = named(made, data_dir)

    assert [*found] == ["behind-last-statement"]


def test_a_row_that_a_tool_for_repair_removed_is_missed(sealed: Sealed) -> None:
    with sealed.superuser() as connection:
        connection.execute("create extension pg_surgery schema public")
        row = connection.execute(
            "select ctid::text from ledger.movement where log_index = %s", [sealed.edited]
        ).fetchone()
        assert row is not None
        connection.execute(
            "select public.heap_force_kill('ledger.movement'::regclass, array[%s::tid])", [row[0]]
        )

    found = {one.code: one.log_index for one in reversed(sealed.verdict().findings.kept)}

    assert found["index-missing"] == sealed.edited
    assert (found["seq-differs"] or 0) > sealed.edited
