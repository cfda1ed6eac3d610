"""Entering an organisation: what is not provably of it does not run, what lost its right a moment ago is refused."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from support.tenants import create_context, new_context
from velaurum.catalog import items
from velaurum.db.connection import Database, NotAppliedError
from velaurum.db.queries import Statement
from velaurum.errors import Refusal
from velaurum.identity import tokens
from velaurum.tenancy.context import OrgContext

COUNT = b"select count(*) from catalog.location as l where l.org_id = %(org_id)s"
READ = items.QUERIES["list_page"]


@pytest.fixture(scope="module")
def database(module_conninfo: ConninfoOf) -> Iterator[Database]:
    database = Database(module_conninfo(APP), max_connections=2)
    yield database
    database.close()


@pytest.fixture
def org(database: Database) -> OrgContext:
    with database.installation() as tx:
        return new_context(tx, create_context(tx).org_id, "auditor", "read")


def refused(database: Database, org: OrgContext) -> str:
    with pytest.raises(Refusal) as refusal, database.transaction(org):
        pytest.fail("the organisation was entered")
    return refusal.value.code


def test_a_text_that_was_not_proven_never_runs(database: Database, org: OrgContext) -> None:
    unproven = Statement("catalog.locations.count", COUNT, "unproven")

    with database.transaction(org) as (tx, _), pytest.raises(NotAppliedError):
        tx.value(unproven, int, org_id=org.org_id)


def test_a_statement_for_another_organisation_never_runs(database: Database, org: OrgContext) -> None:
    with database.installation() as tx:
        other = create_context(tx)

    with database.transaction(org) as (tx, _), pytest.raises(NotAppliedError):
        items.list_page(tx, other, after="", limit=10)


def test_a_statement_of_no_organisation_entered_never_runs(database: Database, org: OrgContext) -> None:
    with database.installation() as tx, pytest.raises(NotAppliedError):
        items.list_page(tx, org, after="", limit=10)


def test_the_text_in_the_file_is_the_text_that_was_proven() -> None:
    assert READ.verdict == "applied"
    assert READ.name == "catalog.items.list_page"
    assert READ.text.startswith(b"/* catalog.items.list_page */ select")


def test_a_token_that_was_revoked_a_moment_ago_is_refused(database: Database, org: OrgContext) -> None:
    with database.transaction(org) as (_, seen):
        assert seen.sub_org_ids is None
    with database.installation() as tx:
        assert tokens.revoke(tx, org.org_id, org.credential_id)

    assert refused(database, org) == "unauthenticated"


def test_a_credential_of_another_organisation_is_unknown(database: Database, org: OrgContext) -> None:
    with database.installation() as tx:
        other = create_context(tx)

    assert refused(database, replace(org, org_id=other.org_id)) == "unauthenticated"


def test_a_credential_that_does_not_exist_is_unknown(database: Database, org: OrgContext) -> None:
    assert refused(database, replace(org, credential_id=str(uuid.uuid4()))) == "unauthenticated"


def test_a_permission_that_the_role_does_not_have_is_refused(database: Database, org: OrgContext) -> None:
    assert refused(database, replace(org, permission="post")) == "forbidden"
    assert refused(database, replace(org, permission="anything")) == "forbidden"


def test_what_a_transaction_entered_ends_with_it(module_as_role: Connect, org: OrgContext) -> None:
    connection = module_as_role(APP)
    with connection.transaction():
        connection.execute("select from tenancy.enter_installation(%s)", [org.org_id])
        assert connection.execute("select count(*) from catalog.location").fetchone() == (6,)

    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        connection.execute("select count(*) from catalog.location")


def test_without_an_organisation_every_table_of_one_is_an_error(
    conninfo: ConninfoOf, admin: psycopg.Connection
) -> None:
    tables = admin.execute(
        "select c.oid::regclass::text from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid"
        " where c.relkind = 'r' and a.attname = 'org_id' and c.oid <> 'tenancy.org'::regclass"
        " and pg_catalog.has_table_privilege(%s, c.oid, 'select')",
        [APP],
    ).fetchall()

    assert len(tables) > 10
    for (table,) in tables:
        with psycopg.connect(conninfo(APP)) as fresh, pytest.raises(psycopg.errors.UndefinedObject):
            fresh.execute(f"select from {table}")


def test_who_entered_one_organisation_sees_no_row_of_another(
    module_as_role: Connect, database: Database, org: OrgContext
) -> None:
    with database.installation() as tx:
        other = create_context(tx)
    connection = module_as_role(APP)

    with connection.transaction():
        connection.execute("select from tenancy.enter_installation(%s)", [org.org_id])
        seen = connection.execute("select distinct l.org_id::text from catalog.location as l").fetchall()
        foreign = connection.execute(
            "select from catalog.location as l where l.org_id = %s", [other.org_id]
        ).fetchall()

    assert seen == [(org.org_id,)]
    assert foreign == []
    everything = (
        module_as_role(SUPERUSER).execute("select count(distinct org_id) from catalog.location").fetchone()
    )
    assert everything is not None
    assert everything[0] > 1
