"""The structural rules of the database hold, and each of them sees the violation that it is there for."""

import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.catalogue import EXEMPT_INDEXES, RULES, broken, prepare
from support.ledger_sql import SUPERUSER, Connect

# One or more violations for each rule, and how the rule names what it found.
PLANTED = [
    (
        "every_table_has_an_org_id_that_is_never_null",
        "create table catalog.planted (id uuid primary key)",
        "catalog.planted",
    ),
    (
        "every_table_has_an_org_id_that_is_never_null",
        "create table catalog.planted (org_id uuid unique, id uuid primary key)",
        "catalog.planted",
    ),
    (
        "every_table_has_a_primary_key",
        "create table catalog.planted (org_id uuid not null)",
        "catalog.planted",
    ),
    (
        "every_index_begins_with_org_id",
        "alter table catalog.item add unique (code_key)",
        "catalog.item_code_key_key1",
    ),
    (
        "every_index_begins_with_org_id",
        "create index planted on catalog.item (code, org_id)",
        "catalog.planted",
    ),
    (
        "every_index_begins_with_org_id",
        "create index planted on catalog.item (lower(code))",
        "catalog.planted",
    ),
    (
        "every_foreign_key_begins_with_org_id_on_both_sides",
        (
            "create table catalog.other (org_id uuid not null, item_id uuid, primary key (org_id, item_id));"
            "alter table catalog.item add constraint planted unique (id);"
            "alter table catalog.other add foreign key (item_id) references catalog.item (id)"
        ),
        "catalog.other other_item_id_fkey",
    ),
    (
        "every_foreign_key_begins_with_org_id_on_both_sides",
        "alter table catalog.location add foreign key (parent_id, org_id) references catalog.location (id, org_id)",
        "catalog.location location_parent_id_org_id_fkey",
    ),
    (
        "every_column_of_an_actor_is_never_null",
        "alter table ledger.movement alter column actor_id drop not null",
        "ledger.movement.actor_id",
    ),
    (
        "every_table_names_its_actor_or_hangs_on_one_that_does",
        "create table catalog.planted (org_id uuid not null primary key)",
        "catalog.planted",
    ),
    (
        "every_view_reads_with_the_rights_of_its_reader",
        "create view ledger.planted as select * from ledger.movement",
        "ledger.planted",
    ),
    (
        "every_view_reads_with_the_rights_of_its_reader",
        "create materialized view ledger.planted as select * from ledger.movement",
        "ledger.planted",
    ),
    (
        "every_routine_with_its_owners_rights_searches_the_catalogue_first",
        "create function ledger.planted() returns void language sql security definer as ''",
        "ledger.planted()",
    ),
    (
        "every_routine_with_its_owners_rights_searches_the_catalogue_first",
        "create function ledger.planted() returns void language sql security definer set search_path = ledger as ''",
        "ledger.planted()",
    ),
    (
        "no_routine_is_for_everybody",
        "create function ledger.planted() returns void language sql as ''",
        "ledger.planted()",
    ),
    (
        "the_application_only_reads_tables",
        "grant update (name) on catalog.item to velaurum_app",
        "catalog.item update",
    ),
    (
        "the_application_only_reads_tables",
        "create table public.planted (id integer); grant delete on public.planted to public",
        "planted delete",
    ),
    (
        "the_application_creates_nothing",
        "grant create on schema catalog to velaurum_app",
        "schema catalog",
    ),
    (
        "no_role_of_the_product_is_privileged_or_a_member_of_another",
        "grant pg_read_all_data to velaurum_app",
        "velaurum_app is a member of pg_read_all_data",
    ),
    (
        "no_role_of_the_product_is_privileged_or_a_member_of_another",
        "alter role velaurum_auditor bypassrls",
        "velaurum_auditor is privileged",
    ),
    (
        "no_role_of_the_product_is_privileged_or_a_member_of_another",
        "alter role velaurum_owner login",
        "velaurum_owner is privileged",
    ),
    (
        "the_owner_owns_every_schema_of_the_product_and_what_is_in_it",
        "create schema planted authorization velaurum_owner",
        "schema planted",
    ),
    (
        "the_owner_owns_every_schema_of_the_product_and_what_is_in_it",
        "alter function ledger.size_at(uuid, timestamptz) owner to postgres",
        "ledger.size_at(uuid,timestamp with time zone)",
    ),
    (
        "every_wall_stands_for_statements_and_for_rows_and_always",
        "alter table ledger.movement enable trigger movement_is_append_only",
        "ledger.movement D0",
    ),
    (
        "every_wall_stands_for_statements_and_for_rows_and_always",
        "drop trigger head_row_is_never_removed on ledger.head",
        "ledger.head D1",
    ),
    (
        "every_wall_stands_for_statements_and_for_rows_and_always",
        (
            "create or replace trigger movement_row_is_append_only before update of kind or delete on ledger.movement"
            " for each row execute function ledger.refuse_change();"
            "alter table ledger.movement enable always trigger movement_row_is_append_only"
        ),
        "ledger.movement U1",
    ),
    (
        "every_wall_stands_for_statements_and_for_rows_and_always",
        "create table ledger.planted (org_id uuid not null primary key)",
        "ledger.planted has no wall",
    ),
    (
        "no_table_has_a_rule_a_child_or_a_parent",
        "create rule planted as on insert to ledger.movement do instead nothing",
        "ledger.movement",
    ),
    (
        "no_table_has_a_rule_a_child_or_a_parent",
        "create table public.planted () inherits (catalog.item)",
        "catalog.item",
    ),
    (
        "every_constraint_and_index_is_valid",
        "alter table ledger.movement add constraint planted check (quantity <> 7) not valid",
        "planted",
    ),
]


@pytest.fixture(scope="module")
def superuser(module_as_role: Connect) -> psycopg.Connection[Any]:
    connection = module_as_role(SUPERUSER)
    prepare(connection)
    return connection


@pytest.fixture
def planting(superuser: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """Open the fence for one transaction, which is taken back."""
    with superuser.transaction(force_rollback=True):
        superuser.execute("select fence.open()")
        yield superuser


@pytest.mark.parametrize("rule", RULES)
def test_the_database_keeps_the_rule(rule: str, superuser: psycopg.Connection[Any]) -> None:
    assert broken(superuser, rule) == []


@pytest.mark.parametrize(("rule", "violation", "found"), PLANTED)
def test_the_rule_sees_its_violation(
    rule: str, violation: str, found: str, planting: psycopg.Connection[Any]
) -> None:
    for statement in violation.split(";"):
        planting.execute(sql.SQL(statement))

    assert found in broken(planting, rule)


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(RULES)


def test_every_exempt_index_is_needed_and_has_a_reason(superuser: psycopg.Connection[Any]) -> None:
    for name, reason in EXEMPT_INDEXES.items():
        assert superuser.execute("select to_regclass(%s) is not null", [name]).fetchone() == (True,)
        assert reason.endswith(".")


def test_the_application_may_call_what_the_page_of_grants_says_and_nothing_else(
    superuser: psycopg.Connection[Any],
) -> None:
    page = (resources.files("velaurum.sql") / "grants.sql").read_text("utf-8")
    granted = re.findall(r"grant execute on function ([^)]+\))\s+to\s[^;]*velaurum_app", page)

    callable_ones = superuser.execute(
        "select p.oid::regprocedure::text from pg_proc as p inner join pg_namespace as n on p.pronamespace = n.oid"
        " where n.nspname !~ '^pg_|^information_schema$' and has_function_privilege('velaurum_app', p.oid, 'execute')"
    ).fetchall()

    named = [superuser.execute("select %s::regprocedure::text", [one]).fetchone() for one in granted]
    assert sorted(callable_ones) == sorted(row for row in named if row is not None)
    assert len(granted) > 10
