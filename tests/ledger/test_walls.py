"""Every attack on the ledger that docs/security/attacks.md lists, run for real."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from attacks.approvals import APPROVAL_ATTACKS
from attacks.attack import (
    CONSTRAINT,
    FENCE,
    GOES_THROUGH,
    NO_EFFECT,
    NO_RIGHT,
    ROW_SECURITY,
    TRIGGER,
    Attack,
)
from attacks.attestation import ATTESTATION_ATTACKS
from attacks.break_glass import BREAK_GLASS_ATTACKS
from attacks.definitions import DEFINITIONS
from attacks.identity import IDENTITY_ATTACKS
from attacks.log import LOG_ATTACKS
from attacks.passkeys import PASSKEY_ATTACKS
from attacks.passwords import PASSWORD_ATTACKS
from attacks.rights import RIGHTS
from attacks.row_security import ROW_SECURITY_ATTACKS
from attacks.rows import ROWS
from attacks.scim import SCIM_ATTACKS
from attacks.webhooks import WEBHOOK_ATTACKS
from support.ledger_sql import APP, OWNER, SUPERUSER, Connect, Org, issue, receipt
from support.postings import noted

ATTACKS = (
    *ROWS,
    *APPROVAL_ATTACKS,
    *BREAK_GLASS_ATTACKS,
    *PASSKEY_ATTACKS,
    *PASSWORD_ATTACKS,
    *IDENTITY_ATTACKS,
    *SCIM_ATTACKS,
    *ROW_SECURITY_ATTACKS,
    *ATTESTATION_ATTACKS,
    *LOG_ATTACKS,
    *WEBHOOK_ATTACKS,
    *DEFINITIONS,
    *RIGHTS,
)
ATTACKERS = (APP, OWNER, SUPERUSER)
DOCUMENT = Path(__file__).parents[2] / "docs/security/attacks.md"
# How row security refuses: the setting is missing or empty, a row that must be there is not seen, and COPY FROM,
# which knows no policies, is not supported.
REFUSALS = {
    "42501": NO_RIGHT,
    "VL001": TRIGGER,
    "VL002": FENCE,
    "VL005": TRIGGER,
    "VL006": TRIGGER,
    "VL007": TRIGGER,
    "VL018": TRIGGER,
    "VL013": TRIGGER,
    "VL052": TRIGGER,
    "23503": CONSTRAINT,
    "23514": CONSTRAINT,
    "42704": ROW_SECURITY,
    "22P02": ROW_SECURITY,
    "P0002": ROW_SECURITY,
    "0A000": ROW_SECURITY,
}
# PostgreSQL gives a policy that refuses the SQLSTATE of a right that is missing; what raised it tells them apart.
POLICY_RAISES = {"ExecWithCheckOptions", "check_enable_rls"}
EVERYTHING = """
select
    (select string_agg(m::text, '/' order by m.org_id, m.log_index) from ledger.movement as m),
    (select string_agg(b::text, '/' order by b::text) from ledger.balance as b),
    (select string_agg(concat_ws(' ', g.tgname, g.tgenabled), '/' order by g.oid) from pg_trigger as g),
    (select string_agg(i::text, '/' order by i.indexrelid) from pg_index as i),
    (select string_agg(y::text, '/' order by y.oid) from pg_policy as y),
    (select string_agg(concat_ws(' ', c.relname, c.relacl), '/' order by c.oid) from pg_class as c),
    (select string_agg(c.relname, '/' order by c.oid) from pg_class as c where c.relforcerowsecurity)
"""


Sessions = dict[tuple[str, bool], psycopg.Connection[Any]]


@pytest.fixture(scope="module")
def sessions(module_as_role: Connect, module_org_factory: Callable[..., Org]) -> Sessions:
    """Connect every attacker to one ledger that holds movements, a decision and a note, beside another one.

    By attacker, and whether the session is in the organisation.
    """
    org, _ = (module_org_factory(items=["BOLT"], locations=["A"]) for _ in range(2))
    org.post([noted(receipt("BOLT", "A", "5"), "by hand")])
    org.post([issue("BOLT", "A", "2"), issue("BOLT", "A", "50")])
    connections = {
        (attacker, has_entered): module_as_role(APP if attacker == APP else SUPERUSER)
        for attacker in ATTACKERS
        for has_entered in (True, False)
    }
    for (attacker, has_entered), connection in connections.items():
        if attacker == OWNER:
            connection.execute("set session authorization velaurum_owner")
        if has_entered:
            replace(org, connection=connection).enter()
    return connections


@pytest.fixture
def unchanged(sessions: Sessions) -> Iterator[None]:
    """Hold the whole ledger, and what guards it, to what they were: also where an attack left a transaction."""
    before = fingerprint(sessions[SUPERUSER, True])
    yield
    assert fingerprint(sessions[SUPERUSER, True]) == before


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
        return ROW_SECURITY if error.diag.source_function in POLICY_RAISES else REFUSALS[error.sqlstate]


def succeeded(connection: psycopg.Connection[Any], attack: Attack) -> str:
    for step in attack.steps:
        if attack.rows:
            with connection.cursor() as cursor, cursor.copy(sql.SQL(step)) as copy:
                copy.write(attack.rows)
        else:
            connection.execute(sql.SQL(step))
    if attack.in_transaction:
        connection.execute("set constraints all immediate")  # what waits for the commit, which never comes
    proven = connection.execute(sql.SQL(attack.proof)).fetchone()
    return GOES_THROUGH if proven == (True,) else NO_EFFECT


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("attacker", ATTACKERS)
@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_the_attack_ends_as_documented(attack: Attack, attacker: str, sessions: Sessions) -> None:
    expected = attack.outcomes[ATTACKERS.index(attacker)]

    assert outcome(sessions[attacker, attack.has_entered], attack) == expected


def test_an_attack_without_a_wall_in_its_way_is_noticed(sessions: Sessions) -> None:
    superuser = sessions[SUPERUSER, True]
    with superuser.transaction(force_rollback=True):
        superuser.execute("select fence.open()")

        outcomes = {
            attack.name: outcome(superuser, attack)
            for attack in (*DEFINITIONS, *ROW_SECURITY_ATTACKS)
            if attack.in_transaction and attack.has_entered
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
