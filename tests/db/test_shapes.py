"""A migration that changes the columns of a record carries its history along, and changes no entry."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support import ledger_truth
from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf, Org, create_org
from velaurum.db import migrate

ADDED = "alter table catalog.item add column colour text;"
ADDED_WITH_A_DEFAULT = "alter table catalog.item add column colour text not null default 'red';"
RENAMED = """
alter table catalog.item rename column unit to unit_of_measure;
select platform.rename_column('item', 'unit', 'unit_of_measure');
"""
RENAMED_AGAIN = """
alter table catalog.item rename column unit_of_measure to counted_in;
select platform.rename_column('item', 'unit_of_measure', 'counted_in');
"""
DROPPED = "alter table catalog.item drop column colour;"
ENTRIES = (
    "select x.log_index, x.entry, x.leaf_hash from audit.leaf as x where x.org_id = %s order by x.log_index"
)


@pytest.fixture
def org(as_role: Connect) -> Org:
    return create_org(as_role(APP), items=["BOLT"])


@pytest.fixture
def admin(org: Org, as_role: Connect) -> psycopg.Connection[Any]:
    connection = as_role(SUPERUSER)
    connection.execute(
        "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false)",
        [org.org_id],
    )
    return connection


@pytest.fixture
def release(next_release: Path, conninfo: ConninfoOf) -> Callable[[str], None]:
    """Apply a release with one more migration."""

    def apply(text: str) -> None:
        number = len(list((next_release.parent / "migrations").iterdir())) + 1
        (next_release.parent / "migrations" / f"{number:04}_next.sql").write_text(text)
        migrate.migrate(conninfo(SUPERUSER))

    return apply


def entries(admin: psycopg.Connection[Any], org: Org) -> list[tuple[Any, ...]]:
    return admin.execute(ENTRIES, [org.org_id]).fetchall()


def history(admin: psycopg.Connection[Any], columns: str) -> list[tuple[Any, ...]]:
    query = f"select h.change_action, {columns} from catalog.item_history as h order by h.log_index"  # noqa: S608
    return admin.execute(query).fetchall()


def test_a_column_that_was_added_is_empty_in_versions_of_before(
    org: Org, admin: psycopg.Connection[Any], release: Callable[[str], None]
) -> None:
    before = entries(admin, org)

    release(ADDED)

    assert entries(admin, org) == before
    assert history(admin, "h.code, h.colour") == [("created", "BOLT", None)]


def test_what_a_migration_makes_of_records_is_a_version_of_its_own(
    org: Org, admin: psycopg.Connection[Any], release: Callable[[str], None]
) -> None:
    before = entries(admin, org)

    release(ADDED_WITH_A_DEFAULT)

    after = entries(admin, org)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1
    assert history(admin, "h.code, h.colour") == [("created", "BOLT", None), ("carried", "BOLT", "red")]
    assert ledger_truth.findings(admin, org.org_id) == []


def test_a_column_that_was_renamed_is_read_by_its_new_name(
    org: Org, admin: psycopg.Connection[Any], release: Callable[[str], None]
) -> None:
    before = entries(admin, org)

    release(RENAMED)
    once = history(admin, "h.unit_of_measure")
    release(RENAMED_AGAIN)

    assert entries(admin, org) == before
    assert once == history(admin, "h.counted_in") == [("created", "EA")]
    ((record,),) = admin.execute(
        "select audit.record_at(v.org_id, 'item', v.subject_id, 1000, null) from audit.version as v"
        " where v.subject = 'item'"
    ).fetchall()
    assert (record["counted_in"], "unit" in record) == ("EA", False)


def test_a_column_renamed_twice_in_one_run_is_followed_back(
    org: Org, admin: psycopg.Connection[Any], release: Callable[[str], None]
) -> None:
    before = entries(admin, org)

    release(RENAMED + RENAMED_AGAIN)

    assert entries(admin, org) == before
    assert history(admin, "h.counted_in") == [("created", "EA")]


def test_a_column_that_was_dropped_stays_in_the_entries_alone(
    org: Org, admin: psycopg.Connection[Any], release: Callable[[str], None]
) -> None:
    release(ADDED_WITH_A_DEFAULT)
    before = entries(admin, org)

    release(DROPPED)

    assert entries(admin, org) == before
    assert b'"colour":"red"' in bytes(before[-1][1])
    with pytest.raises(psycopg.errors.UndefinedColumn):
        history(admin, "h.colour")
    assert history(admin, "h.code") == [("created", "BOLT"), ("carried", "BOLT")]
    assert ledger_truth.findings(admin, org.org_id) == []


def test_shapes_are_counted_when_they_change_and_only_then(
    admin: psycopg.Connection[Any], release: Callable[[str], None], conninfo: ConninfoOf
) -> None:
    shapes = "select s.sv from platform.shape as s where s.subject = 'item' order by s.sv"

    migrate.migrate(conninfo(SUPERUSER), again=True)
    unchanged = admin.execute(shapes).fetchall()
    release(ADDED)

    assert unchanged == [(1,)]
    assert admin.execute(shapes).fetchall() == [(1,), (2,)]


def test_wrapping_keys_from_before_are_found(
    org: Org, admin: psycopg.Connection[Any], release: Callable[[str], None]
) -> None:
    with admin.transaction():
        admin.execute("select fence.open()")
        admin.execute("alter table keys.wrapping_key disable trigger change_is_recorded")
        admin.execute(
            "select keys.name_wrapping_key(%s, gen_random_uuid(), 'local', 'x', '7', null, null, null, null)",
            [org.org_id],
        )
        admin.execute("alter table keys.wrapping_key enable always trigger change_is_recorded")
    before = entries(admin, org)

    release("alter table keys.wrapping_key add column remark text;")

    found = admin.execute(
        "select h.key_version, h.state, h.change_action, h.change_actor_kind from keys.wrapping_key_history as h"
    ).fetchall()
    assert found == [("7", "active", "found", "process")]
    assert entries(admin, org)[: len(before)] == before
    assert ledger_truth.findings(admin, org.org_id) == []


def test_records_that_the_log_does_not_know_are_found(
    org: Org, admin: psycopg.Connection[Any], release: Callable[[str], None]
) -> None:
    with admin.transaction():
        admin.execute("select fence.open()")
        admin.execute("alter table catalog.item disable trigger change_is_recorded")
        for code in ("A", "B"):
            admin.execute(
                "insert into catalog.item (org_id, id, code, code_key, name, unit, tracking, created_by, updated_by)"
                " values (%s, gen_random_uuid(), %s, %s, 'x', 'EA', 'none', %s, %s)",
                [org.org_id, code, code, org.actor_id, org.actor_id],
            )
        admin.execute("alter table catalog.item enable always trigger change_is_recorded")
    before = entries(admin, org)

    release(ADDED)

    found = admin.execute(
        "select h.code, h.change_action, h.change_actor_kind from catalog.item_history as h"
        " where h.change_action = 'found' order by h.id"
    ).fetchall()
    assert sorted(found) == [("A", "found", "process"), ("B", "found", "process")]
    assert entries(admin, org)[: len(before)] == before
    assert ledger_truth.findings(admin, org.org_id) == []
