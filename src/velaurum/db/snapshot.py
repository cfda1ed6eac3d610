"""The database on paper: sql/schema.sql, as PostgreSQL describes a fresh migration, and what is held to it."""

import re
import subprocess
import tempfile
from pathlib import Path

import psycopg

from velaurum.db import catalogue, definitions, embedded, library
from velaurum.db.layout import SUPERUSER
from velaurum.db.migrate import migrate
from velaurum.errors import OperationError

SQL = Path(__file__).parents[1] / "sql"
DUMP_TIMEOUT_S = 60.0
_HEADING = """\
-- The whole database after a fresh migration, written by `make schema`. Nothing reads this page but people: its diff
-- shows what a change does in total. Edit the migrations, the routines, the grants or the fence instead.
"""
# Which server and which program wrote it, and how psql reads it, is not part of the database.
_NOISE = re.compile(
    r"--(?: PostgreSQL database dump.*| Dumped .*| Name: .*)?|SET .*|SELECT pg_catalog\.set_config\(.*"
    rf"|\\(?:un)?restrict .*|ALTER .* OWNER TO {SUPERUSER};"
)
# pg_dump writes the roles of a policy in the order in which the server happens to keep them.
_ROLES = (
    "velaurum_owner",
    "velaurum_app",
    "velaurum_integrator",
    "velaurum_auditor",
    "velaurum_backup",
    "velaurum_queue",
    "velaurum_operator",
)
_POLICY_ROLES = re.compile(r"(?<= TO )velaurum_\w+(?:, velaurum_\w+)+(?= (?:USING|WITH CHECK) )")


def snapshot(cluster: embedded.Cluster, dbname: str) -> str:
    """Describe a database of a server whose programs are at hand. The same database gives the same bytes."""
    argv = [
        str(cluster.bin_dir / "pg_dump"),
        "--schema-only",
        "--no-tablespaces",
        f"--exclude-schema={library.SCHEMA}",  # what the library makes is on its own pages
        f"--dbname={cluster.conninfo(user=SUPERUSER, dbname=dbname)}",
    ]
    done = subprocess.run(  # noqa: S603 - the server's own program, no caller's words
        argv, capture_output=True, text=True, check=False, timeout=DUMP_TIMEOUT_S
    )
    if done.returncode != 0:
        raise OperationError(f"pg_dump could not describe the database: {done.stderr.strip()}")
    text = _POLICY_ROLES.sub(_in_order, done.stdout)
    lines = [line for line in text.splitlines() if not _NOISE.fullmatch(line)]
    return _HEADING + re.sub(r"\n{3,}", "\n\n", "\n" + "\n".join(lines).strip() + "\n")


def _in_order(roles: re.Match[str]) -> str:
    return ", ".join(sorted(roles[0].split(", "), key=_ROLES.index))


def write(folder: Path) -> None:
    """Write every page of this release into `folder`."""
    with tempfile.TemporaryDirectory(prefix="velaurum-schema-") as directory:
        # The server's user has to enter the directory, which is empty but for the server's own closed one.
        Path(directory).chmod(0o755)
        with embedded.start(Path(directory) / "data") as server:
            conninfo = server.cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
            migrate(conninfo)
            (folder / "schema.sql").write_text(snapshot(server.cluster, embedded.DATABASE), "utf-8")
            with psycopg.connect(conninfo) as connection:
                (folder / catalogue.MANIFEST).write_text(catalogue.manifest_text(connection), "utf-8")
                (folder / definitions.FILE).write_text(definitions.text(connection), "utf-8")


if __name__ == "__main__":
    write(SQL)
