"""Every attack on the ledger that docs/security/attacks.md lists, run for real."""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from attacks.attack import (
    CONSTRAINT,
    FENCE,
    GOES_THROUGH,
    NO_EFFECT,
    NO_RIGHT,
    TRIGGER,
    Attack,
)
from attacks.definitions import DEFINITIONS
from attacks.rights import RIGHTS
from attacks.rows import ROWS
from support.ledger_sql import APP, OWNER, SUPERUSER, Connect, Org, issue, receipt

ATTACKS = (*ROWS, *DEFINITIONS, *RIGHTS)
ATTACKERS = (APP, OWNER, SUPERUSER)
DOCUMENT = Path(__file__).parents[2] / "docs/security/attacks.md"
REFUSALS = {"42501": NO_RIGHT, "VL001": TRIGGER, "VL002": FENCE, "23503": CONSTRAINT}
EVERYTHING = """
select
    (select string_agg(m::text, '/' order by m.org_id, m.log_index) from ledger.movement as m),
    (select string_agg(b::text, '/' order by b::text) from ledger.balance as b),
    (select string_agg(concat_ws(' ', g.tgname, g.tgenabled), '/' order by g.oid) from pg_trigger as g),
    (select string_agg(i::text, '/' order by i.indexrelid) from pg_index as i),
    (select string_agg(concat_ws(' ', c.relname, c.relacl), '/' order by c.oid) from pg_class as c)
"""


@pytest.fixture(scope="module")
def attackers(
    module_as_role: Connect, module_org_factory: Callable[..., Org]
) -> dict[str, psycopg.Connection[Any]]:
    """Connect every attacker to one ledger that holds movements, a decision and a note."""
    org = module_org_factory(items=["BOLT"], locations=["A"])
    org.post([receipt("BOLT", "A", "5") | {"note": "by hand", "note_salt": "\\x" + "00" * 32}])
    org.post([issue("BOLT", "A", "2"), issue("BOLT", "A", "50")])
    connections = {
        APP: module_as_role(APP),
        OWNER: module_as_role(SUPERUSER),
        SUPERUSER: module_as_role(SUPERUSER),
    }
    connections[OWNER].execute("set session authorization velaurum_owner")
    return connections


@pytest.fixture
def unchanged(attackers: dict[str, psycopg.Connection[Any]]) -> Iterator[None]:
    """Hold the whole ledger, and what guards it, to what they were: also where an attack left a transaction."""
    before = fingerprint(attackers[SUPERUSER])
    yield
    assert fingerprint(attackers[SUPERUSER]) == before


def fingerprint(connection: psycopg.Connection[Any]) -> bytes:
    return hashlib.sha256(repr(connection.execute(EVERYTHING).fetchone()).encode()).digest()


def outcome(connection: psycopg.Connection[Any], attack: Attack) -> str:
    """Run an attack, take it back, and say what came of it."""
    try:
        if not attack.in_transaction:
            return succeeded(connection, attack)
        with connection.transaction(force_rollback=True):
            return succeeded(connection, attack)
    except psycopg.Error as error:
        if error.sqlstate not in REFUSALS:
            raise
        return REFUSALS[error.sqlstate]


def succeeded(connection: psycopg.Connection[Any], attack: Attack) -> str:
    for step in attack.steps:
        if attack.rows:
            with connection.cursor() as cursor, cursor.copy(sql.SQL(step)) as copy:
                copy.write(attack.rows)
        else:
            connection.execute(sql.SQL(step))
    proven = connection.execute(sql.SQL(attack.proof)).fetchone()
    return GOES_THROUGH if proven == (True,) else NO_EFFECT


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("attacker", ATTACKERS)
@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_the_attack_ends_as_documented(
    attack: Attack, attacker: str, attackers: dict[str, psycopg.Connection[Any]]
) -> None:
    expected = attack.outcomes[ATTACKERS.index(attacker)]

    assert outcome(attackers[attacker], attack) == expected


def test_an_attack_without_a_wall_in_its_way_is_noticed(
    attackers: dict[str, psycopg.Connection[Any]],
) -> None:
    superuser = attackers[SUPERUSER]
    with superuser.transaction(force_rollback=True):
        superuser.execute("select fence.open()")

        outcomes = {
            attack.name: outcome(superuser, attack) for attack in DEFINITIONS if attack.in_transaction
        }

    assert outcomes["DROP TABLE"] == GOES_THROUGH
    assert FENCE not in outcomes.values()


def test_no_attack_is_listed_twice() -> None:
    names = [attack.name for attack in ATTACKS]

    assert len(names) == len(set(names))


def test_the_page_lists_these_attacks_and_these_outcomes() -> None:
    tables = [row for row in table_rows(DOCUMENT.read_text("utf-8")) if len(row) == len(ATTACKERS) + 2]

    assert [row for row in tables if row[0] != "attack"] == [attack.cells for attack in ATTACKS]


def test_the_page_names_every_attack_below_sql() -> None:
    module = Path(__file__).with_name("test_walls_below_sql.py").read_text("utf-8")
    tests = set(re.findall(r"^def (test_\w+)", module, re.MULTILINE))

    named = re.findall(r"`(test_\w+)`", DOCUMENT.read_text("utf-8"))

    assert sorted(named) == sorted(tests)


def table_rows(text: str) -> list[tuple[str, ...]]:
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|-")]
    return [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines]
