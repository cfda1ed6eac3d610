"""The claim of a new installation: made when a server starts where there is no administrator, and kept in a file."""

from pathlib import Path

from velaurum import secret_files
from velaurum.db import migrate
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.identity import claims

FILE = "claim"


def path(data_dir: Path) -> Path:
    """Return where the claim of an installation stands, readable by its own user alone."""
    return data_dir / secret_files.FOLDER / FILE


def offer(door: Database, data_dir: Path) -> str | None:
    """Make a claim where there is no administrator, and keep it in its file; else take the file away.

    None as well, and nothing is done, where the database cannot be asked yet.
    """
    try:
        with door.installation() as tx:
            if migrate.pending(tx.connection):
                return None
            claim = claims.issue(tx)
    except Refusal:
        return None
    if claim is None:
        path(data_dir).unlink(missing_ok=True)
        return None
    secret_files.replace(path(data_dir), f"{claim.text}\n".encode())
    return claim.text
