"""`velaurum posture` and `velaurum verify report`: a signed answer, and the proof that it was not changed (V-14)."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.command import Command, Installation
from velaurum.ops import signing


@pytest.fixture
def report(installation: Installation) -> Any:
    """Return a signed report of the served installation; other tests leave gaps in it."""
    answer = installation.command("posture", "tenancy", "--json")
    assert answer.code in (0, 6)
    return json.loads(answer.stdout)


@pytest.fixture
def keys(installation: Installation, place: Path) -> Path:
    """Keep the installation's keys in a file."""
    path = place / "keys.json"
    path.write_text(installation.command("posture", "keys").stdout)
    return path


def test_a_fresh_installation_is_attested(command: Command) -> None:
    assert command("org", "create", "acme", "--region", "eu-west").code == 0
    assert command("token", "create", "--org", "acme", "--role", "auditor").code == 0

    told = command("posture", "tenancy", "--org", "acme")
    whole = command("posture", "tenancy", "--json")

    assert told.stdout.startswith("ORG_APPLIED: TRUE\n"), told.stdout
    assert "exempt: tenancy.orgs.find, until" in told.stdout
    assert (told.code, whole.code) == (0, 0)
    assert json.loads(whole.stdout)["report"]["org"] is None


def test_a_report_verifies_without_a_server(
    installation: Installation, place: Path, command: Command, keys: Path, report: Any
) -> None:
    file = place / "report.json"
    file.write_text(json.dumps(report, indent=4, sort_keys=True))

    answer = command("verify", "report", str(file), "--key", str(keys))

    assert answer.code == 0
    assert answer.stdout.startswith("The signature holds. ORG_APPLIED: ")
    assert installation.data_dir.joinpath("secrets/report-key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("member", ["org_applied", "statements", "reasons", "period_to"])
def test_a_report_that_was_changed_does_not_verify(
    place: Path, command: Command, keys: Path, report: Any, member: str
) -> None:
    changed = {"org_applied": "MAYBE", "statements": 7_000_000, "reasons": ["all is well"], "period_to": "x"}
    report["report"][member] = changed[member]
    file = place / "report.json"
    file.write_text(json.dumps(report))

    answer = command("verify", "report", str(file), "--key", str(keys), "--json")

    assert answer.code == 6
    assert json.loads(answer.stdout) == {"ok": False, "report": None}


def test_a_report_of_another_installation_does_not_verify(
    place: Path, command: Command, keys: Path, report: Any
) -> None:
    other = signing.load_key(place / "other")
    file, forged = place / "report.json", signing.sign(other, report["report"])
    file.write_text(json.dumps(forged))

    assert command("verify", "report", str(file), "--key", str(keys)).code == 6
    forged["signature"]["key_id"] = report["signature"]["key_id"]
    file.write_text(json.dumps(forged))
    assert command("verify", "report", str(file), "--key", str(keys)).code == 6


@pytest.mark.parametrize(
    "document",
    [{}, [], None, {"report": {}, "signature": {}}, {"report": {}, "signature": {"algorithm": "none"}}],
)
def test_what_is_no_report_does_not_verify(document: Any, place: Path) -> None:
    assert not signing.verify(document, signing.key_set(signing.load_key(place)))


def test_a_member_beside_the_report_does_not_verify(place: Path) -> None:
    key = signing.load_key(place)
    signed = signing.sign(key, {"org_applied": "TRUE"})

    assert signing.verify(signed, signing.key_set(key))
    assert not signing.verify({**signed, "org_applied": "TRUE"}, signing.key_set(key))


def test_an_organisation_that_is_not_there_is_named(installation: Installation) -> None:
    answer = installation.command("posture", "tenancy", "--org", "nobody")

    assert (answer.code, answer.sentence) == (3, "There is no organisation nobody.")


def test_an_instant_is_written_as_one(command: Command) -> None:
    answer = command("posture", "tenancy", "--from", "yesterday")

    assert answer.code == 2
    assert "--from is 'yesterday'" in answer.sentence


def test_counting_does_not_begin_anew_while_a_server_runs(installation: Installation) -> None:
    answer = installation.command("posture", "restart")

    assert answer.code == 1
    assert answer.sentence.startswith("Stop Velaurum first")


def test_the_doctor_says_that_the_witness_is_on(installation: Installation) -> None:
    checks = installation.command("doctor", "--json").document["checks"]

    assert {"check": "The witness of statements is on", "state": "ok", "mend": None} in checks
