"""A migration that opens a way between organisations does not pass the catalogue proof, which names what it made.

Each release here is as careless as can be: it says of its table that it is a tenant's, and renews the manifest.
"""

from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from support.ledger_sql import SUPERUSER, ConninfoOf
from velaurum.db import catalogue, column_classes, migrate

TABLE = """
create table catalog.shelf (
    org_id uuid not null references tenancy.org (org_id), id uuid not null, item_id uuid not null,
    code text not null, created_by uuid not null, primary key (org_id, id), unique (org_id, code),
    foreign key (org_id, item_id) references catalog.item (org_id, id),
    foreign key (org_id, created_by) references identity.principal (org_id, id)
);
"""
CLASSED = """
["catalog.shelf"]
purpose = "stock"
kept = "ledger"
internal = ["org_id", "id", "item_id", "code"]
pseudonyms = ["created_by"]
"""
ENFORCED = "select platform.enforce_org('catalog.shelf');"
RECORDED = "select audit.record_changes('catalog.shelf', 'shelf', '{id}', '{}', '{}', '');"
DEFINER = (
    "create or replace function catalog.shelves() returns bigint language sql security definer"
    " set search_path = pg_catalog, pg_temp as 'select count(*) from catalog.item';"
)
RESTRICTS = "the policy `org` restricts every table of tenants to the organisation entered"
ROW_SECURITY = "row security is enabled and forced on every table of tenants"
VIEWS = "every view reads with the rights of its reader"
COLUMNS = "every column of the product has one class"
BY_DATABASE = (
    "do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$;"
)


@dataclass(frozen=True, slots=True)
class Release:
    """What a release adds: a table of a tenant's class or none, and text at the end of each of its files."""

    migration: str = ""
    policies: str = ""
    routines: str = ""
    grants: str = ""
    roles: str = ""
    table: str = "catalog.shelf"


UNSOUND = {
    "a table without org_id": (
        Release("create table catalog.shelf (id uuid primary key, created_by uuid not null);"),
        "every table of tenants has an org_id that is never null",
        "catalog.shelf",
    ),
    "a foreign key of one column": (
        Release(
            "alter table catalog.item add constraint item_id_key unique (id);"
            + TABLE.replace(
                "foreign key (org_id, item_id) references catalog.item (org_id, id)",
                "foreign key (item_id) references catalog.item (id)",
            ),
            ENFORCED,
        ),
        "every foreign key begins with org_id on both sides",
        "shelf_item_id_fkey of catalog.shelf",
    ),
    "a table whose writes make no version": (
        Release(TABLE, ENFORCED),
        "every write of a table of tenants is recorded, or said not to be",
        "catalog.shelf",
    ),
    "a table without policies": (Release(TABLE), RESTRICTS, "catalog.shelf"),
    "row security that is not forced": (
        Release(TABLE, ENFORCED + "alter table catalog.shelf no force row level security;"),
        ROW_SECURITY,
        "catalog.shelf does not force it",
    ),
    "a policy that permits instead of restricting": (
        Release(
            TABLE,
            "alter table catalog.shelf enable row level security, force row level security;"
            "drop policy if exists org on catalog.shelf; create policy org on catalog.shelf using (true);",
        ),
        RESTRICTS,
        "catalog.shelf",
    ),
    "a view with its owner's rights": (
        Release(routines="create or replace view catalog.shelf as select * from catalog.item;", table=""),
        VIEWS,
        "catalog.shelf",
    ),
    "a materialised view": (
        Release(
            "create materialized view catalog.shelf as select * from catalog.item with no data;", table=""
        ),
        VIEWS,
        "catalog.shelf",
    ),
    "a routine with its owner's rights": (
        Release(routines=DEFINER, table=""),
        "every routine with its owner's rights is on the list, once",
        "catalog.shelves()",
    ),
    "a code that is unique among all": (
        Release(TABLE.replace("unique (org_id, code)", "unique (code)"), ENFORCED),
        "every index begins with org_id",
        "catalog.shelf_code_key of catalog.shelf",
    ),
    "a right to insert": (
        Release(TABLE, ENFORCED, grants="grant insert on catalog.shelf to velaurum_app;"),
        "no role of the product writes a table itself",
        "velaurum_app may insert catalog.shelf",
    ),
    "temporary tables": (
        Release(roles=BY_DATABASE, table=""),
        "no role of the product makes objects",
        "velaurum_app may temporary in the database",
    ),
    "a table in a schema of its own": (
        Release("create schema shop;" + TABLE.replace("catalog.shelf", "shop.shelf"), table="shop.shelf"),
        "the owner owns the schemas of the product, what is in them, and nothing else",
        "shop.shelf",
    ),
}


@pytest.fixture
def files(next_release: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the SQL files of the next release, which the proof reads as well."""
    monkeypatch.setattr(catalogue, "_sql", lambda: next_release.parent)
    return next_release.parent


def add(files: Path, release: Release) -> None:
    number = len(list((files / "migrations").iterdir())) + 1
    (files / "migrations" / f"{number:04}_shelf.sql").write_text(release.migration or "select 1;")
    texts = {
        "routines/99_shelf.sql": release.routines + release.policies or "select 1;",
        "grants.sql": release.grants,
        "roles.sql": release.roles,
    }
    for name, text in texts.items():
        with (files / name).open("a") as file:
            file.write(f"\n{text}\n")
    if release.table:
        with (files / column_classes.FILE).open("a") as file:
            file.write(CLASSED)
        listed = (files / "catalogue.sql").read_text()
        line = f"    ('{release.table}', 'tenant', 'shared', true),\n"
        (files / "catalogue.sql").write_text(
            listed.replace("    ('catalog.item', 'tenant'", f"{line}    ('catalog.item', 'tenant'", 1)
        )


def broken(conninfo: str, files: Path) -> dict[str, tuple[str, ...]]:
    """Migrate, renew the manifest, and return what breaks the rules that are required."""
    migrate.migrate(conninfo)
    with psycopg.connect(conninfo) as connection:
        (files / "manifest.txt").write_text(catalogue.manifest_text(connection))
    found = catalogue.examine(conninfo)
    return {rule.name: rule.broken_by for rule in found if rule.is_required and rule.broken_by}


@pytest.mark.parametrize("name", UNSOUND)
def test_a_release_does_not_pass_with(name: str, conninfo: ConninfoOf, files: Path) -> None:
    release, rule, named = UNSOUND[name]
    add(files, release)

    found = broken(conninfo(SUPERUSER), files)

    assert named in found.get(rule, ()), found


def test_a_sound_table_passes(conninfo: ConninfoOf, files: Path) -> None:
    add(files, Release(TABLE, ENFORCED + RECORDED))

    assert broken(conninfo(SUPERUSER), files) == {}


def test_a_sound_table_that_nobody_classified_does_not_pass(conninfo: ConninfoOf, files: Path) -> None:
    add(files, Release(TABLE, ENFORCED + RECORDED, table=""))

    found = broken(conninfo(SUPERUSER), files)

    assert found["every table of the product is classified"] == ("catalog.shelf",)
    assert found.keys() == {"every table of the product is classified", COLUMNS}


def test_a_sound_table_with_a_column_that_nobody_classed_does_not_pass(
    conninfo: ConninfoOf, files: Path
) -> None:
    more = TABLE + "alter table catalog.shelf add column phone text;"
    add(files, Release(more, ENFORCED + RECORDED))

    found = broken(conninfo(SUPERUSER), files)

    assert found == {COLUMNS: ("catalog.shelf.phone has no class",)}


def test_a_right_that_the_manifest_does_not_have_does_not_pass(conninfo: ConninfoOf, files: Path) -> None:
    shipped = (files / "manifest.txt").read_text()
    add(files, Release(grants="grant select on platform.administrator to velaurum_auditor;", table=""))
    broken(conninfo(SUPERUSER), files)
    (files / "manifest.txt").write_text(shipped)

    found = [rule for rule in catalogue.examine(conninfo(SUPERUSER)) if rule.broken_by]

    assert [rule.broken_by for rule in found] == [
        ("unexpected: grant select on platform.administrator to velaurum_auditor",)
    ]
