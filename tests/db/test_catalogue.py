"""The catalogue proof: this database keeps every rule, and each rule sees the violation that it is there for."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.ledger_sql import LOGIN_ROLES, SUPERUSER, Connect, ConninfoOf
from support.planted import PLANTED
from velaurum.db import catalogue

PAGE = Path(__file__).parents[2] / "docs/security/tenancy.md"


@pytest.fixture(scope="module")
def superuser(module_as_role: Connect) -> psycopg.Connection[Any]:
    return module_as_role(SUPERUSER)


@pytest.fixture
def planting(superuser: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """Open the fence for one transaction, which is taken back."""
    with superuser.transaction(force_rollback=True):
        superuser.execute("select fence.open()")
        yield superuser


@pytest.mark.parametrize("role", [*LOGIN_ROLES, SUPERUSER])
def test_the_database_keeps_every_rule_whoever_asks(role: str, module_conninfo: ConninfoOf) -> None:
    found = catalogue.examine(module_conninfo(role))

    assert [rule for rule in found if rule.broken_by] == []
    assert catalogue.is_sound(found)


@pytest.mark.parametrize(("rule", "violation", "found"), PLANTED)
def test_the_rule_sees_its_violation(
    rule: str, violation: str, found: str, planting: psycopg.Connection[Any]
) -> None:
    planting.execute(sql.SQL(violation))

    broken_by = {one.name: one.broken_by for one in catalogue.rules(planting)}

    assert found in broken_by[rule]


def test_every_rule_has_a_planted_violation(superuser: psycopg.Connection[Any]) -> None:
    assert {rule for rule, _, _ in PLANTED} == {rule.name for rule in catalogue.rules(superuser)}


def test_what_is_not_required_is_told_and_does_not_fail(planting: psycopg.Connection[Any]) -> None:
    planting.execute("drop event trigger fence_drop")

    found = catalogue.rules(planting)

    assert [rule.broken_by for rule in found if rule.broken_by] == [("fence_drop",)]
    assert catalogue.is_sound(found)


def test_a_database_without_the_product_breaks_rules_and_not_the_proof(module_conninfo: ConninfoOf) -> None:
    found = catalogue.examine(f"{module_conninfo(SUPERUSER)} dbname=postgres")

    assert not catalogue.is_sound(found)
    assert any("ledger.movement is not there" in rule.broken_by for rule in found)


def test_what_others_have_in_the_database_breaks_no_rule(planting: psycopg.Connection[Any]) -> None:
    planting.execute("create schema theirs; create table theirs.thing (id integer primary key)")
    planting.execute("create view theirs.seen as select * from theirs.thing")
    planting.execute(
        "alter table theirs.thing enable row level security; create policy p on theirs.thing using (true)"
    )
    planting.execute("create extension pg_trgm schema public")

    assert [rule for rule in catalogue.rules(planting) if rule.broken_by] == []


def test_the_manifest_is_that_of_a_fresh_migration(superuser: psycopg.Connection[Any]) -> None:
    kept = (resources.files("velaurum.sql") / "manifest.txt").read_text("utf-8")

    assert catalogue.manifest_text(superuser) == kept, "Run `make schema` and read the diff."


def test_the_application_may_call_what_the_page_of_grants_says_and_nothing_else(
    superuser: psycopg.Connection[Any],
) -> None:
    page = (resources.files("velaurum.sql") / "grants.sql").read_text("utf-8")
    granted = re.findall(r"grant execute on function ([^)]+\))\s+to\s[^;]*velaurum_app", page)

    callable_ones = superuser.execute(
        "select p.oid::regprocedure::text from pg_proc as p inner join pg_namespace as n on p.pronamespace = n.oid"
        " where n.nspname !~ '^pg_|^information_schema$' and has_function_privilege('velaurum_app', p.oid, 'execute')"
        # The witness's own, which is an extension: it shows what the role ran, and resets nothing.
        " and p.proname not in ('pg_stat_statements', 'pg_stat_statements_info')"
    ).fetchall()

    named = [superuser.execute("select %s::regprocedure::text", [one]).fetchone() for one in granted]
    assert sorted(callable_ones) == sorted(row for row in named if row is not None)
    assert len(granted) > 10


def test_the_page_on_tenancy_classifies_every_table_as_the_proof_does() -> None:
    listed = (resources.files("velaurum.sql") / "catalogue.sql").read_text("utf-8")
    classified = re.findall(r"^ +\('([\w.]+)', '(\w+)', '(\w*)', (?:true|false)\)", listed, re.MULTILINE)

    rows = re.findall(r"^\| `([\w.]+)` \| (\w+) \| (\w*) ?\|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert rows == classified
    assert len(rows) > 10
