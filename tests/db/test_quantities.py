"""What a quantity can never be, even for somebody who writes into the tables directly."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.ledger_sql import SUPERUSER, Connect, Org, act_as

NEVER = ("NaN", "Infinity", "-Infinity", "-1", "-0.000000001")
REFUSED = (psycopg.errors.CheckViolation, psycopg.errors.NumericValueOutOfRange)
COLUMNS = {
    "ledger.movement": ("quantity", "source_on_hand", "stated_quantity", "target_on_hand"),
    "ledger.balance": ("on_hand",),
    "ledger.approval_rule": ("above",),
    "ledger.approval_request": ("quantity", "source_guard", "stated_quantity", "target_guard"),
    "ledger.shipment_line": ("quantity",),
    "counting.count": ("tolerance",),
    "counting.count_line": ("quantity",),
    "ledger.reservation": ("quantity", "remaining"),
}
# What is generated follows from the others.
_COLUMNS_OF = (
    "select a.attname from pg_attribute as a where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped"
    " and a.attgenerated = ''"
)
RULE = """
insert into ledger.approval_rule (org_id, kind, version, is_required, above, created_by, credential_id, request_id)
select m.org_id, 'scrap', 2, true, 1, m.actor_id, m.credential_id, m.request_id from ledger.movement as m
"""
REQUEST = """
insert into ledger.approval_request (
    org_id, id, kind, item_id, source_id, target_id, quantity, unit, reason, request_hash, requested_by,
    credential_id, request_id, expires_at
)
select
    m.org_id, m.id, 'scrap', m.item_id, m.target_id, m.source_id, 1, m.unit, 'gone',
    ledger.request_hash(
        jsonb_populate_record(null::ledger.intake, '{"kind": "scrap", "reason": "gone"}'),
        m.item_id, 1, m.target_id, m.source_id, null, null, null, null, null, null
    ), m.actor_id, m.credential_id, m.request_id, 'tomorrow'
from ledger.movement as m
"""
COUNT = """
insert into counting.count (
    org_id, id, code, code_key, location_id, is_blind, zero_uncounted, tolerance, opened_at_size, created_by, updated_by
)
select m.org_id, m.id, 'C', 'c', m.target_id, true, false, 1, 1, m.actor_id, m.actor_id from ledger.movement as m
"""
LINE = """
insert into counting.count_line (
    org_id, count_id, number, location_id, item_id, quantity, round, at_size, actor_id, credential_id, request_id
)
select m.org_id, m.id, 1, m.target_id, m.item_id, 1, 1, 1, m.actor_id, m.credential_id, m.request_id
from ledger.movement as m
"""
RESERVATION = """
insert into ledger.reservation (org_id, id, item_id, location_id, kind, quantity, remaining, created_by, updated_by)
select m.org_id, m.id, m.item_id, m.target_id, 'hard', 1, 1, m.actor_id, m.actor_id from ledger.movement as m
"""
PLACE = """
insert into catalog.location (org_id, id, code, code_key, name, kind, created_by, updated_by)
select m.org_id, gen_random_uuid(), 'T', 't', 'T', 'transit', m.actor_id, m.actor_id from ledger.movement as m
"""
SHIPMENT = """
insert into ledger.shipment (
    org_id, id, code, code_key, source_id, transit_id, target_id, created_by, updated_by
)
select m.org_id, m.id, 'S', 's', m.target_id, v.id, o.id, m.actor_id, m.actor_id from ledger.movement as m
inner join catalog.location as v on m.org_id = v.org_id and v.code = 'T'
inner join catalog.location as o on m.org_id = o.org_id and o.code = 'B'
"""
SHIPPED = """
insert into ledger.shipment_line (org_id, shipment_id, number, item_id, quantity)
select m.org_id, m.id, 1, m.item_id, 1 from ledger.movement as m
"""
CASES = [
    *((table, column, value) for table, columns in COLUMNS.items() for column in columns for value in NEVER),
    ("ledger.movement", "quantity", "0"),
]


@pytest.fixture(scope="module")
def superuser(module_as_role: Connect, module_org_factory: Callable[..., Org]) -> psycopg.Connection[Any]:
    org = module_org_factory(items=["BOLT"], locations=["A", "B"])
    org.receive("BOLT", "A", "5")
    superuser = module_as_role(SUPERUSER)
    act_as(superuser, org.actor_id)
    for row in (RULE, REQUEST, COUNT, LINE, RESERVATION, PLACE, SHIPMENT, SHIPPED):
        superuser.execute(row)
    return superuser


@pytest.fixture
def forging(superuser: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    with superuser.transaction(force_rollback=True):
        superuser.execute("select fence.open()")
        # It would refuse the row first, for a meaning that is not the one of its hash.
        superuser.execute(
            "alter table ledger.approval_request disable trigger approval_request_is_what_it_says"
        )
        superuser.execute("alter table ledger.reservation disable trigger reservation_begins_open")
        yield superuser


def forge(connection: psycopg.Connection[Any], table: str, column: str, value: str) -> None:
    """Insert a copy of the table's row that differs in its keys and in one value."""
    keys = {
        "ledger.movement": "'log_index', 1000, 'id', gen_random_uuid(), 'idempotency_key', 'forged',"
        " 'source_seq', 1, 'source_on_hand', 1, 'stated_quantity', 1, 'stated_unit', 'XCS'",
        "ledger.approval_rule": "'version', 3",
        "ledger.approval_request": "'id', gen_random_uuid(), 'stated_quantity', 1, 'stated_unit', 'XCS'",
        "ledger.balance": "'location_id', (select l.id from catalog.location as l where l.code = 'B')",
        "counting.count": "'id', gen_random_uuid(), 'code', 'D', 'code_key', 'd'",
        "ledger.shipment_line": "'number', 2, 'status', 'blocked'",
        "counting.count_line": "'number', 2",
        "ledger.reservation": "'id', gen_random_uuid(), 'quantity', 1.5, 'remaining', 1.5",
    }[table]
    columns = sql.SQL(", ").join(
        sql.Identifier(name) for (name,) in connection.execute(_COLUMNS_OF, [table]).fetchall()
    )
    connection.execute(
        sql.SQL(
            "insert into {table} ({columns}) select {columns} from (select (jsonb_populate_record(x,"
            " jsonb_build_object({keys}) || jsonb_build_object({column}, {value}::text))).* from {table} as x) as y"
        ).format(
            table=sql.Identifier(*table.split(".")),
            columns=columns,
            keys=sql.SQL(keys),
            column=column,
            value=value,
        )
    )


@pytest.mark.parametrize(("table", "column", "value"), CASES)
def test_no_row_holds_it(table: str, column: str, value: str, forging: psycopg.Connection[Any]) -> None:
    with pytest.raises(REFUSED):
        forge(forging, table, column, value)


@pytest.mark.parametrize(
    ("table", "column"), [(table, one) for table, all_ in COLUMNS.items() for one in all_]
)
def test_the_row_that_is_refused_would_stand_with_a_number(
    table: str, column: str, forging: psycopg.Connection[Any]
) -> None:
    forge(forging, table, column, "1.5")


def test_without_its_check_a_quantity_could_be_nan(forging: psycopg.Connection[Any]) -> None:
    forging.execute("alter table ledger.movement drop constraint movement_quantity_check")

    forge(forging, "ledger.movement", "quantity", "NaN")


def test_every_column_of_a_quantity_is_tried(superuser: psycopg.Connection[Any]) -> None:
    rows = superuser.execute(
        "select a.attrelid::regclass::text, a.attname from pg_attribute as a"
        " inner join pg_class as c on c.oid = a.attrelid inner join pg_namespace as n on c.relnamespace = n.oid"
        " where c.relkind in ('r', 'p') and a.attnum > 0 and a.atttypid in"
        " ('numeric'::regtype, 'real'::regtype, 'double precision'::regtype)"
        " and n.nspowner = 'velaurum_owner'::regrole"
    ).fetchall()

    assert sorted(rows) == sorted((table, column) for table, columns in COLUMNS.items() for column in columns)
