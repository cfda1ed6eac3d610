"""Attacks on rows (V-20): as the application, the owner and a superuser; each is refused, or its record is named."""

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from attacks.rewritings import REWRITINGS, Rewriting
from attacks.rewritings_past_walls import REWRITINGS_PAST_WALLS
from support.ledger_sql import APP, OWNER, SUPERUSER
from support.sealed import SIZE, Sealed, forged_entry
from velaurum.db import importing_stock

# What refuses: a right that is missing, a trigger, the fence.
REFUSED = ("42501", "VL001", "VL002")
EVERY = (*REWRITINGS, *REWRITINGS_PAST_WALLS)


def play(sealed: Sealed, rewriting: Rewriting, attacker: str) -> None:
    given = {
        "edited": sealed.edited,
        "org_id": sealed.org_id,
        "first": min(sealed.ids),
        "last": max(sealed.ids),
    }
    with psycopg.connect(
        sealed.conninfo(APP if attacker == APP else SUPERUSER), autocommit=True
    ) as connection:
        if attacker == OWNER:
            connection.execute("set session authorization velaurum_owner")
        connection.execute(
            "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false)",
            [sealed.org_id],
        )
        with connection.transaction():
            for step in rewriting.steps:
                connection.execute(sql.SQL(step), given if "%(" in step else None)


@pytest.mark.parametrize("attacker", [APP, OWNER, SUPERUSER])
@pytest.mark.parametrize("rewriting", EVERY, ids=[one.name for one in EVERY])
def test_it_is_refused_or_its_record_is_named(rewriting: Rewriting, attacker: str, sealed: Sealed) -> None:
    if attacker not in rewriting.passes:
        with pytest.raises(psycopg.Error) as refusal:
            play(sealed, rewriting, attacker)
        assert refusal.value.sqlstate in REFUSED
        return
    play(sealed, rewriting, attacker)

    found = sealed.verdict().findings.kept

    codes = {one.code for one in found}
    assert {rewriting.code, *rewriting.also} <= codes, found
    indexes = {"edited": sealed.edited, "noted": sealed.noted, "first": min(sealed.ids), "after": SIZE}
    index = (indexes | {"zero": 0, "second": 1}).get(rewriting.index)
    if index is not None:
        named = [(one.log_index, one.record_id) for one in found if one.code == rewriting.code]
        assert index in {one for one, _ in named}
        if rewriting.index in ("edited", "noted") and rewriting.code != "index-missing":
            assert (index, sealed.ids[index]) in named


def test_a_posting_in_a_savepoint_is_nobodys_rewriting(sealed: Sealed) -> None:
    with (
        psycopg.connect(sealed.conninfo(APP), autocommit=True) as connection,
        connection.transaction(),
        connection.transaction(),
    ):
        assert sealed.as_poster(connection).receive("BOLT", "A", "1").status == "posted"

    report = sealed.verdict()

    assert report.findings.kept == []
    assert report.logs[0].size == SIZE + 1


def test_rows_tiles_and_checkpoints_that_were_made_anew_are_caught_by_the_signers_last_statement(
    sealed: Sealed, tmp_path: Path
) -> None:
    before = tmp_path / "checkpoint"
    before.write_bytes(sealed.statement())
    sealed.rewrite(forged_entry(sealed.edited))
    sealed.rebuild_tiles()
    sealed.resign([4, sealed.edited + 1, SIZE])

    found = sealed.verdict().findings.kept

    assert [one.code for one in found] == ["fork"]
    assert found[0].detail.startswith("The log does not extend what was signed")
    with sealed.superuser() as connection:
        row = connection.execute("select note from audit.checkpoint where size = %s", [SIZE]).fetchone()
    assert row is not None
    # Whoever writes the signer's files as well is left with the checkpoints that others keep.
    sealed.replace_statement(row[0].encode())
    assert sealed.verdict().holds
    assert [one.code for one in sealed.verdict(before).findings.kept] == ["fork"]


def test_a_tail_that_was_cut_off_is_caught_by_the_signers_last_statement(
    sealed: Sealed, tmp_path: Path
) -> None:
    before = tmp_path / "checkpoint"
    before.write_bytes(sealed.statement())
    kept = sealed.edited + 1
    sealed.rewrite(
        f"delete from ledger.movement where log_index >= {kept}",
        "delete from ledger.balance",
        importing_stock.BALANCES.replace("%(org)s", f"'{sealed.org_id}'"),
        "update ledger.head as h set (size, recorded_at) = (m.log_index + 1, m.recorded_at)"
        f" from ledger.movement as m where (m.org_id, m.log_index) = (h.org_id, {kept - 1})",
        "delete from audit.tile",
        f"delete from audit.checkpoint where size > {kept}",
    )

    assert [one.code for one in sealed.verdict().findings.kept] == ["behind-last-statement"]
    with sealed.superuser() as connection:
        row = connection.execute("select note from audit.checkpoint order by size desc limit 1").fetchone()
    assert row is not None
    sealed.replace_statement(row[0].encode())
    assert sealed.verdict().holds
    assert [one.code for one in sealed.verdict(before).findings.kept] == ["behind-since"]


def test_a_statement_that_was_taken_away_is_missed(sealed: Sealed) -> None:
    (sealed.data_dir / "log/statements.sqlite").unlink()

    assert [one.code for one in sealed.verdict().findings.kept] == ["statement-missing"]


def test_an_organisation_that_was_taken_away_is_missed(sealed: Sealed) -> None:
    tables = (
        "audit.tile",
        "audit.checkpoint",
        "ledger.movement_note",
        "ledger.movement",
        "ledger.balance",
        "ledger.head",
        "audit.version",
    )
    sealed.rewrite(*(f"delete from {table}" for table in tables), "delete from tenancy.org")

    found = sealed.verdict().findings.kept

    assert [one.code for one in found] == ["behind-last-statement"]
    assert sealed.org_id in found[0].detail


def test_functions_of_somebodys_own_tell_the_auditor_nothing(sealed: Sealed) -> None:
    sealed.rewrite(
        f"update ledger.movement set quantity = quantity + 1 where log_index = {sealed.edited}",
        "create schema cover",
        "grant usage on schema cover to public",
        (
            "create function cover.round(numeric, integer) returns numeric language sql as $$"
            " select pg_catalog.round($1 - 1, $2) $$"
        ),
        (
            "do $$ begin execute format('alter role velaurum_auditor in database %I set search_path = cover,"
            " pg_catalog', current_database()); end $$"
        ),
    )

    found = sealed.verdict().findings.kept

    assert [one.log_index for one in found if one.code == "entry-differs"] == [sealed.edited]
