"""A log that nobody touched holds, for whoever verifies it; what is damaged is named."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import sql

from support.ledger_sql import SUPERUSER
from support.sealed import SIZE, Sealed, unwatched
from velaurum.audit import signers
from velaurum.db.readings import AUDITOR
from velaurum.ops.evidence import database
from velaurum.ops.evidence.findings import LISTED
from velaurum.ops.evidence.trust import Sources, Trust
from velaurum.proofs import notes


def test_a_log_that_nobody_touched_holds(sealed: Sealed) -> None:
    report = sealed.verdict()

    assert report.findings.kept == []
    assert report.holds
    assert [(one.org, one.size, one.signed_size) for one in report.logs] == [(sealed.org, SIZE, SIZE)]


def test_maintenance_writes_no_row_again(sealed: Sealed) -> None:
    with sealed.superuser() as connection:
        for table in ("ledger.movement", "audit.version", "audit.tile", "audit.checkpoint"):
            connection.execute(sql.SQL("vacuum (full, freeze) {}").format(sql.Identifier(*table.split("."))))

    assert sealed.verdict().findings.kept == []


def test_an_administrator_reads_as_the_auditor(sealed: Sealed) -> None:
    report = sealed.verdict(conninfo=sealed.conninfo(SUPERUSER))

    assert report.findings.kept == []


def test_another_key_signed_none_of_it(sealed: Sealed, tmp_path: Path) -> None:
    stranger = notes.Signer(sealed.origin, Ed25519PrivateKey.generate()).verifier
    (tmp_path / "policy").write_text(f"log {stranger}\nquorum none\n")

    found = sealed.verdict(policy=tmp_path / "policy").findings

    assert {one.code for one in found.kept} == {"checkpoint-unsigned"}


def test_a_policy_takes_the_place_of_the_data_directory(sealed: Sealed, tmp_path: Path) -> None:
    key = signers.load(sealed.data_dir).verifier(sealed.origin)
    (tmp_path / "policy").write_text(f"log {key}\nquorum none\n")
    (sealed.data_dir / "log/statements.sqlite").unlink()

    assert sealed.verdict(policy=tmp_path / "policy").findings.kept == []


def test_rows_from_before_say_no_transaction_and_none_after_them_may(sealed: Sealed) -> None:
    sealed.rewrite("update ledger.movement set xid = null", "update audit.version set xid = null")
    assert sealed.verdict().findings.kept == []

    again = f"update ledger.movement set xid = pg_current_xact_id() where log_index = {sealed.edited}"  # noqa: S608
    sealed.rewrite(again)
    found = sealed.verdict().findings

    assert {one.code for one in found.kept} == {"transaction-missing"}
    assert found.kept[0].log_index == sealed.edited + 1


def test_processes_beside_find_what_one_finds(sealed: Sealed) -> None:
    sealed.rewrite(
        f"delete from ledger.movement where log_index = {sealed.edited}",  # noqa: S608
        f"update ledger.movement set reference = 'PO-1' where log_index > {sealed.edited}",  # noqa: S608
        "update ledger.balance set on_hand = on_hand + 1 where serial_id is null",
        "update catalog.item set name = 'other'",
    )

    alone, together = (sealed.verdict(workers=number) for number in (1, 2))

    assert len(alone.findings.kept) > 2 * LISTED
    assert (together.findings, together.logs) == (alone.findings, alone.logs)


def test_rows_far_beyond_the_last_one_are_reached_over_the_gap(sealed: Sealed) -> None:
    far = 10**12
    sealed.rewrite(
        f"update ledger.movement set log_index = {far} where log_index = {SIZE - 1}",  # noqa: S608
    )

    for number in (1, 2):
        found = {one.code: one.log_index for one in sealed.verdict(workers=number).findings.kept}
        assert found["index-missing"] == SIZE - 1
        assert found["entry-differs"] == far


def test_a_log_that_was_signed_first_after_the_statements_were_read_holds(sealed: Sealed) -> None:
    statements = sealed.data_dir / "log/statements.sqlite"
    statements.rename(sealed.data_dir / "apart")
    trust = Sources(sealed.data_dir).read()
    found = examined(sealed, trust)
    (sealed.data_dir / "apart").rename(statements)

    assert found == {"statement-missing"}
    assert examined(sealed, trust) == set()


def examined(sealed: Sealed, trust: Trust) -> set[str]:
    where = sealed.conninfo(AUDITOR)
    report = database.examine(where, None, trust, unwatched, is_own_server=True)
    return {one.code for one in report.findings.kept}
