"""A database as the first start of a server leaves it, made once a process, and copied for each server of its own.

That a server makes it from nothing is shown in tests/cli, where `velaurum up` and the other commands do.
"""

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from support.ledger_sql import SUPERUSER
from velaurum.db import embedded
from velaurum.db.migrate import migrate

_POSTGRES = "postgres"


def install(data_dir: Path) -> None:
    """Put a migrated database into a data directory, unless it has one."""
    if not (data_dir / _POSTGRES).exists():
        # With owners and modes: an embedded server of root runs as somebody else.
        subprocess.run(["/bin/cp", "-a", str(_original()), str(data_dir / _POSTGRES)], check=True)


@cache
def _original() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="velaurum-original-", dir="/tmp"))
    directory.chmod(0o755)
    atexit.register(shutil.rmtree, directory)
    with embedded.start(directory / "data") as server:
        migrate(server.cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE))
    return directory / "data" / _POSTGRES
