"""Who posts first after a start has a name in the answer: it was opened as they were let in (V-08)."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support import api_orgs
from support.api_orgs import RECEIPT, ApiOrg
from support.erased_people import cluster_of
from support.http_client import Client
from support.ledger_sql import APP
from support.server_process import ServerProcess, running
from support.staff import administrator
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.identity import administrators

BATCH = {
    "mode": "independent",
    "movements": [{**RECEIPT, "idempotency_key": f"first-{n}"} for n in range(3)],
}


@pytest.fixture
def data_dir() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="velaurum-names-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        yield directory / "data"
    finally:
        shutil.rmtree(directory)


def founded(server: ServerProcess, client: Client) -> ApiOrg:
    conninfo = cluster_of(server.data_dir).conninfo(user=APP, dbname=embedded.DATABASE)
    with closing(Database(conninfo, max_connections=2)) as door:
        with door.installation() as tx:
            administrators.bootstrap(tx, "root")
        return api_orgs.create(door, client)


def test_the_first_answers_after_a_start_name_who_posted(data_dir: Path) -> None:
    with running(data_dir) as server, closing(Client(server.url)) as client:
        org = founded(server, client)
        admin = administrator(org)
        tokens = {name: admin.issues(admin.hires(name))["token"] for name in ("Ada", "Bob")}

    with running(data_dir) as again, closing(Client(again.url)) as client:
        path = f"{org.path}/movements"
        posted = client.post(path, RECEIPT, token=tokens["Ada"], key="first")
        batch = client.post(f"{path}/batch", BATCH, token=tokens["Bob"])

    assert posted.status == 201
    assert posted.json["actor"]["name"] == "Ada"
    assert [one["movement"]["actor"]["name"] for one in batch.json["results"]] == ["Bob"] * 3
