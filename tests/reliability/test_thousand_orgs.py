"""A thousand organisations at once: each finds its own movements, all of them and nothing else."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.server_process import ServerProcess
from support.tenants import Tenant, create_tenant, new_tenant
from support.wire import Wire
from velaurum.db.connection import Database

ORGANISATIONS = 1_000
MOVEMENTS_EACH = 5
CLIENTS = 16
# The same keys everywhere, and for each organisation a quantity of its own that tells whose movement it is.
KEYS = [f"key-{n}" for n in range(MOVEMENTS_EACH)]

STRANGE = """
select m.org_id::text from ledger.movement as m
left join catalog.item as i on (m.org_id, m.item_id) = (i.org_id, i.id)
left join catalog.location as s on (m.org_id, m.source_id) = (s.org_id, s.id)
left join catalog.location as t on (m.org_id, m.target_id) = (t.org_id, t.id)
left join identity.principal as p on (m.org_id, m.actor_id) = (p.org_id, p.id)
left join identity.token as k on (m.org_id, m.credential_id, m.actor_id) = (k.org_id, k.id, k.principal_id)
where i.id is null or s.id is null or t.id is null or p.id is null or k.id is null
"""
KEPT = """
select h.org_id::text, h.size, count(m.log_index), min(m.log_index), max(m.log_index), sum(m.quantity),
    (select sum(b.on_hand) from ledger.balance as b where b.org_id = h.org_id)
from ledger.head as h left join ledger.movement as m on m.org_id = h.org_id
group by h.org_id, h.size
"""


@pytest.fixture(scope="module")
def tenants(module_conninfo: ConninfoOf) -> list[Tenant]:
    create_tenant(module_conninfo(APP))
    made = []
    with closing(Database(module_conninfo(APP), max_connections=1)) as database:
        for _ in range(ORGANISATIONS):
            with database.installation() as outside:
                made.append(new_tenant(outside, ["BOLT"], ["A"]))
    return made


def quantity(number: int) -> int:
    return number + 1


def post(url: str, asked: Sequence[tuple[Tenant, int, str]]) -> list[int]:
    """Post on one connection, one organisation after the other, and return the statuses."""
    statuses = []
    with Wire(url) as wire:
        for tenant, number, key in asked:
            body = {"kind": "receipt", "item": "BOLT", "quantity": str(quantity(number)), "target": "A"}
            answer = wire.ask(tenant.movement(key, body))
            statuses.append(answer.status)
            if answer.status == 201:
                assert answer.document["quantity"] == str(quantity(number))
    return statuses


def test_a_thousand_organisations_post_at_once_without_meeting(
    tenants: list[Tenant], servers: list[ServerProcess], module_conninfo: ConninfoOf
) -> None:
    asked = [(tenant, number, key) for number, tenant in enumerate(tenants) for key in KEYS]
    random.shuffle(asked)
    urls = [servers[n % len(servers)].url for n in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = [
            one for many in pool.map(post, urls, (asked[n::CLIENTS] for n in range(CLIENTS))) for one in many
        ]

    assert statuses == [201] * len(asked)
    with psycopg.connect(module_conninfo(SUPERUSER)) as connection:
        assert connection.execute(STRANGE).fetchall() == []
        kept = {row[0]: row[1:] for row in connection.execute(KEPT).fetchall()}
    for number, tenant in enumerate(tenants):
        size, count, first, last, moved, on_hand = kept[tenant.org_id]
        assert (count, last - first, size) == (MOVEMENTS_EACH, MOVEMENTS_EACH - 1, last + 1)
        assert moved == on_hand == quantity(number) * MOVEMENTS_EACH
