"""`velaurum verify DIR`: one sentence for people, one document for programs, 6 for what does not hold (V-20)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support import exports
from support.exports import Book, Written
from velaurum.cli import command_line


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return exports.write(tmp_path / "export", Book().grow(300).entries)


def run(*words: object) -> int:
    return command_line.run([str(word) for word in words])


def test_an_export_that_holds_is_told_in_a_sentence(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    older = written.folder.with_name("older")
    older.write_bytes(exports.checkpoint(Book().grow(100).entries))

    code = run("verify", written.folder, "--policy", written.policy, "--since", older)

    said = capsys.readouterr().out
    assert code == 0
    assert said.startswith(
        "Verified: 300 entries of log.example/org/1, recorded from 2020-01-01T00:00:00.000000Z to "
    )
    assert "; seen by a at 2027-01-15T08:00:00Z, b at 2027-01-15T08:00:00Z" in said
    assert "; extends the checkpoint of 100." in said


def test_an_export_that_does_not_hold_names_entry_record_and_bracket(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = written.folder / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes().replace(b'"log_index":30,', b'"log_index":31,'))

    code = run("verify", written.folder, "--policy", written.policy)

    assert code == 6
    assert capsys.readouterr().out == (
        f"Not verified: Entry 30, record {exports.identifier('movement', 30)}, after {exports.instant(29)} and before "
        f"{exports.instant(31)}: It does not have the hash that stands in tile/0/000.\n"
    )


def test_programs_get_one_document(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "export", written.folder, "--policy", written.policy, "--json") == 0
    held = json.loads(capsys.readouterr().out)
    (written.folder / "tile/entries/001.p/44").unlink()

    assert run("verify", written.folder, "--json", "--policy", written.policy) == 6

    assert (held["ok"], held["size"], held["org_id"], held["fault"]) == (True, 300, exports.ORG, None)
    assert held["witnesses"][0] == {"name": "a", "seen_at": "2027-01-15T08:00:00Z"}
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    assert said["fault"] == {
        "reason": "tile/entries/001.p/44 is missing or cannot be read.",
        "index": 256,
        "id": None,
        "after": exports.instant(255),
        "before": None,
        "code": None,
    }


def test_a_policy_that_is_none_is_a_usage_error(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    written.policy.write_text("trust everybody\n", "utf-8")

    assert run("verify", written.folder, "--policy", written.policy) == 2
    assert "Line 1 of the policy" in capsys.readouterr().err


def test_a_policy_that_asks_for_another_witness_is_not_met(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    third = exports.proof_vectors.vkey(exports.WITNESSES[2], 4)
    written.policy.write_text(f"log {exports.SIGNER.verifier}\nwitness c {third}\nquorum c\n", "utf-8")

    assert run("verify", written.folder, "--policy", written.policy) == 6
    assert "lacks the quorum" in capsys.readouterr().out


def test_a_directory_without_an_export_is_a_usage_error(
    written: Written, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", tmp_path, "--policy", written.policy) == 2
    assert "holds no export" in capsys.readouterr().err


def test_a_word_that_is_no_directory_is_still_a_misspelt_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "tenanci") == 2
    assert "did you mean 'tenancy'?" in capsys.readouterr().err


def test_the_offline_verifier_reads_nothing_of_server_and_database() -> None:
    code = "import velaurum.cli.exports, sys; print([m for m in sys.modules if m.startswith(('psycopg', 'fastapi'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
