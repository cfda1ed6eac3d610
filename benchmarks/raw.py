"""What the server itself can do: durable single-row inserts (R) and COPY (C), with rows as wide as a movement."""

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from velaurum.db.embedded import Cluster

CLIENTS = 32
WIDTH_BYTES = 800
COPIED_ROWS = 100_000
_INSERT = f"""\
\\set k random(1, 1000000000)
insert into raw.movement (org_id, key, payload) values (gen_random_uuid(), :k, repeat('x', {WIDTH_BYTES}));
"""
_TPS = re.compile(r"tps = ([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Raw:
    """A scratch database on the server that the product uses."""

    cluster: Cluster
    scratch: Path

    def prepare(self) -> None:
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute("drop database if exists raw with (force)")
            connection.execute("create database raw")
        with psycopg.connect(self.conninfo("raw"), autocommit=True) as connection:
            connection.execute("create schema raw")
            connection.execute(
                "create table raw.movement (id bigint generated always as identity primary key,"
                " org_id uuid not null, key bigint not null, payload text not null)"
            )
            connection.execute(
                "create table raw.copied (id bigint primary key, org_id uuid not null, key bigint not null,"
                " payload text not null)"
            )
            connection.execute("create index on raw.copied (org_id, key)")
            connection.execute("create index on raw.copied (key, id)")
        (self.scratch / "insert.sql").write_text(_INSERT)

    def inserts_a_second(self, seconds: int, clients: int = CLIENTS) -> float:
        """R where there are 32 clients: committed single-row inserts a second, prepared, every one durable."""
        command = [
            str(self.cluster.bin_dir / "pgbench"),
            *("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--jobs={min(clients, 2)}"),
            *(f"--time={seconds}", f"--file={self.scratch / 'insert.sql'}", self.conninfo("raw")),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
        found = _TPS.search(done.stdout)
        if found is None:
            raise RuntimeError(done.stdout)
        return float(found[1])

    def copied_rows_a_second(self) -> float:
        """C: rows a second of one COPY into a table with three indexes, committed."""
        row = f"%d\t00000000-0000-7000-8000-%012d\t%d\t{'x' * WIDTH_BYTES}\n"
        text = "".join(row % (n, n, n * 7919 % COPIED_ROWS) for n in range(COPIED_ROWS)).encode()
        with psycopg.connect(self.conninfo("raw"), autocommit=True) as connection:
            connection.execute("truncate raw.copied")
            start = time.perf_counter()
            with connection.cursor() as cursor, cursor.copy("copy raw.copied from stdin") as copy:
                copy.write(text)
            return COPIED_ROWS / (time.perf_counter() - start)

    def conninfo(self, database: str) -> str:
        """Return where a superuser connects to a database of this server."""
        return self.cluster.conninfo(user="postgres", dbname=database)
