"""On a managed server there is no superuser: an administrator with CREATEROLE migrates, and the fence is missing."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from support.ledger_sql import APP, SUPERUSER, create_org
from support.servers import let_everybody_in, server
from velaurum.db import catalogue, embedded, migrate, operator
from velaurum.errors import OperationError

ADMINISTRATOR = "dba"


@dataclass(frozen=True, slots=True)
class Managed:
    """A server on which the administrator made the product's roles, in a database called `first`."""

    cluster: embedded.Cluster

    def conninfo(self, user: str, dbname: str) -> str:
        return self.cluster.conninfo(user=user, dbname=dbname)

    def as_superuser(self, statement: sql.Composable, dbname: str = "postgres") -> None:
        with psycopg.connect(self.conninfo(SUPERUSER, dbname), autocommit=True) as connection:
            connection.execute(statement)

    def database_of(self, owner: str) -> str:
        name = f"database_{secrets.token_hex(4)}"
        self.as_superuser(
            sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(owner))
        )
        return name

    def administrator(self) -> str:
        name = f"dba_{secrets.token_hex(4)}"
        self.as_superuser(sql.SQL("create role {} login createrole").format(sql.Identifier(name)))
        return name


@pytest.fixture(scope="module", params=[18, 17])
def managed(request: pytest.FixtureRequest) -> Iterator[Managed]:
    with server(request.param) as running:
        there = Managed(running.cluster)
        there.as_superuser(sql.SQL("create role dba login createrole"))
        let_everybody_in(there.cluster, ADMINISTRATOR)
        migrate.migrate(there.conninfo(ADMINISTRATOR, there.database_of(ADMINISTRATOR)))
        yield there


@pytest.fixture
def database(managed: Managed) -> str:
    name = managed.database_of(ADMINISTRATOR)
    migrate.migrate(managed.conninfo(ADMINISTRATOR, name))
    return name


def test_an_administrator_without_superuser_migrates_and_is_told_that_the_fence_is_missing(
    managed: Managed,
) -> None:
    conninfo = managed.conninfo(ADMINISTRATOR, managed.database_of(ADMINISTRATOR))

    applied = migrate.migrate(conninfo)

    assert applied.migrations
    assert applied.routines
    assert not applied.fence
    assert migrate.is_current(conninfo)


def test_the_application_posts_there(managed: Managed, database: str) -> None:
    with psycopg.connect(managed.conninfo(APP, database), autocommit=True) as connection:
        org = create_org(connection, items=["BOLT"], locations=["A"])

        posted = org.receive("BOLT", "A", "5")

    assert posted.status == "posted"


@pytest.mark.parametrize("again", [False, True])
def test_the_administrator_can_migrate_again(managed: Managed, database: str, again: bool) -> None:
    applied = migrate.migrate(managed.conninfo(ADMINISTRATOR, database), again=again)

    assert applied == migrate.Applied(migrations=(), routines=again, fence=False)


def test_the_triggers_refuse_the_owner_there_too(managed: Managed, database: str) -> None:
    with psycopg.connect(managed.conninfo(ADMINISTRATOR, database)) as connection:
        connection.execute("set role velaurum_owner")
        connection.execute("select tenancy.set_context(gen_random_uuid(), null)")

        with pytest.raises(psycopg.Error, match="append-only") as refusal:
            connection.execute("delete from ledger.movement")

    assert refusal.value.sqlstate == "VL001"


@pytest.mark.parametrize("role", [APP, ADMINISTRATOR])
def test_the_catalogue_proof_holds_there_and_tells_what_is_missing(
    managed: Managed, database: str, role: str
) -> None:
    found = catalogue.examine(managed.conninfo(role, database))

    assert catalogue.is_sound(found)
    broken_by = {rule.name: rule.broken_by for rule in found if rule.broken_by}
    assert set(broken_by) == {"only a superuser can become the owner or the operator", "the DDL fence stands"}
    assert "dba can" in broken_by["only a superuser can become the owner or the operator"]


def test_another_administrator_migrates_once_it_may_become_the_owner(managed: Managed) -> None:
    other = managed.administrator()
    conninfo = managed.conninfo(other, managed.database_of(other))
    with pytest.raises(OperationError, match="This role may not migrate"):
        migrate.migrate(conninfo)

    managed.as_superuser(
        sql.SQL("grant velaurum_owner to {} with inherit false, set true").format(sql.Identifier(other))
    )

    assert migrate.migrate(conninfo).migrations


def test_who_made_the_roles_becomes_the_operator_and_another_administrator_is_told_the_grant(
    managed: Managed, database: str
) -> None:
    with closing(operator.door(managed.conninfo(ADMINISTRATOR, database))) as door, door.installation() as tx:
        role = tx.connection.execute("select current_user, session_user, current_setting('search_path')")
        assert role.fetchone() == (operator.ROLE, ADMINISTRATOR, "")
    other = managed.administrator()
    with pytest.raises(OperationError, match="grant velaurum_operator to ROLE"):
        operator.door(managed.conninfo(other, database))

    managed.as_superuser(
        sql.SQL("grant velaurum_operator to {} with inherit false, set true").format(sql.Identifier(other))
    )

    with closing(operator.door(managed.conninfo(other, database))) as door, door.installation() as tx:
        assert tx.connection.execute("select current_user").fetchone() == (operator.ROLE,)


def test_a_superuser_can_add_the_fence_later_and_then_has_to_migrate(managed: Managed, database: str) -> None:
    assert not migrate.is_current(managed.conninfo(SUPERUSER, database))

    fenced = migrate.migrate(managed.conninfo(SUPERUSER, database))

    assert fenced == migrate.Applied(migrations=(), routines=False, fence=True)
    with pytest.raises(OperationError, match="A superuser has fenced this database in"):
        migrate.migrate(managed.conninfo(ADMINISTRATOR, database), again=True)
    assert migrate.migrate(managed.conninfo(ADMINISTRATOR, database)).fence


def test_the_fence_is_not_built_on_ground_of_the_owner(managed: Managed, database: str) -> None:
    managed.as_superuser(sql.SQL("set role velaurum_owner; create schema fence"), database)

    with pytest.raises(psycopg.errors.RaiseException, match='the schema "fence" belongs to a role'):
        migrate.migrate(managed.conninfo(SUPERUSER, database))
