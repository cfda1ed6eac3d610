"""The list of event types is complete: held against what the database records, and what routes let whom read."""

from pathlib import Path
from typing import Any, get_args

import psycopg
import pytest

from velaurum.api import app as application
from velaurum.api import openapi
from velaurum.api.routes import PERMISSION
from velaurum.audit.changes import Action
from velaurum.events import nouns
from velaurum.events.nouns import MOVEMENT, NOUNS, TYPES

_ENDINGS = {"revoked_at": ("revoked",), "disabled_at": ("disabled", "enabled")}


def test_every_table_whose_changes_are_entries_has_a_noun(admin: psycopg.Connection[Any]) -> None:
    opted = admin.execute(
        "select (x.how).subject, x.columns from (select"
        " rtrim(encode(g.tgargs, 'escape'), '\\000')::audit.opting as how,"
        " array(select a.attname::text from pg_attribute as a where a.attrelid = g.tgrelid and a.attnum > 0) as columns"
        " from pg_trigger as g where g.tgfoid = 'audit.record_change()'::regprocedure) as x"
    ).fetchall()

    endings = {
        subject: tuple(sorted(end for column, ends in _ENDINGS.items() if column in columns for end in ends))
        for subject, columns in opted
    }
    assert {subject: tuple(sorted(one.endings)) for subject, one in NOUNS.items()} == {
        **endings,
        MOVEMENT: (),
    }


def test_every_entry_of_a_log_is_of_a_table_or_a_movement(admin: psycopg.Connection[Any]) -> None:
    (view,) = admin.execute("select pg_get_viewdef('audit.leaf'::regclass)").fetchone() or ("",)

    assert view.count("UNION ALL") == 1
    assert "ledger.movement" in view
    assert "audit.version" in view


def test_what_becomes_of_a_record_has_a_type(admin: psycopg.Connection[Any]) -> None:
    (constraint,) = admin.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'change_action_check'"
    ).fetchone() or ("",)

    assert all(f"'{action}'" in constraint for action in get_args(Action))
    assert constraint.count("::text,") + 1 == len(get_args(Action))
    ends = {end for one in NOUNS.values() for end in one.actions} - {nouns.POSTED}
    assert ends == set(get_args(Action))


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Any]:
    app = application.create("", tmp_path)
    try:
        found: dict[str, Any] = openapi.document(app)["paths"]
    finally:
        app.state.database.close()
    return found


@pytest.mark.parametrize("subject", sorted(NOUNS))
def test_where_a_record_is_read_is_a_route(subject: str, paths: dict[str, Any]) -> None:
    """Nobody follows with less than what it takes to read the history of such a record."""
    known = {
        path.rpartition("/{")[0]: operations["get"]
        for path, operations in paths.items()
        if path.startswith("/v1/orgs/{org}/") and path.endswith("}") and "get" in operations
    }
    histories = {
        path.removesuffix("/history").rpartition("/{")[0]: operations["get"][PERMISSION]
        for path, operations in paths.items()
        if path.endswith("/history")
    }
    noun = NOUNS[subject]
    if noun.path is None:
        return
    path = f"/v1/orgs/{{org}}{noun.path}".rpartition("/{")[0]
    assert path in known
    permission = known[path][PERMISSION]
    # An auditor reads the log of what others manage, and manages nothing.
    expected = histories.get(path, "read-assurance" if permission.startswith("manage-") else permission)
    assert noun.permission == expected


def test_types_are_chosen_whole_or_by_their_beginning() -> None:
    assert nouns.chosen(["velaurum.item.created.v1"]) == {"velaurum.item.created.v1"}
    assert nouns.chosen(["velaurum.*"]) == TYPES
    assert nouns.chosen(["velaurum.scim-user.*"]) == set(NOUNS["scim-user"].types)
    assert nouns.chosen(["velaurum.item.created.v1", "velaurum.role.*"]) == {
        "velaurum.item.created.v1",
        *NOUNS["role"].types,
    }
    for wrong in ("", "*", "velaurum.item*", "velaurum.it.*", "velaurum.item.created.v2", "item"):
        assert nouns.chosen([wrong]) is None
