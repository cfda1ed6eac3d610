"""`velaurum export`: everything of an organisation, as of one size of its log, verified offline (V-19, V-22)."""

import csv
import json
import shutil
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from pyrage import x25519

from support.api_orgs import ApiOrg
from support.command import Command, Installation
from support.http_client import Client
from support.whole_orgs import FORMULA, NEGATIVE, verify, writing
from velaurum.exports import manifests, verification
from velaurum.proofs import policies

PATIENCE_S = 60.0


def objects(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_an_export_has_what_the_api_answers_and_is_verified_offline(whole: ApiOrg, exported: Path) -> None:
    verified = verify(exported, "--json").document

    items = {one["record"]["code"]: one["record"] for one in objects(exported / "data/records/item.ndjson")}  # type: ignore[index, call-overload]
    movements = objects(exported / "data/movements.ndjson")
    balances = {
        (one["item_code"], one["location_code"]): one["on_hand"]
        for one in objects(exported / "data/balances.ndjson")
        if one.get("status") is None
    }
    assert verified["ok"] is True
    assert verified["manifest"]["org"] == whole.code
    assert (items["RIVET"]["name"], items["RIVET"]["description"]) == ("Rivet, 4 mm", FORMULA)
    assert len(movements) == 10_033
    assert {one["note"] for one in movements if "note" in one} == {"left by the gate,\n+49 30 1234"}
    as_of = f"&status=available&as_of={verified['manifest']['until']}"
    for code, place in (("RIVET", "NORTH-1"), ("RIVET", "A"), ("BOLT", "A")):
        assert balances[code, place] == whole.on_hand(place, code, as_of)
    assert {one["outcome"] for one in objects(exported / "data/decisions.ndjson")} == {"created", "refused"}
    assert any("postMovement" in str(one["operations"]) for one in objects(exported / "data/accesses.ndjson"))
    assert [one["actor_kind"] for one in objects(exported / "data/history.ndjson")][-1] == "process"


def test_an_export_has_who_was_shown_whom(exported: Path) -> None:
    people = objects(exported / "data/records/principal.ndjson")
    seen = objects(exported / "data/sightings.ndjson")

    called = {one["record"]["id"]: one["record"]["name"] for one in people}  # type: ignore[index]
    accesses = {one["id"] for one in objects(exported / "data/accesses.ndjson")}
    shown = [called[one["subject_id"]] for one in seen if one["operation"] == "listPrincipals"]
    assert sorted(shown) == sorted(("Ada Lovelace", FORMULA))
    assert {one["event_id"] for one in seen} <= accesses


def test_the_export_says_itself_that_it_was_made(exported: Path) -> None:
    (said,) = objects(exported / "data/records/export.ndjson")

    report = json.loads((exported / "manifest.json").read_bytes())["report"]
    assert (said["subject_id"], said["log_index"]) == (report["export"], report["size"] - 1)


def test_anybody_checks_the_files_without_us(exported: Path) -> None:
    program = shutil.which("sha256sum")
    assert program is not None
    done = subprocess.run(
        [program, "--check", "--quiet", "--strict", "SHA256SUMS"], cwd=exported, check=False
    )

    report = json.loads((exported / "manifest.json").read_bytes())["report"]
    assert done.returncode == 0
    assert manifests.sha256(exported / "SHA256SUMS") == report["sha256sums"]
    assert "sha256sum --check" in (exported / "README.md").read_text()


def test_no_formula_runs_in_a_spreadsheet_and_numbers_stay_numbers(exported: Path) -> None:
    with (exported / "data/movements.csv").open(newline="") as file:
        references = {one["reference"] for one in csv.DictReader(file)}
    with (exported / "data/records/item.csv").open(newline="") as file:
        (rivet,) = [one for one in csv.DictReader(file) if one["code"] == "RIVET"]
    with (exported / "data/records/principal.csv").open(newline="") as file:
        names = {one["name"] for one in csv.DictReader(file)}

    assert references == {"", "CYCLE-1", "SHIP-1", "SHIP-2", f"'{FORMULA}"}
    assert (rivet["name"], rivet["description"]) == ("Rivet, 4 mm", f"'{FORMULA}")
    assert f"'{FORMULA}" in names
    versions = objects(exported / "data/history.ndjson")
    assert NEGATIVE in {one["row"].get("name") for one in versions if one["subject"] == "item"}  # type: ignore[attr-defined]


def test_no_secret_is_in_it(whole: ApiOrg, exported: Path) -> None:
    secrets = [token.encode() for token in whole.tokens.values()]
    parts = [secret.rsplit(b"_", 1)[-1] for secret in secrets]

    for path in exported.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert not any(part in raw for part in parts), path
            assert b"secret_hash" not in raw, path


def test_the_key_of_the_installation_vouches_for_the_manifest(
    plainly_served: Installation, exported: Path
) -> None:
    keys = exported.with_name("keys-of-the-installation.json")
    keys.write_bytes(_known_keys(plainly_served))
    others = exported.with_name("other-keys.json")
    others.write_text(json.dumps({"keys": []}))

    known, unknown, along = verify(exported, "--key", str(keys)), verify(exported, "--key", str(others)), None
    along = verify(exported)

    assert (known.code, "by a key that you named" in known.stdout) == (0, True)
    assert (unknown.code, "manifest.json is not signed" in unknown.stdout) == (6, True)
    assert (along.code, "proves nothing without --key" in along.stdout) == (0, True)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "SHA256SUMS",
        "manifest.json",
        "keys.json",
        "data/movements.ndjson",
        "data/movements.csv",
        "data/history.ndjson",
        "data/records/item.ndjson",
        "data/records/location.csv",
        "data/balances.ndjson",
        "data/decisions.ndjson",
        "data/accesses.ndjson",
        "data/sightings.ndjson",
        "data/shapes.json",
        "disclosures.jsonl",
        "policy.txt",
    ],
)
def test_a_file_that_was_changed_is_named(exported: Path, tmp_path: Path, path: str) -> None:
    copy = _copied(exported, tmp_path)
    content = bytearray((copy / path).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / path).write_bytes(content)
    policy = exported / "policy.txt"

    done = Command({}, tmp_path)("verify", str(copy), "--policy", str(policy))

    assert done.code == 6, done.stdout
    assert path in done.stdout


def test_a_file_that_is_missing_or_too_much_is_named(exported: Path, tmp_path: Path) -> None:
    copy = _copied(exported, tmp_path)
    (copy / "data/balances.csv").unlink()
    missing = verify(copy)
    shutil.copy(exported / "data/balances.csv", copy / "data/balances.csv")
    (copy / "data/more.csv").write_text("more")
    more = verify(copy)

    assert (missing.code, "data/balances.csv is missing" in missing.stdout) == (6, True)
    assert (more.code, "data/more.csv is no file of this export" in more.stdout) == (6, True)


def test_an_export_without_its_manifest_is_refused_and_not_taken_for_a_log(
    exported: Path, tmp_path: Path
) -> None:
    copy = _copied(exported, tmp_path)
    (copy / "manifest.json").unlink()

    done = verify(copy)

    assert (done.code, "manifest.json is missing" in done.stdout) == (6, True)


def test_an_export_is_of_one_size_while_writers_post_and_goes_on_after_a_kill(
    plainly_served: Installation, whole: ApiOrg, place: Path
) -> None:
    to = place / "out"
    words = ("export", whole.code, "--to", str(to), "--json")

    with writing(plainly_served, whole) as writers:
        first = plainly_served.command.start(*words)
        begun = _killed(first, place / "out.partial" / ".journal")
        before = writers.posted
        done = plainly_served.command(*words).document
        during = writers.posted - before

    verified = verify(to, "--json").document
    assert begun["begun"]["export_id"] == done["export"]
    assert verified["size"] == done["size"] == begun["begun"]["signed"]["size"]
    assert during > 0
    assert verified["ok"] is True, verified["fault"]
    assert not (place / "out.partial").exists()
    with closing(Client(plainly_served.url)) as client:
        reply = client.get(f"{whole.path}/log/status", token=whole.tokens["auditor"])
    assert reply.json["size"] > done["size"]


def test_what_a_kill_left_and_the_machine_lost_is_written_anew(
    plainly_served: Installation, whole: ApiOrg, place: Path
) -> None:
    words = ("export", whole.code, "--to", str(place / "out"), "--json")
    begun = _killed(plainly_served.command.start(*words), place / "out.partial" / ".journal")
    written = place / "out.partial" / "data" / "movements.ndjson"
    written.write_bytes(bytes(len(written.read_bytes())))

    done = plainly_served.command(*words).document

    assert done["export"] != begun["begun"]["export_id"]
    assert verify(place / "out").code == 0


def test_an_export_under_way_is_not_gone_on_with_for_somebody_else(
    plainly_served: Installation, whole: ApiOrg, place: Path
) -> None:
    words = ("export", whole.code, "--to", str(place / "out"))
    _killed(plainly_served.command.start(*words), place / "out.partial" / ".journal")
    recipient = str(x25519.Identity.generate().to_public())

    done = plainly_served.command(*words, "--to-recipient", recipient)

    assert done.code == 2
    assert "is another export" in done.sentence


def test_an_export_of_the_log_alone_stays_what_it_was(
    plainly_served: Installation, whole: ApiOrg, place: Path
) -> None:
    done = plainly_served.command("log", "export", whole.code, "--to", str(place / "log"), "--json")

    policy = policies.parse((place / "log" / "policy.txt").read_bytes())
    assert verification.verify(place / "log", policy).holds
    assert done.document["size"] > 0
    assert not manifests.is_whole(place / "log")


def _copied(exported: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(exported, copy)
    return copy


def _killed(process: subprocess.Popen[str], journal: Path) -> dict[str, dict[str, dict[str, int]]]:
    """Kill an export once a part of the log is in it; return what its journal says that was begun."""
    deadline = time.monotonic() + PATIENCE_S
    while not (journal.exists() and b'"stage": "log"' in journal.read_bytes()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    begun: dict[str, dict[str, dict[str, int]]] = json.loads(journal.read_bytes().splitlines()[0])
    return begun


def _known_keys(installation: Installation) -> bytes:
    client = Client(installation.url)
    reply = client.get("/.well-known/velaurum/keys")
    client.close()
    assert reply.status == 200
    return reply.body
