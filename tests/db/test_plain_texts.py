"""What of people stands in plain is on a page, by column; all other words about them are sealed (V-08, V-25)."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.ledger_sql import SUPERUSER, Connect
from velaurum.db import column_classes, person_names

PAGE = Path(__file__).parents[2] / "docs/security/plain-texts.md"
# Categories whose columns may have words in them about somebody, or what makes them known.
WORDS = {"name", "login", "identifier", "profile", "authenticator", "text", "former"}
SEALED = (
    "select c.oid::regclass::text, unnest((rtrim(encode(g.tgargs, 'escape'), '\\000')::audit.opting).sealed)"
    " from pg_trigger as g inner join pg_class as c on g.tgrelid = c.oid"
    " where g.tgfoid = 'audit.record_change()'::regprocedure"
)


@pytest.fixture(scope="module")
def superuser(module_as_role: Connect) -> psycopg.Connection[Any]:
    return module_as_role(SUPERUSER)


def listed() -> list[str]:
    return re.findall(r"^\| `([a-z_]+\.[a-z_]+\.[a-z_]+)`", PAGE.read_text(), re.MULTILINE)


def test_the_page_names_every_column_with_words_about_people_that_is_not_sealed(
    superuser: psycopg.Connection[Any],
) -> None:
    sealed = {f"{table}.{column}" for table, column in superuser.execute(SEALED).fetchall()}
    sealed |= {f"{table}.{column}" for (_, column), table in person_names.SEALED.items()}
    with_words = {
        f"{name}.{one.column}"
        for name, table in column_classes.shipped().tables.items()
        for one in table.personal
        if one.category in WORDS
    }

    assert len(sealed) >= 9
    assert sealed <= with_words
    assert sorted(listed()) == sorted(with_words - sealed)


def test_the_administrator_of_the_platform_is_on_it() -> None:
    assert {f"platform.administrator.{one}" for one in ("name", "created_by", "revoked_by")} <= {*listed()}
