"""A PostgreSQL that somebody else runs: it listens on loopback and asks for passwords."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from support.ports import fresh_port
from support.servers import bin_dir
from velaurum.db import embedded


@pytest.fixture(params=[17, 18])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Start a server that listens on loopback and asks for passwords; return its administrator's URL."""
    directory = tmp_path / "server"
    with embedded.start(directory, pg_bin=bin_dir(request.param)):
        pass
    conf = directory / "postgres" / "conf" / "local.conf"
    with ExitStack() as stack:
        port = stack.enter_context(fresh_port())
        conf.write_text(f"listen_addresses = '127.0.0.1'\nport = {port}\n")
        server = stack.enter_context(embedded.start(directory, pg_bin=bin_dir(request.param)))
        conninfo = server.cluster.conninfo(user="postgres", dbname="postgres")
        password = secrets.token_urlsafe(16)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(sql.SQL("alter role postgres password {}").format(password))
            hba = connection.execute("select current_setting('hba_file')").fetchone()
            assert hba is not None
            with Path(hba[0]).open("a") as file:
                file.write("host all all 127.0.0.1/32 scram-sha-256\n")
            connection.execute("select pg_reload_conf()")
            connection.execute("create database warehouse")
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}/warehouse"
