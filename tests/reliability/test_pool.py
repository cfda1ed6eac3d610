"""The pool at its limits: connections go from one organisation to the next, also when work on them was cut short."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from urllib.parse import urlsplit

import psycopg
import pytest

from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.server_process import ServerProcess
from support.tenants import create_context, create_tenant, new_context
from support.wire import Wire
from velaurum.catalog import locations
from velaurum.db.connection import Database, Tx
from velaurum.db.queries import Statement
from velaurum.errors import Refusal
from velaurum.tenancy.context import OrgContext

CONNECTIONS = 2
THREADS = 8
ORGANISATIONS = 5
SECONDS = 5.0
FEWEST_SEEN, FEWEST_ANSWERED = 200, 100
SLEEP = Statement("test.sleep", b"select pg_sleep(0.05)::text as slept", "exempt")
LEFT = Statement(
    "test.left",
    b"select coalesce(current_setting('velaurum.org', true), '') || coalesce(current_setting("
    b"'velaurum.sub_orgs', true), '') as settings",
    "exempt",
)
CANCEL = "select pg_cancel_backend(pid) from pg_stat_activity where usename = %s and query like '%%pg_sleep(0.05)%%'"


class CutShortError(Exception):
    """Ends a transaction in the middle."""


@pytest.fixture(scope="module")
def database(module_conninfo: ConninfoOf) -> Iterator[Database]:
    database = Database(module_conninfo(APP), max_connections=CONNECTIONS)
    yield database
    database.close()


@pytest.fixture(scope="module")
def orgs(database: Database) -> list[OrgContext]:
    with database.installation() as tx:
        return [new_context(tx, create_context(tx).org_id, "auditor", "read") for _ in range(ORGANISATIONS)]


def end_somehow(tx: Tx, chance: float) -> None:
    if chance < 0.25:
        raise CutShortError
    if chance < 0.5:
        tx.value(SLEEP, str)  # somebody may cancel it
    if chance < 0.6:
        tx.connection.close()


def test_no_organisation_is_left_behind_on_a_connection(
    database: Database, orgs: list[OrgContext], module_conninfo: ConninfoOf
) -> None:
    own = {}
    for org in orgs:
        with database.transaction(org) as (tx, scoped):
            own[org.org_id] = {one.id for one in locations.list_page(tx, scoped, after="", limit=50)}
    until = time.monotonic() + SECONDS
    seen: list[bool] = []
    left: set[str] = set()

    def alternate(seed: int) -> None:
        chances = random.Random(seed)  # noqa: S311 - the same run every time
        while time.monotonic() < until or len(seen) <= FEWEST_SEEN:
            org = chances.choice(orgs)
            with suppress(CutShortError, Refusal, psycopg.Error), database.installation() as outside:
                left.add(outside.value(LEFT, str))
                tx, scoped = outside.enter(org)
                found = {one.id for one in locations.list_page(tx, scoped, after="", limit=50)}
                seen.append(found == own[org.org_id])
                end_somehow(tx, chances.random())

    def cancel() -> None:
        with psycopg.connect(module_conninfo(SUPERUSER), autocommit=True) as admin:
            while time.monotonic() < until:
                admin.execute(CANCEL, [APP])
                time.sleep(0.02)

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(alternate, range(THREADS)))
    canceller.join()

    assert len(seen) > FEWEST_SEEN
    assert all(seen)
    assert left == {""}


def test_a_setting_of_the_session_would_have_been_seen(module_conninfo: ConninfoOf) -> None:
    with closing(Database(module_conninfo(APP), max_connections=1)) as database:
        with database.installation() as tx:
            tx.connection.execute("select set_config('velaurum.org', 'left behind', false)")
        with database.installation() as tx:
            assert tx.value(LEFT, str) == "left behind"


def test_requests_that_were_given_up_leave_nothing_to_the_next(
    servers: list[ServerProcess], module_conninfo: ConninfoOf
) -> None:
    tenants = [create_tenant(module_conninfo(APP)) for _ in range(ORGANISATIONS)]
    address = urlsplit(servers[0].url)
    until = time.monotonic() + SECONDS
    strange: list[bytes] = []
    answered: list[int] = []

    def alternate(seed: int) -> None:
        chances = random.Random(seed)  # noqa: S311 - the same run every time
        n = 0
        while time.monotonic() < until or len(answered) <= FEWEST_ANSWERED:
            n += 1
            tenant = chances.choice(tenants)
            body = {
                "kind": "receipt",
                "item": "BOLT",
                "quantity": "1",
                "target": "A",
                "reference": tenant.code,
            }
            asked = chances.choice(
                [
                    tenant.get("/movements?limit=20"),
                    tenant.movement(f"{seed}-{n}", body),
                    tenant.get("/balances"),
                ]
            )
            if chances.random() < 0.4:
                with closing(socket.create_connection((address.hostname, address.port))) as cut:
                    cut.sendall(asked[: chances.randrange(len(asked) + 1)])
                continue
            with Wire(servers[0].url) as wire:
                answer = wire.ask(asked)
            answered.append(answer.status)
            others = [one.code for one in tenants if one is not tenant]
            if any(code.encode() in answer.body for code in others):
                strange.append(answer.body)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(alternate, range(THREADS)))

    assert len(answered) > FEWEST_ANSWERED
    assert set(answered) <= {200, 201}
    assert strange == []
