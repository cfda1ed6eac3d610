"""Column classes: the page says all that the database has, and what is known to be personal or secret is so (V-25)."""

import re
from typing import Any

import psycopg
import pytest

from support.ledger_sql import SUPERUSER, Connect
from velaurum.db import catalogue, column_classes
from velaurum.db.column_classes import PSEUDONYMS, Classes

PAGE = """
["catalog.item"]
purpose = "stock"
kept = "ledger"
internal = ["org_id", "name"]
pseudonyms = ["created_by"]
personal.description = { what = "text", of = "created_by" }
[purposes]
stock = "Stock."
[categories]
pseudonyms = { what = "ids", subjects = "users" }
text = { what = "texts", subjects = "users" }
[subjects]
users = "people"
[kept]
ledger = { what = "for ever" }
"""
ITEM = {("catalog.item", name) for name in ("org_id", "name", "created_by", "description")}
# What a column with such a name is, wherever it stands.
SECRET = re.compile(r"salt|phc|sealed|.*secret_hash|code_hash|challenge_hash|.*_secret_hash")
TYPED = re.compile(r"reason|description|note|login|user_name|user_name_key|display_name_key|attributes")
# The same words, and no person: what programs say, and the name of a group.
OF_PROGRAMS = {
    ("audit.checkpoint", "note"),
    ("platform.meta_checkpoint", "note"),
    ("identity.scim_group", "display_name_key"),
}
BROKEN = {
    'internal = ["org_id"]': "catalog.item.name has no class",
    'internal = ["org_id", "name", "gone"]': "catalog.item.gone is not there",
    'internal = ["org_id", "name", "name"]': "catalog.item.name has 2 classes",
    'internal = ["org_id", "name"]\nsensitive = ["name"]': "catalog.item.name has 2 classes",
    'internal = ["org_id", "name", "description"]': "catalog.item.description has 2 classes",
    'internal = ["org_id", "name"]\nsecret = ["name"]': "catalog.item says secret, which means nothing",
}


@pytest.fixture(scope="module")
def superuser(module_as_role: Connect) -> psycopg.Connection[Any]:
    return module_as_role(SUPERUSER)


@pytest.fixture(scope="module")
def classes() -> Classes:
    return column_classes.shipped()


def columns(connection: psycopg.Connection[Any], query: str) -> set[tuple[str, str]]:
    rows = connection.execute(query).fetchall()
    assert len(rows) > 10
    return {(str(table), str(column)) for table, column in rows}


def test_every_column_of_the_database_has_one_class(
    superuser: psycopg.Connection[Any], classes: Classes
) -> None:
    there = catalogue.columns(superuser)

    assert classes.faults(there) == []
    assert len(there) > 600


def test_a_page_without_a_fault_has_none() -> None:
    assert column_classes.read(PAGE).faults(ITEM) == []


@pytest.mark.parametrize("line", BROKEN)
def test_a_column_that_is_not_classed_or_twice_or_gone_is_named(line: str) -> None:
    broken = PAGE.replace('internal = ["org_id", "name"]', line)

    assert column_classes.read(broken).faults(ITEM) == [BROKEN[line]]


@pytest.mark.parametrize(
    ("said", "instead", "fault"),
    [
        ('purpose = "stock"', "", " is kept for no purpose that is known: None"),
        ('kept = "ledger"', 'kept = "a while"', " is kept for no time that is known: a while"),
        ('what = "text", of', 'what = "poem", of', ".description is of no category that is known: poem"),
        ('of = "created_by"', 'of = "owner"', ".description is of owner, which is no column of it"),
    ],
)
def test_what_is_personal_says_whose_it_is_and_why_and_for_how_long(
    said: str, instead: str, fault: str
) -> None:
    broken = PAGE.replace(said, instead, 1)

    assert column_classes.read(broken).faults(ITEM) == [f"catalog.item{fault}"]


def test_what_the_log_only_commits_to_is_personal(
    superuser: psycopg.Connection[Any], classes: Classes
) -> None:
    committed = columns(
        superuser,
        "select c.oid::regclass::text, unnest((rtrim(encode(g.tgargs, 'escape'), '\\000')::audit.opting).personal)"
        " from pg_trigger as g inner join pg_class as c on g.tgrelid = c.oid"
        " where g.tgfoid = 'audit.record_change()'::regprocedure",
    )

    assert {one for one in committed if classes.tables[one[0]].class_of(one[1]) != "personal"} == set()


def test_whatever_refers_to_a_principal_is_a_pseudonym(
    superuser: psycopg.Connection[Any], classes: Classes
) -> None:
    referring = columns(
        superuser,
        "select k.conrelid::regclass::text, a.attname::text from pg_constraint as k"
        " cross join unnest(k.conkey) as n (number)"
        " inner join pg_attribute as a on k.conrelid = a.attrelid and n.number = a.attnum"
        " where k.contype = 'f' and k.confrelid = 'identity.principal'::regclass and a.attname <> 'org_id'",
    )

    said = {
        (name, one.column)
        for name, table in classes.tables.items()
        for one in table.personal
        if one.category == PSEUDONYMS
    }
    assert referring - said == set()


def test_secrets_their_hashes_and_salts_are_sensitive(
    superuser: psycopg.Connection[Any], classes: Classes
) -> None:
    secret = {one for one in catalogue.columns(superuser) if SECRET.fullmatch(one[1])}

    assert {one for one in secret if classes.tables[one[0]].class_of(one[1]) != "sensitive"} == set()
    assert len(secret) > 10


def test_what_people_type_of_people_is_personal(superuser: psycopg.Connection[Any], classes: Classes) -> None:
    typed = {one for one in catalogue.columns(superuser) if TYPED.fullmatch(one[1])} - OF_PROGRAMS

    assert {one for one in typed if classes.tables[one[0]].class_of(one[1]) != "personal"} == set()
    assert len(typed) > 10
