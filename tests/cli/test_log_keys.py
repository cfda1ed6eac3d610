"""`velaurum log keys`, `rotate-key` and `retire-key`, while a server runs that is never told (V-22)."""

import base64
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.logs import PATIENCE_S
from support.rollbacks import Place, again, post_and_sign
from velaurum.proofs import checkpoints, notes, policies, promises
from velaurum.proofs.notes import VerifierKey


@pytest.fixture
def own(place: Path) -> Place:
    """Make an installation of its own: keys are the whole installation's."""
    return Place(place)


def test_a_running_server_signs_with_the_keys_as_they_are(own: Place) -> None:
    with own.served() as client:
        org = own.new_org(client, is_first=True)
        post_and_sign(org, 1)
        before = _status(org)
        assert [one["state"] for one in before["keys"]] == ["signing"]

        new = _rotate(own)

        during = _status(org)
        assert [one["state"] for one in during["keys"]] == ["signing", "signing"]
        assert during["verifier_key"] == before["verifier_key"]
        of_meta = [one["meta_key"] for one in own.command("log", "keys", "--json").document["keys"]]
        of_log = [one["verifier_key"] for one in during["keys"]]
        assert during["policy"].splitlines()[:-1] == [f"log {key}" for key in (*of_log, *of_meta)]
        both = [VerifierKey.parse(one["verifier_key"]) for one in during["keys"]]
        checkpoint = _when(org, lambda note: _signed_by(note, both) == both)
        for key in both:
            policies.parse(f"log {key}\nquorum none\n".encode()).verify(checkpoint)
        assert _promisers(org, during) == [0, 1]

        refused = own.command("log", "retire-key", _old(own), "--reason", "yearly", "--yes")
        assert (refused.code, "--now" in refused.stderr) == (5, True)
        retired = own.command(
            "log", "retire-key", _old(own), "--reason", "yearly", "--yes", "--now", "--json"
        )
        assert retired.document["state"] == "retired"

        after = _status(org)
        assert [one["state"] for one in after["keys"]] == ["retired", "signing"]
        assert [(one["state"], one["verifier_key"]) for one in after["meta"]["keys"]] == [
            ("retired", of_meta[0]),
            ("signing", of_meta[1]),
        ]
        assert {one["promise_key"] for one in after["meta"]["keys"]} == {None}
        assert after["keys"][0]["promise_key"] == before["promise_key"]
        assert after["policy"].splitlines()[:-1] == [f"log {of_log[1]}", f"log {of_meta[1]}"]
        kept = own.command("log", "keys", "--json").document["keys"]
        assert [one["meta_key"] for one in kept] == of_meta
        assert after["verifier_key"].endswith(new["verifier_key"].rsplit("+", 1)[1])
        assert _promisers(org, after) == [1]
        post_and_sign(org, 1)
        _when(org, lambda note: _signed_by(note, both) == both[1:])

    found = own.command("verify", "db", "--json").document
    assert found["ok"]
    assert found["findings"] == []


def test_an_export_after_a_rotation_tells_old_and_new_policies_what_they_need(own: Place) -> None:
    with own.served() as client:
        org = own.new_org(client, is_first=True)
        post_and_sign(org, 1)
        old_policy = _status(org)["policy"]
        old_export = _export(own, org, "old")
        _rotate(own)
        during = _export(own, org, "during")
        own.command("log", "retire-key", _old(own), "--reason", "theft", "--yes", "--now")
        post_and_sign(again(org, client), 1)
        after = _export(own, org, "after")
        new_policy = _status(org)["policy"]

    (own.folder / "old.txt").write_text(old_policy)
    (own.folder / "new.txt").write_text(new_policy)
    accepted = [_verify(own, export, "old.txt").code for export in (old_export, during, after)]
    assert accepted == [0, 0, 6]
    assert [_verify(own, export, "new.txt").code for export in (during, after)] == [0, 0]
    said = _verify(own, after, "old.txt").stdout
    assert new_policy.splitlines()[0] in said
    assert "checkpoints/0/" in said


def test_ml_dsa_is_a_second_line(own: Place) -> None:
    with own.served() as client:
        org = own.new_org(client, is_first=True)
        post_and_sign(org, 1)

        key = own.command(
            "log", "rotate-key", "--kind", "ml-dsa-44", "--reason", "x", "--yes", "--json"
        ).document

        assert (key["kind"], key["promise_key"]) == ("ml-dsa-44", None)
        known = [VerifierKey.parse(one["verifier_key"]) for one in _status(org)["keys"]]
        _when(org, lambda note: _signed_by(note, known) == known)
        assert _promisers(org, _status(org)) == [0]
        exported = _export(own, org, "out")
    (own.folder / "lattice.txt").write_text(f"log {known[1]}\nquorum none\n")
    assert _verify(own, exported, "lattice.txt").code == 0


def test_nothing_is_changed_without_a_word(own: Place) -> None:
    with own.served() as client:
        own.new_org(client, is_first=True)
        for words in (
            ("rotate-key", "--reason", "x"),
            ("rotate-key", "--reason", "", "--yes"),
            ("retire-key", _old(own), "--reason", "x"),
            ("retire-key", _old(own), "--reason", "x", "--yes"),
            ("retire-key", "00000000", "--reason", "x", "--yes"),
        ):
            assert own.command("log", *words).code != 0, words
        assert len(own.command("log", "keys").stdout.splitlines()) == 1


def _rotate(own: Place) -> Any:
    return own.command("log", "rotate-key", "--reason", "yearly", "--yes", "--json").document


def _old(own: Place) -> str:
    return str(own.command("log", "keys", "--json").document["keys"][0]["id"])


def _status(org: ApiOrg) -> Any:
    return org.get("/log/status").json


def _export(own: Place, org: ApiOrg, name: str) -> str:
    assert own.command("export", org.code, "--to", str(own.folder / name)).code == 0
    return name


def _verify(own: Place, export: str, policy: str) -> Any:
    return own.command("verify", str(own.folder / export), "--policy", str(own.folder / policy))


def _signed_by(raw: bytes, known: list[VerifierKey]) -> list[VerifierKey]:
    return [key for key, _ in notes.verify(notes.parse(raw), known)]


def _when(org: ApiOrg, holds: Callable[[bytes], bool]) -> bytes:
    """Wait for a checkpoint of which something holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds(raw := org.get("/log/checkpoint").body):
        assert time.monotonic() < deadline, checkpoints.parse(notes.parse(raw).text)
        time.sleep(0.1)
    return raw


def _promisers(org: ApiOrg, status: Any) -> list[int]:
    """Post, and return which keys of the status signed the promise."""
    raw = base64.b64decode(
        org.post("/movements", RECEIPT, key=secrets.token_hex(8)).headers["velaurum-promise"]
    )
    found = []
    for number, one in enumerate(status["keys"]):
        key = VerifierKey.parse(one["promise_key"]) if one["promise_key"] else None
        if key is not None and key.key_id in [line.key_id for line in notes.parse(raw).signatures]:
            assert promises.open_signed(raw, [key]).origin == status["origin"]
            found.append(number)
    return found
