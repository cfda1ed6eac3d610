"""Tryton's stock module as its users have it: a program in an environment of its own, asked over JSON-RPC.

Nothing of it is imported here. It is installed from the package index, set up with its own administration command,
served by gunicorn, and asked with the methods that its own clients call.
"""

import base64
import http.client
import json
import os
import secrets
import socket
import subprocess
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from benchmarks.site import ITEMS, STORES
from velaurum.db.embedded import Cluster

PINNED = ("trytond==8.2.1", "trytond-stock==8.2.1", "psycopg[binary,pool]==3.3.9", "gunicorn==27.0.1")
DATABASE = "tryton"
USER = "admin"
PASSWORD = secrets.token_urlsafe(16)
WORKERS, THREADS = 4, 16
INSTALL_S, SET_UP_S, ANSWER_S, START_S = 600, 600, 120, 60


class RefusedError(Exception):
    """Tryton answered with an error: nothing was done."""


@dataclass(frozen=True, slots=True)
class Tryton:
    """A running server: where it is, as whom it is asked, and the ids of what is moved."""

    port: int
    session: str = ""
    company: int = 0
    currency: int = 0
    unit: int = 0
    supplier: int = 0
    products: tuple[int, ...] = ()
    stores: tuple[int, ...] = ()


class Client:
    """One connection to the server, which asks one thing after the other."""

    def __init__(self, tryton: Tryton) -> None:
        self._tryton = tryton
        self._connection = http.client.HTTPConnection("127.0.0.1", tryton.port, timeout=ANSWER_S)

    def call(self, method: str, *params: Any, **context: Any) -> Any:
        """Call a method of a model as clients of Tryton do. RefusedError when it answers with an error."""
        if self._tryton.company:
            context["company"] = self._tryton.company
        more = [] if method.startswith("common.") else [context]
        body = json.dumps({"id": 1, "method": method, "params": [*params, *more]})
        headers = {"Content-Type": "application/json"}
        if self._tryton.session:
            headers["Authorization"] = f"Session {self._tryton.session}"
        self._connection.request("POST", f"/{DATABASE}/rpc/", body, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != http.client.OK:
            raise RefusedError(f"{method}: {answer.status} {said[:300]!r}")
        document = json.loads(said)
        if "error" in document:
            raise RefusedError(f"{method}: {document['error']}"[:2000])
        return document["result"]

    def receive(self, keys: Sequence[tuple[int, int]]) -> None:
        """Move one of each product from the supplier to a store; done when this returns. Takes two calls."""
        here = self._tryton
        moves = [
            {
                "product": here.products[product],
                "unit": here.unit,
                "quantity": 1.0,
                "from_location": here.supplier,
                "to_location": here.stores[store],
                "company": here.company,
                "currency": here.currency,
                "unit_price": {"__class__": "Decimal", "decimal": "1"},
            }
            for product, store in keys
        ]
        made = self.call("model.stock.move.create", moves)
        self.call("model.stock.move.do", made)

    def on_hand(self) -> float:
        """Return what all products have in all stores, as Tryton itself adds it up."""
        here = self._tryton
        found = self.call(
            "model.product.product.read", here.products, ["quantity"], locations=here.stores, with_childs=True
        )
        return float(sum(one["quantity"] for one in found))

    def close(self) -> None:
        self._connection.close()


@contextmanager
def running(cluster: Cluster, folder: Path, scratch: Path) -> Iterator[Tryton]:
    """Serve Tryton from a database of this server; its environment is made in `folder`, and stays there."""
    programs = _installed(folder)
    environment = _environment(cluster, scratch)
    with psycopg.connect(cluster.conninfo(user="postgres", dbname="postgres"), autocommit=True) as admin:
        admin.execute(f"create database {DATABASE}")
    admin_command = [str(programs / "trytond-admin"), f"--database={DATABASE}", "--email=admin@localhost"]
    admin_command += ["--update", "stock", "--activate-dependencies"]
    said = subprocess.run(
        admin_command, env=environment, timeout=SET_UP_S, check=False, capture_output=True, text=True
    )
    if said.returncode:
        raise RuntimeError(f"Tryton was not set up: {said.stderr[-2000:]}")
    port = _free_port()
    command = [str(programs / "gunicorn"), "trytond.application:app", f"--bind=127.0.0.1:{port}"]
    command += [f"--workers={WORKERS}", f"--threads={THREADS}", "--keep-alive=60", "--log-level=error"]
    server = subprocess.Popen(command, env=environment, cwd=scratch)
    try:
        _wait_for(port)
        yield _furnished(port)
    finally:
        server.terminate()
        server.wait(30)


def _installed(folder: Path) -> Path:
    programs, made = folder / "bin", folder / "benchmark-is-made"
    if not made.exists() or made.read_text() != "\n".join(PINNED):
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([str(programs / "pip"), "install", "--quiet", *PINNED], check=True, timeout=INSTALL_S)
        made.write_text("\n".join(PINNED))
    return programs


def _environment(cluster: Cluster, scratch: Path) -> dict[str, str]:
    address = f"postgresql://postgres@{quote(str(cluster.socket_dir), safe='')}:{cluster.port}/"
    settings, password = scratch / "trytond.conf", scratch / "trytond.password"
    settings.write_text(f"[database]\nuri = {address}\n")
    password.write_text(PASSWORD)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {
        **kept,
        "TRYTOND_CONFIG": str(settings),
        "TRYTONPASSFILE": str(password),
        "TRYTOND_DATABASE_NAMES": DATABASE,
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("Tryton does not listen")


def _furnished(port: int) -> Tryton:
    """Sign in, and make a company, its products and its stores."""
    user_id, session, *_ = Client(Tryton(port)).call("common.db.login", USER, {"password": PASSWORD})
    signed_in = base64.b64encode(f"{USER}:{user_id}:{session}".encode()).decode()
    client = Client(Tryton(port, signed_in))
    digits = {"digits": 2, "rounding": {"__class__": "Decimal", "decimal": "0.01"}}
    (currency,) = client.call(
        "model.currency.currency.create", [{"name": "Euro", "code": "EUR", "symbol": "E", **digits}]
    )
    (party,) = client.call("model.party.party.create", [{"name": "Benchmark"}])
    (company,) = client.call("model.company.company.create", [{"party": party, "currency": currency}])
    client.call("model.res.user.write", [user_id], {"companies": [["add", [company]]], "company": company})
    client = Client(Tryton(port, signed_in, company))
    (unit,) = client.call("model.product.uom.search", [["symbol", "=", "u"]], 0, 1, None)
    (supplier,) = client.call("model.stock.location.search", [["type", "=", "supplier"]], 0, 1, None)
    templates = [
        {
            "name": f"Item {n}",
            "type": "goods",
            "default_uom": unit,
            "products": [["create", [{"suffix_code": f"ITEM-{n}"}]]],
        }
        for n in range(ITEMS)
    ]
    made = client.call("model.product.template.create", templates)
    products = client.call("model.product.product.search", [["template", "in", made]], 0, None, None)
    stores = client.call(
        "model.stock.location.create",
        [{"name": f"Store {n}", "code": f"STORE-{n}", "type": "storage"} for n in range(STORES)],
    )
    client.close()
    return Tryton(port, signed_in, company, currency, unit, supplier, tuple(products), tuple(stores))
