"""The requests that the benchmarks send: single postings and batches."""

import random
import uuid
from collections.abc import Callable

import psycopg

from benchmarks import load
from benchmarks.site import ITEMS, STORES, Site
from velaurum.db import embedded

Key = Callable[[], tuple[int, int]]
BATCH_ROWS = 1_000
_KEYS = """
select m.idempotency_key from ledger.movement as m inner join tenancy.org as o on m.org_id = o.org_id
where o.code = %s and m.idempotency_key like %s
"""


def single(place: Site, connections: int, seconds: float, key: Key, more: str = "") -> load.Measured:
    """Post one movement a request; `more` are further members of each body, as JSON behind a comma."""
    make = single_request(place, uuid.uuid4().hex, key, more)
    return load.run(place.host, place.port, connections, seconds, make)


def single_request(place: Site, run: str, key: Key, more: str = "") -> load.MakeRequest:
    """Return what makes the requests of one run; their keys are `run`, a hyphen and a number."""

    def make(n: int) -> bytes:
        item, store = key()
        what = f'"kind":"receipt","item":"ITEM-{item}","quantity":"{n % 97 + 1}","target":"STORE-{store}"'
        body = f"{{{what}{more}}}".encode()
        return load.request(place.movements, place.token, body, [f"Idempotency-Key: {run}-{n}"])

    return make


def anywhere() -> tuple[int, int]:
    """Return an item and a store by chance."""
    return random.randrange(ITEMS), random.randrange(STORES)  # noqa: S311 - load, not a secret


def one_key() -> tuple[int, int]:
    """Return the same item and store every time."""
    return 0, 0


def batch_request(place: Site) -> load.MakeRequest:
    run = uuid.uuid4().hex

    def make(n: int) -> bytes:
        rows = [
            f'{{"kind":"receipt","item":"ITEM-{(n * 7 + row) % ITEMS}","quantity":"1.5",'
            f'"target":"STORE-{row % STORES}","idempotency_key":"{run}-{n}-{row}"}}'
            for row in range(BATCH_ROWS)
        ]
        body = f'{{"mode":"independent","movements":[{",".join(rows)}]}}'
        return load.request(f"{place.movements}/batch", place.token, body.encode())

    return make


def keys_recorded(place: Site, run: str) -> set[str]:
    """Return the keys of a run that are in the ledger, as the database itself has them."""
    with psycopg.connect(place.cluster.conninfo(user="postgres", dbname=embedded.DATABASE)) as admin:
        return {key for (key,) in admin.execute(_KEYS, [place.org, f"{run}-%"])}


def require_posted(name: str, measured: load.Measured) -> None:
    """Raise when anything but a posting was answered: a refusal is faster than the work."""
    unexpected = {status: count for status, count in measured.by_status.items() if status not in (200, 201)}
    if unexpected:
        raise RuntimeError(f"{name}: {unexpected}")
