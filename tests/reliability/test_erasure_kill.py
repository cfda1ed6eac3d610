"""A server that is killed between an erasure's commit and the end of the share: the next start ends it (V-08, V-09)."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from support import api_orgs
from support.api_orgs import RECEIPT
from support.erased_people import cluster_of
from support.http_client import Client
from support.ledger_sql import APP, SUPERUSER
from support.server_process import ServerProcess, running
from support.staff import Staff, administrator
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import administrators
from velaurum.keys import shares
from velaurum.ops import erasure_journal

LONGEST_S = 30.0


@pytest.fixture
def data_dir() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="velaurum-erasure-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        yield directory / "data"
    finally:
        shutil.rmtree(directory)


def staff(server: ServerProcess, client: Client) -> Staff:
    conninfo = cluster_of(server.data_dir).conninfo(user=APP, dbname=embedded.DATABASE)
    with closing(Database(conninfo, max_connections=2)) as door:
        with door.installation() as tx:
            administrators.bootstrap(tx, "root")
        return administrator(api_orgs.create(door, client))


def writes(admin: Staff, name: str) -> str:
    principal = admin.hires(name)
    posted = admin.org.client.post(
        f"{admin.org.path}/movements",
        {**RECEIPT, "note": name},
        token=admin.issues(principal)["token"],
        key=name,
    )
    assert posted.status == 201, posted
    return principal


def wait_until_erased(data_dir: Path, principal: str) -> None:
    conninfo = cluster_of(data_dir).conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
    until = time.monotonic() + LONGEST_S
    with psycopg.connect(conninfo, autocommit=True) as connection:
        while not connection.execute(
            "select true from identity.erasure where principal_id = %s", [principal]
        ).fetchone():
            assert time.monotonic() < until
            time.sleep(0.01)


def erasing(admin: Staff, principal: str) -> None:
    with suppress(OSError, AssertionError):  # it is killed before it answers
        admin.post(f"/principals/{principal}/erasure")


def test_a_share_outlives_a_kill_until_the_next_start_alone(data_dir: Path) -> None:
    """Whoever writes to a pipe waits for a reader: so the server stands behind the commit, and is killed there."""
    server = ServerProcess(data_dir)
    try:
        with closing(Client(server.url)) as client:
            admin = staff(server, client)
            gone, stays = writes(admin, "Ada"), writes(admin, "Bea")
            folder = data_dir / shares.FOLDER / admin.org.org_id
            os.mkfifo(folder / f"{gone}-0123456789abcdef")
            shutil.chown(folder / f"{gone}-0123456789abcdef", folder.owner(), folder.group())
            admin.must(admin.post(f"/principals/{gone}/disabling"))
            with closing(Client(server.url)) as another:
                waiting = Staff(replace(admin.org, client=another), admin.token)
                asking = threading.Thread(target=erasing, args=(waiting, gone), daemon=True)
                asking.start()
                wait_until_erased(data_dir, gone)
                server.kill()
                asking.join(LONGEST_S)
    finally:
        server.kill()
    (folder / f"{gone}-0123456789abcdef").unlink()
    assert {one.name for one in folder.iterdir()} == {gone, stays}

    with running(data_dir) as again, closing(Client(again.url)) as client:
        there = Staff(replace(admin.org, client=client), admin.token)
        assert [one.name for one in folder.iterdir()] == [stays]
        (line,) = erasure_journal.lines(data_dir)
        assert there.post(f"/principals/{gone}/erasure").json["receipt"] == line.receipt

    # Also when it came back since, from a copy.
    shutil.copy2(folder / stays, folder / gone)
    with running(data_dir):
        assert [one.name for one in folder.iterdir()] == [stays]


def test_a_share_that_cannot_be_removed_is_told_and_a_repeat_removes_it(data_dir: Path) -> None:
    with running(data_dir) as server, closing(Client(server.url)) as client:
        admin = staff(server, client)
        gone = writes(admin, "Ada")
        folder = data_dir / shares.FOLDER / admin.org.org_id
        stands = folder / f"{gone}-0123456789abcdef"
        stands.mkdir()  # nobody writes over a folder
        admin.must(admin.post(f"/principals/{gone}/disabling"))

        failed = admin.post(f"/principals/{gone}/erasure")

        assert failed.status == 500
        assert (folder / gone).exists()
        stands.rmdir()
        assert admin.post(f"/principals/{gone.upper()}/erasure").status == 200
        assert list(folder.iterdir()) == []
