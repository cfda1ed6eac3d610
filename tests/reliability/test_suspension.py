"""An organisation is suspended while twenty post: nothing of it is in the log afterwards, the others notice nothing."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg

from support.keyrings import keyring_within
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.postings_in_flight import RECEIPT, ask, held, wait_for_waiting
from support.server_process import ServerProcess
from support.tenants import LIFE, Tenant
from support.wire import Wire, request
from velaurum.db.connection import Database
from velaurum.identity import tokens
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId

ORGANISATIONS = 20
MOVEMENTS_EACH = 60
MOST_MOVEMENTS = 2_000
CREATED = 201
BEFORE_IT_IS_SUSPENDED = 20

AFTERWARDS = """
select h.size, s.at, m.recorded_at, m.size from ledger.head as h
left join tenancy.suspension as s on s.org_id = h.org_id
cross join lateral (
    select max(x.recorded_at) as recorded_at, count(x.log_index) as size from ledger.movement as x
    where x.org_id = h.org_id
) as m
where h.org_id = %s
"""


def suspend(conninfo: ConninfoOf, tenant: Tenant) -> int:
    """Suspend an organisation; returns the size that its log had at that moment, seen in the same transaction."""
    with closing(Database(conninfo(APP), max_connections=1)) as database, database.installation() as tx:
        found = orgs.find(tx, tenant.code)
        assert found is not None
        orgs.suspend(tx, found, "in the middle")
        size = tx.connection.execute("select size from ledger.head where org_id = %s", [tenant.org_id])
        (row,) = size.fetchall()
        return int(row[0])


def test_a_posting_is_before_the_suspension_or_refused(
    servers: list[ServerProcess], new_tenant: Callable[[], Tenant], module_conninfo: ConninfoOf
) -> None:
    tenants = [new_tenant() for _ in range(ORGANISATIONS)]
    unlucky = tenants[0]
    halfway = threading.Event()

    def post(n: int) -> list[Any]:
        tenant, answers = tenants[n % ORGANISATIONS], []
        with Wire(servers[n // ORGANISATIONS].url) as wire:
            for number in range(MOST_MOVEMENTS if tenant is unlucky else MOVEMENTS_EACH):
                answers.append(wire.ask(tenant.movement(f"{n}-{number}", RECEIPT)))
                if tenant is not unlucky:
                    continue
                if number >= MOVEMENTS_EACH and answers[-1].status != CREATED:
                    break
                if number == BEFORE_IT_IS_SUSPENDED:
                    halfway.set()
        return answers

    with ThreadPoolExecutor(2 * ORGANISATIONS) as pool:
        asked = [pool.submit(post, n) for n in range(2 * ORGANISATIONS)]
        assert halfway.wait(60)
        size = suspend(module_conninfo, unlucky)
        answers = [one.result() for one in asked]

    of_unlucky = [*answers[0], *answers[ORGANISATIONS]]
    posted = [one.document["log_index"] for one in of_unlucky if one.status == 201]
    refused = {one.document["code"] for one in of_unlucky if one.status != 201}
    assert sorted(posted) == list(range(size - len(posted), size))
    assert refused == {"suspended"}
    for n, of_one in enumerate(answers):
        if n % ORGANISATIONS:
            assert [one.status for one in of_one] == [201] * MOVEMENTS_EACH
    with psycopg.connect(module_conninfo(SUPERUSER)) as connection:
        row = connection.execute(AFTERWARDS, [unlucky.org_id]).fetchone()
    assert row is not None
    # The change of the organisation, and that somebody suspended it.
    assert (row[0], row[3]) == (size + 2, len(posted))
    assert row[2] < row[1]


def test_what_waits_for_the_head_is_before_the_suspension_or_refused(
    servers: list[ServerProcess], new_tenant: Callable[[], Tenant], module_conninfo: ConninfoOf
) -> None:
    tenant = new_tenant()
    with (
        closing(Database(module_conninfo(APP), max_connections=1)) as database,
        database.installation() as tx,
    ):
        admin = tokens.create(
            tx, OrgId(tenant.org_id), keyring_within(tx), "org-admin", kind="service", name="x", life=LIFE
        ).text
    item = {"code": "NUT", "name": "Nut"}
    asked = [
        tenant.movement("before", RECEIPT),
        tenant.movement("after", RECEIPT),
        request("POST", f"{tenant.path}/items", token=admin, key="item", body=item),
    ]

    with ThreadPoolExecutor(len(asked) + 1) as pool:
        with held(module_conninfo(SUPERUSER), tenant):
            before = pool.submit(ask, servers[0], asked[0])
            wait_for_waiting(module_conninfo(SUPERUSER), 1)
            suspended = pool.submit(suspend, module_conninfo, tenant)
            wait_for_waiting(module_conninfo(SUPERUSER), 2)
            # Two servers, so that nobody waits in the lane of the first posting.
            after = [pool.submit(ask, servers[1], one) for one in asked[1:]]
            wait_for_waiting(module_conninfo(SUPERUSER), 4)
        answers = [one.result() for one in after]

    recorded = before.result()
    assert (recorded.status, suspended.result()) == (201, recorded.document["log_index"] + 1)
    assert [(one.status, one.document["code"]) for one in answers] == [(403, "suspended")] * 2
    with psycopg.connect(module_conninfo(SUPERUSER)) as connection:
        size, suspended_at, recorded_at, _ = connection.execute(AFTERWARDS, [tenant.org_id]).fetchall()[0]
        codes = connection.execute("select code from catalog.item where org_id = %s", [tenant.org_id])
        assert codes.fetchall() == [("BOLT",)]
    assert size == suspended.result() + 2
    assert recorded_at < suspended_at
