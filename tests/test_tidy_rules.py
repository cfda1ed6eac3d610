"""Every rule of tests/tidy finds a planted violation, and nothing in a tree that keeps the rules."""

from pathlib import Path

import pytest

from tidy.documents import ADR_LINES_MAX, ERRORS_PAGE, LATER_WORDS, SETTINGS_PAGE
from tidy.python import FILE_LINES_MAX, FUNCTION_LINES_MAX, FUNCTION_LINES_P90
from tidy.rules import RULES
from tidy.statements import ROUTINE_LINES_MAX, split

ROOT = Path(__file__).parent.parent
ERRORS = (ROOT / ERRORS_PAGE).read_text("utf-8")
SETTINGS = (ROOT / SETTINGS_PAGE).read_text("utf-8")


def function(lines: int, name: str = "f") -> str:
    return f"def {name}():\n" + "    pass\n" * (lines - 1)


def routine(lines: int) -> str:
    body = "    perform 1; -- don't\n" * (lines - 4)
    return f"-- Why.\ncreate function ledger.post() returns int\nas $$ begin\n{body}end;\n$$ language sql;\n"


def record(number: int, lines: int = 17) -> str:
    text = f"# {number:04d} Title\n\n## Context\n\n## Decision\n\n## Consequences\n\n## Alternatives\n"
    return text + "- Another.\n" * (lines - 9)


VERB = '''"""Movements: the only way stock changes."""


def post(tx: Tx, org: OrgContext, new: NewMovement) -> Movement:
    """Update the balance; select the row that the same key posted before."""
    return tx.one(QUERIES["post"], Movement, title="Select an item", hint="update it", org_id=org.org_id)


def parse(text: str) -> NewMovement:
    """select the fields of a movement."""


class Front:
    def post(self, tx: db.Tx, org: "tenancy.OrgContext") -> Movement: ...


def _lock(tx: Tx) -> None: ...
'''
QUERY = """-- name: post
-- Post one movement; an apostrophe such as in "don't" ends nothing.
select id from ledger.post_movement(%(org_id)s, %(item_id)s, ';');

-- name: organisations
-- cross-org: the list of organisations belongs to the platform.
select code from tenancy.org;
"""
OF_DEPARTMENTS = """-- name: places
select l.code from catalog.location as l where l.org_id = %(org_id)s and l.sub_org_id = any(%(sub_org_ids)s);

-- name: size
-- cross-sub-org: a log is the whole organisation's.
select ledger.size_at(%(org_id)s);
"""
MEETING = """-- Reads catalog.item alone.
create function ledger.items_at(p_org_id uuid) returns int language sql as $$ select 1 $$;
create view ledger.answer as select m.id from ledger.movement as m;
create or replace function ledger.size_at(p_org_id uuid) returns int language sql as $$
    select count(*) from ledger.answer -- not from ledger.items_at
$$;
"""
CLEAN = {
    "README.md": "See /homepage/, ~/work/ and https://example.org/home/page.\n",
    "src/velaurum/ledger/movements.py": VERB,
    "src/velaurum/ledger/movements.sql": QUERY,
    "src/velaurum/db/connection.py": 'NOW = "select clock_timestamp()"\n' + function(FUNCTION_LINES_MAX),
    "src/velaurum/sql/routines/ledger.sql": "set role x;\n" + routine(ROUTINE_LINES_MAX) * 2,
    "src/velaurum/ledger/places.sql": OF_DEPARTMENTS,
    "src/velaurum/sql/routines/meeting.sql": MEETING,
    "src/velaurum/long.py": "x = 1\n" * FILE_LINES_MAX,
    "src/velaurum/short.py": function(FUNCTION_LINES_P90 - 1) * 7,
    "docs/adr/0001-a.md": record(1),
    "docs/adr/0002-b.md": record(2, ADR_LINES_MAX),
    ERRORS_PAGE: ERRORS,
    SETTINGS_PAGE: SETTINGS,
}
LEDGER = "src/velaurum/ledger"

# Rule, path, its planted text, and the subject that the rule has to name.
PLANTED = [
    ("file_size", "tests/test_a.py", "x = 1\n" * (FILE_LINES_MAX + 1), "tests/test_a.py"),
    ("function_size", "src/velaurum/a.py", function(FUNCTION_LINES_MAX + 1), "src/velaurum/a.py:f"),
    (
        "function_size",
        "tests/a.py",
        "class A:\n" + "    def g(self):\n" + "        0\n" * FUNCTION_LINES_MAX,
        "tests/a.py:A.g",
    ),
    ("function_size_p90", "src/velaurum/short.py", function(FUNCTION_LINES_P90) * 7, "src"),
    ("banned_name", "src/velaurum/ledger/helpers.py", "", "src/velaurum/ledger/helpers.py"),
    ("banned_name", "src/velaurum/common/queries.sql", QUERY, "src/velaurum/common/queries.sql"),
    ("banned_name", "tests/test_utils.py", "", "tests/test_utils.py"),
    *(
        ("inline_sql", f"{LEDGER}/a.py", planted, f"{LEDGER}/a.py")
        for planted in (
            'x = "select 1"',
            'x = """\n    -- Why.\n    SELECT id\n    FROM t"""',
            'x = f"update {table} set a = 1"',
            'f(g("insert into t values (1)"))',
            'x = ["delete from t"]',
            'x = "with a as (select 1) table a"',
            'x = "create or replace function f() returns void"',
            'x = "create unique index on t (a)"',
            'x = "alter role app login"',
            'x = "truncate t"',
            'x = "grant select on t to app"',
            'x = "set local lock_timeout = 1"',
            'cursor.execute("Select 1")',
            'cursor.execute("table ledger.movement")',
            'cursor.execute(f"{verb} 1")',
        )
    ),
    *(
        ("tx_then_org", f"src/velaurum/{package}/a.py", planted, f"src/velaurum/{package}/a.py:{name}")
        for package, planted, name in (
            ("ledger", "def post(tx: Tx, new: New): ...", "post"),
            ("ledger", "def post(org: OrgContext, tx: Tx): ...", "post"),
            ("ledger", "def post(tx: db.Tx, *, org: OrgContext): ...", "post"),
            ("catalog", "async def post(tx: 'db.WriteTx', org: str): ...", "post"),
            ("tenancy", "def post(new: New, *, tx: Tx | None = None): ...", "post"),
            ("identity", "class Tokens:\n    def post(self, tx: Tx): ...", "Tokens.post"),
            ("ledger", "def post(transaction: Tx, org: OrgContext): ...", "post"),
            ("ledger", "async def post(database: AsyncDatabase, new: New): ...", "post"),
        )
    ),
    (
        "routine_size",
        "src/velaurum/sql/routines/a.sql",
        "select 1;\n" + routine(ROUTINE_LINES_MAX + 1),
        "src/velaurum/sql/routines/a.sql:ledger.post",
    ),
    (
        "routine_size",
        "src/velaurum/sql/routines/a.sql",
        "create function a.b() returns int language sql begin atomic select 1; end;",
        "src/velaurum/sql/routines/a.sql:a.b",
    ),
    ("query_shape", f"{LEDGER}/a.sql", "select %(org_id)s;\n" + QUERY, f"{LEDGER}/a.sql"),
    ("query_shape", f"{LEDGER}/a.sql", "-- Nothing here.\n", f"{LEDGER}/a.sql"),
    ("query_shape", f"{LEDGER}/a.sql", QUERY + "truncate t;", f"{LEDGER}/a.sql:organisations"),
    ("query_shape", f"{LEDGER}/a.sql", "-- name: empty\n-- Why.\n", f"{LEDGER}/a.sql:empty"),
    ("query_shape", f"{LEDGER}/a.sql", QUERY + QUERY.partition("\n\n")[0], f"{LEDGER}/a.sql:post"),
    *(
        ("query_shape", f"{LEDGER}/a.sql", QUERY + f"{heading}\nselect 1;", f"{LEDGER}/a.sql:{name}")
        for heading, name in (
            ("-- name: Post it", "Post it"),
            ("-- name: post2", "post2"),
            ("-- name: again ", "again"),
            ("--name: again", "again"),
            ("-- Name: again", "again"),
        )
    ),
    ("query_org", f"{LEDGER}/a.sql", "-- name: a\nselect org_id from ledger.head;", f"{LEDGER}/a.sql:a"),
    ("query_org", f"{LEDGER}/a.sql", "-- name: a\n-- By %(org_id)s.\nselect 1;", f"{LEDGER}/a.sql:a"),
    ("query_org", f"{LEDGER}/a.sql", "-- name: a\n-- cross-org:\nselect 1;", f"{LEDGER}/a.sql:a"),
    *(
        ("query_sub_org", f"{LEDGER}/a.sql", f"-- name: a\n{planted};", f"{LEDGER}/a.sql:a")
        for planted in (
            "select l.id from catalog.location as l where l.org_id = %(org_id)s",
            "-- By %(sub_org_ids)s.\nselect b.on_hand from ledger.balance as b where b.org_id = %(org_id)s",
            "-- cross-sub-org:\nselect s.id from tenancy.sub_org as s where s.org_id = %(org_id)s",
            "select id from ledger.answer where org_id = %(org_id)s",
            "select ledger.size_at(%(org_id)s)",
        )
    ),
    (
        "errors_documented",
        ERRORS_PAGE,
        ERRORS.replace("## conflict\n", "## conflicts\n"),
        f"{ERRORS_PAGE}:conflict",
    ),
    ("errors_documented", ERRORS_PAGE, ERRORS + "\n## gone\n\nStatus 410.\n", f"{ERRORS_PAGE}:gone"),
    (
        "errors_documented",
        ERRORS_PAGE,
        ERRORS.replace("Status 403.", "Status 404."),
        f"{ERRORS_PAGE}:forbidden",
    ),
    ("errors_documented", ERRORS_PAGE, ERRORS.replace("What to do", "Why"), f"{ERRORS_PAGE}:internal"),
    (
        "settings_documented",
        SETTINGS_PAGE,
        SETTINGS.replace("| `listen`", "| listen"),
        f"{SETTINGS_PAGE}:listen",
    ),
    ("settings_documented", SETTINGS_PAGE, SETTINGS.replace("1:8420`", "1:80`"), f"{SETTINGS_PAGE}:listen"),
    ("settings_documented", SETTINGS_PAGE, SETTINGS.replace("VELAURUM_ORG", "ORG"), f"{SETTINGS_PAGE}:org"),
    (
        "settings_documented",
        SETTINGS_PAGE,
        SETTINGS + "| `gone` | x | x | x | x |\n",
        f"{SETTINGS_PAGE}:gone",
    ),
    ("decision_records", "docs/adr/0004-gap.md", record(4), "docs/adr/0004-gap.md"),
    ("decision_records", "docs/adr/0003-long.md", record(3, ADR_LINES_MAX + 1), "docs/adr/0003-long.md"),
    ("decision_records", "docs/adr/0003-title.md", record(4), "docs/adr/0003-title.md"),
    ("decision_records", "docs/adr/0004-name.md", record(3), "docs/adr/0004-name.md"),
    ("decision_records", "docs/adr/0003-form.md", "# 0003 Title\n", "docs/adr/0003-form.md"),
    ("machine_paths", "Makefile", f"X = /{'home'}/ann/x", "Makefile"),
    ("machine_paths", "docs/guide/start.md", f"Open `/{'work'}/x`.", "docs/guide/start.md"),
    ("words_for_later", "src/velaurum/a.py", f"# {LATER_WORDS[0]}: later", "src/velaurum/a.py"),
    ("words_for_later", f"{LEDGER}/a.sql", f"-- {LATER_WORDS[1]}", f"{LEDGER}/a.sql"),
]


def plant(root: Path, tree: dict[str, str]) -> None:
    for name, text in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")


@pytest.mark.parametrize("rule", RULES)
def test_a_tidy_tree_keeps_the_rule(rule: str, tmp_path: Path) -> None:
    plant(tmp_path, CLEAN)

    assert list(RULES[rule](tmp_path)) == []


@pytest.mark.parametrize(("rule", "path", "text", "subject"), PLANTED)
def test_a_planted_violation_is_found(rule: str, path: str, text: str, subject: str, tmp_path: Path) -> None:
    plant(tmp_path, CLEAN | {path: text})

    assert subject in {finding.subject for finding in RULES[rule](tmp_path)}


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, *_ in PLANTED} == RULES.keys()


def test_quoted_text_does_not_end_a_statement() -> None:
    script = """select ';' /* ; */, "a;b", E'\\';', $a$ ; $$ ; $a$; -- ; '\n\nselect 2"""

    assert [statement[-8:] for statement in split(script)] == ["$ ; $a$;", "select 2"]
