"""`velaurum verify db`: everything holds, or a line for each finding and exit code 6."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support.command import Command, Installation, Tenant
from velaurum.proofs import notes


@dataclass(frozen=True, slots=True)
class Signed:
    """An organisation whose own log has a movement, and a checkpoint over it."""

    tenant: Tenant
    size: int
    note: bytes


@pytest.fixture(scope="module")
def signed(installation: Installation) -> Signed:
    made = installation.tenant()
    moved = made.keeper("post", "receipt", "BOLT", "5", "--target", "A", "--json").document
    size = moved["log_index"] + 1
    return Signed(made, size, installation.signed(made, size).encode())


@pytest.mark.usefixtures("signed")
def test_everything_holds_beside_a_running_server(installation: Installation) -> None:
    answer = installation.command("verify", "db")

    assert (answer.code, answer.stdout) == (0, "")
    assert answer.stderr.startswith("Everything holds: ")


def test_one_organisation_as_a_document(installation: Installation, signed: Signed) -> None:
    answer = installation.command("verify", "db", "--org", signed.tenant.code, "--json").document

    (log,) = answer["logs"]
    assert answer["ok"]
    assert (answer["findings"], answer["unlisted"], answer["notes"]) == ([], [], [])
    assert log["org"] == signed.tenant.code
    assert (log["signed_size"], log["size"]) == (signed.size, signed.size)


def test_a_checkpoint_that_was_kept_holds(installation: Installation, signed: Signed, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(signed.note)

    assert installation.command("verify", "db", "--since", str(kept)).code == 0


def test_what_does_not_hold_is_a_line_and_ends_with_6(
    installation: Installation, signed: Signed, tmp_path: Path
) -> None:
    origin = signed.note.split(b"\n", 1)[0].decode()
    stranger = notes.Signer(origin, Ed25519PrivateKey.generate()).verifier
    (tmp_path / "policy").write_text(f"log {stranger}\nquorum none\n")

    words = ("verify", "db", "--org", signed.tenant.code, "--policy", str(tmp_path / "policy"))
    told = installation.command(*words)
    written = installation.command(*words, "--json")

    assert (told.code, written.code) == (6, 6)
    assert told.stdout.startswith(
        "checkpoint-unsigned: A stored checkpoint is not signed by the key of this log."
    )
    assert f"[organisation {signed.tenant.code}, index " in told.stdout
    finding = json.loads(written.stdout)["findings"][0]
    assert (finding["code"], finding["org"]) == ("checkpoint-unsigned", signed.tenant.code)


def test_what_is_no_checkpoint_is_no_proof_of_anything(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"noise\n")

    answer = installation.command("verify", "db", "--since", str(tmp_path / "noise"))

    assert answer.code == 2
    assert "is not a checkpoint that counts here" in answer.sentence


def test_an_organisation_that_is_not_there_is_not_found(installation: Installation) -> None:
    assert installation.command("verify", "db", "--org", "nobody-here").code == 3


def test_a_directory_without_a_key_asks_for_a_policy(command: Command) -> None:
    answer = command("verify", "db")

    assert answer.code == 2
    assert "say --policy FILE" in answer.sentence


def test_the_application_does_not_verify_itself(command: Command, tmp_path: Path) -> None:
    (tmp_path / "policy").write_text("quorum none\n")

    url = "postgresql://velaurum_app@localhost/velaurum"
    answer = command.given(database_url=url)("verify", "db", "--policy", str(tmp_path / "policy"))

    assert answer.code == 1
    assert "does not verify what it writes" in answer.sentence
