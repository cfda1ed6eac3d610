"""People who wrote notes and are carried away: what is asked of the databases and files that have them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from support.api_orgs import RECEIPT, ApiOrg
from support.command import Installation
from support.ledger_sql import SUPERUSER
from support.staff import Staff
from velaurum.db import embedded


@dataclass(frozen=True, slots=True)
class Writers:
    """An organisation where people wrote notes, one of whom was erased; exports from before and after."""

    org: ApiOrg
    admin: Staff
    ada: str
    gone: str
    before: Path
    after: Path
    log_name: str
    movements: dict[str, str]

    def words(self, folder: Path) -> tuple[str, ...]:
        return ("import-org", str(folder), "--policy", str(folder / "policy.txt"))


def database_of(installation: Installation) -> embedded.Cluster:
    found = embedded.find_running(installation.data_dir)
    assert found is not None
    return found


def asked(installation: Installation, query: str, *values: Any) -> list[tuple[Any, ...]]:
    conninfo = database_of(installation).conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query.encode(), values).fetchall()


def files_with(folder: Path, text: str) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if text.encode() in path.read_bytes()]


def noted(org: ApiOrg, token: str, text: str) -> str:
    reply = org.client.post(f"{org.path}/movements", {**RECEIPT, "note": text}, token=token, key=text[-20:])
    assert reply.status == 201, reply
    return str(reply.json["id"])


def exported(installation: Installation, org: ApiOrg, name: str) -> Path:
    to = installation.data_dir.parent / name
    assert installation.command("export", org.code, "--to", str(to)).code == 0
    return to
