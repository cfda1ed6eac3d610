"""The product under load: the real server process on a data directory of its own, with one organisation."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from velaurum.catalog import items, locations
from velaurum.catalog.items import NewItem
from velaurum.catalog.locations import NewLocation
from velaurum.config import Settings
from velaurum.db import embedded
from velaurum.db.connection import Tx
from velaurum.identity import administrators, tokens
from velaurum.ops import installation
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgContext

ORG = "benchmark"
ITEMS = 1_000
STORES = 10


@dataclass(frozen=True, slots=True)
class Site:
    """Where to send requests, and as whom."""

    data_dir: Path
    host: str
    port: int
    token: str
    cluster: embedded.Cluster

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@contextmanager
def running() -> Iterator[Site]:
    """Start the server, make an organisation with items and stores, stop the server at the end."""
    with tempfile.TemporaryDirectory(prefix="velaurum-bench-") as name:
        data_dir = Path(name)
        data_dir.chmod(0o755)
        command = [sys.executable, "-m", "velaurum", "up", "--insecure-http", "--listen", "127.0.0.1:0"]
        server = subprocess.Popen([*command, "--data-dir", name], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None  # noqa: S101 - a pipe was asked for
            address = urlsplit(server.stdout.readline().split()[-1])
            token = _populate(data_dir)
            cluster = embedded.find_running(data_dir)
            if cluster is None or address.hostname is None or address.port is None:
                raise RuntimeError("the server did not start")
            yield Site(data_dir, address.hostname, address.port, token, cluster)
        finally:
            server.terminate()
            server.wait(30)


def _populate(data_dir: Path) -> str:
    with installation.database(Settings(data_dir=data_dir)) as database:
        with database.installation() as tx:
            administrators.bootstrap(tx, "benchmark")
            org = orgs.create(tx, ORG, "eu-west")
            token = tokens.create(
                tx, org.org_id, "controller", kind="service", name="load", life=timedelta(days=1)
            )
            manager = tokens.create(
                tx, org.org_id, "org-admin", kind="service", name="manager", life=timedelta(days=1)
            )
            credential = tokens.verify(tx, manager)
            if credential is None:
                raise RuntimeError("the token is not known")
            context = credential.context("00000000-0000-4000-8000-000000000000", "manage-catalog")
            _catalogue(*tx.enter(context))
        return token.text


def _catalogue(tx: Tx, org: OrgContext) -> None:
    for n in range(ITEMS):
        items.create(tx, org, NewItem(f"ITEM-{n}", f"Item {n}"), idempotency_key=f"item-{n}")
    for n in range(STORES):
        locations.create(
            tx, org, NewLocation(f"STORE-{n}", f"Store {n}", "storage"), idempotency_key=f"store-{n}"
        )
