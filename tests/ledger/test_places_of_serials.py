"""Where a serial is: read by the serial, however many its item has, now and as it was."""

from collections.abc import Callable
from typing import Any

import pytest

from support.ledger_sql import SUPERUSER, Connect, Org
from support.stock_keys_sql import tracked
from velaurum.catalog.serials import QUERIES

MANY = 5_000
SERIALS = """
insert into catalog.serial (org_id, id, item_id, code, code_key, created_by, updated_by)
select %(org)s, platform.uuidv7(clock_timestamp()), i.id, 'N' || n, 'n' || n, %(actor)s, %(actor)s
from catalog.item as i cross join generate_series(1, %(many)s) as n
where i.org_id = %(org)s and i.code = 'PUMP'
"""
BALANCES = """
insert into ledger.balance (org_id, item_id, location_id, lot_id, serial_id, on_hand, seq, held_serial_id)
select s.org_id, s.item_id, l.id, null, s.id, (l.code = 'A')::integer, 1, case when l.code = 'A' then s.id end
from catalog.serial as s inner join catalog.location as l on s.org_id = l.org_id
where s.org_id = %(org)s and s.code like 'N%%' and l.code in ('A', 'B')
"""


@pytest.fixture
def org(org_factory: Callable[..., Org]) -> Org:
    return tracked(org_factory)


def _balances_read(plan: dict[str, Any]) -> int:
    """Return how many balances a plan read, those among them that it threw away."""
    of_this = 0
    if plan.get("Relation Name") == "balance" or "balance" in plan.get("Index Name", ""):
        removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        of_this = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return int(of_this) + sum(_balances_read(one) for one in plan.get("Plans", ()))


@pytest.mark.parametrize(("name", "size"), [("place", None), ("place_at", 10**9)])
def test_where_a_serial_is_reads_no_balance_of_another(
    org: Org, as_role: Connect, name: str, size: int | None
) -> None:
    admin = as_role(SUPERUSER)
    who = {"org": org.org_id, "actor": org.actor_id, "many": MANY}
    admin.execute("select set_config('velaurum.org', %(org)s, true)", who)
    with admin.transaction(force_rollback=True):
        admin.execute("select fence.open()")
        for table in ("catalog.serial", "ledger.balance"):
            admin.execute(f"alter table {table} disable trigger user".encode())
        admin.execute(SERIALS, who)
        admin.execute(BALANCES, who)
        admin.execute("analyze ledger.balance, catalog.location")
        serial_id, item_id = admin.execute(
            "select s.id, s.item_id from catalog.serial as s where s.org_id = %s and s.code = 'N2500'",
            [org.org_id],
        ).fetchone() or (None, None)
        asked = {"org_id": org.org_id, "sub_org_ids": None, "id": serial_id, "item_id": item_id, "size": size}
        ((explained,),) = admin.execute(
            b"explain (analyze, format json) " + QUERIES[name].text, asked
        ).fetchall()

    assert _balances_read(explained[0]["Plan"]) <= 2, explained
