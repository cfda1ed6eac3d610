"""A person is erased: twenty strings that they wrote are nowhere any more, and all else holds (V-08, V-09, V-25).

A real server with a database that logs every statement with its parameters, a base backup from before, exports from
before and after, and a restore of that backup.
"""

import base64
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support import api_orgs, talkative
from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client, Reply
from support.ledger_sql import APP, SUPERUSER
from support.logs import when_signed
from support.server_process import ServerProcess, running
from support.staff import administrator
from velaurum.cli import log_export
from velaurum.config import Settings
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.exports import verification
from velaurum.identity import administrators
from velaurum.ops import erasure_journal, signing
from velaurum.ops.evidence import database
from velaurum.ops.evidence.trust import Sources
from velaurum.proofs import policies

PLANTED = [f"planted{secrets.token_hex(12)}" for _ in range(20)]
KEPT = f"kept{secrets.token_hex(12)}"
BACKUPS = "40d"


def forms(text: str) -> list[bytes]:
    """Return how a text may stand somewhere: as it is, in hexadecimal, in base64 wherever it begins."""
    raw = text.encode()
    in_base64 = [base64.b64encode(b"x" * n + raw)[4:-4] for n in range(3)]
    return [raw, raw.hex().encode(), raw.hex().upper().encode(), *in_base64]


def found_in(haystack: bytes, texts: list[str]) -> list[str]:
    return [text for text in texts if any(form in haystack for form in forms(text))]


def files_with(directory: Path, texts: list[str]) -> dict[str, list[str]]:
    """Return each file below a directory that has any of the texts. There are some hundred at least."""
    found = {str(path): found_in(_read(path), texts) for path in directory.rglob("*") if path.is_file()}
    assert len(found) > 100
    return {path: texts for path, texts in found.items() if texts}


def _read(path: Path) -> bytes:
    with suppress(FileNotFoundError):  # PostgreSQL lets files of its own go while it runs
        return path.read_bytes()
    return b""


@dataclass
class Erased:
    """An installation before and after somebody was erased in it."""

    directory: Path
    org: ApiOrg
    principal_id: str
    token: str
    movement: dict[str, Any]
    proof: bytes
    receipt: dict[str, Any]
    keys: dict[str, Any]
    dumps: dict[str, bytes]

    @property
    def data_dir(self) -> Path:
        return self.directory / "data"

    @property
    def backup(self) -> Path:
        return self.directory / "backup"

    def settings(self) -> Settings:
        return Settings(self.data_dir)


def cluster_of(data_dir: Path) -> embedded.Cluster:
    found = embedded.find_running(data_dir)
    assert found is not None
    return found


def dump(cluster: embedded.Cluster) -> bytes:
    conninfo = cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
    done = subprocess.run([str(cluster.bin_dir / "pg_dump"), conninfo], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def base_backup(cluster: embedded.Cluster, into: Path) -> None:
    conninfo = cluster.conninfo(user=SUPERUSER, dbname="postgres")
    program = str(cluster.bin_dir / "pg_basebackup")
    command = [program, "-d", conninfo, "-D", str(into), "-X", "stream", "-c", "fast"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def without_person(movement: dict[str, Any]) -> dict[str, Any]:
    """Return a movement as it reads once its poster was erased."""
    return {**movement, "note": None, "actor": {**movement["actor"], "name": "erased"}}


@pytest.fixture(scope="module")
def erased() -> Iterator[Erased]:
    """Let a person write twenty notes, back everything up, and erase the person."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-erasure-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        with running(directory / "data", settings={"keep_backups": BACKUPS}) as server:
            made = _erase(directory, server)
            # Whoever asks again opens its connection again.
            with closing(made.org.client):
                yield made
    finally:
        shutil.rmtree(directory)


def _erase(directory: Path, server: ServerProcess) -> Erased:
    cluster = cluster_of(server.data_dir)
    talkative.let_it_talk(cluster)
    conninfo = cluster.conninfo(user=APP, dbname=embedded.DATABASE)
    with closing(Database(conninfo, max_connections=2)) as door, closing(Client(server.url)) as client:
        with door.installation() as tx:
            administrators.bootstrap(tx, "root")
        org = api_orgs.create(door, client)
        admin = administrator(org)
        principal_id = admin.hires("Ada")
        keeper = admin.issues(principal_id)["token"]
        movement = _write(org, keeper, PLANTED)[0]
        _write(org, org.tokens["storekeeper"], [KEPT])
        proof = when_signed(lambda: org.get(f"/movements/{movement['id']}/proof")).body
        log_export.carry_away(Settings(server.data_dir), org.code, directory / "before", silent=True)
        dumps = {"before": dump(cluster)}
        base_backup(cluster, directory / "backup")
        assert admin.post(f"/principals/{principal_id}/erasure").refused == (409, "conflict")
        admin.must(admin.post(f"/principals/{principal_id}/disabling"))
        receipt = admin.must(admin.post(f"/principals/{principal_id}/erasure"))
        again = admin.post(f"/principals/{principal_id}/erasure")
        assert (again.status, again.json) == (200, receipt)
        log_export.carry_away(Settings(server.data_dir), org.code, directory / "after", silent=True)
        keys = client.get("/.well-known/velaurum/keys").json
        dumps["after"] = dump(cluster)
    return Erased(directory, org, principal_id, keeper, movement, proof, receipt, keys, dumps)


def _write(org: ApiOrg, token: str, texts: list[str]) -> list[Any]:
    """Post a movement for each text, half of them one by one and half as a batch."""
    half = len(texts) // 2
    path = f"{org.path}/movements"
    written = [
        org.client.post(path, {**RECEIPT, "note": text}, token=token, key=text[-20:]) for text in texts[half:]
    ]
    assert [one.status for one in written] == [201] * len(written)
    rows = [{**RECEIPT, "note": text, "idempotency_key": text[-20:]} for text in texts[:half]]
    if rows:
        answer = org.client.post(
            f"{path}/batch", {"mode": "atomic", "movements": rows}, token=token, key="batch"
        )
        assert [one["status"] for one in answer.json["results"]] == [201] * half, answer
    return [one.json for one in written]


def test_the_search_finds_what_is_there(erased: Erased) -> None:
    """The export from before has all of it in plain, as whoever made it chose to."""
    said = (erased.directory / "before" / "disclosures.jsonl").read_bytes()

    assert found_in(said, PLANTED) == PLANTED
    assert found_in(base64.b64encode(b"ab" + PLANTED[0].encode()), PLANTED) == PLANTED[:1]
    assert found_in(PLANTED[1].encode().hex().encode(), PLANTED) == PLANTED[1:2]


def test_no_dump_file_log_or_write_ahead_log_ever_had_them(erased: Erased) -> None:
    """Not even those from before: neither note nor salt was ever given to the database."""
    assert {when: found_in(one, PLANTED) for when, one in erased.dumps.items()} == {"before": [], "after": []}
    assert files_with(erased.data_dir, PLANTED) == {}
    assert files_with(erased.backup, PLANTED) == {}
    logged = [one for one in (erased.data_dir / "postgres").rglob("*.log") if one.stat().st_size > 10_000]
    assert any(b"ledger.post_movements" in one.read_bytes() for one in logged)


def test_an_export_from_after_has_none_of_them_and_still_what_others_wrote(erased: Erased) -> None:
    said = (erased.directory / "after" / "disclosures.jsonl").read_bytes()

    assert found_in(said, PLANTED) == []
    assert found_in(said, [KEPT]) == [KEPT]


@pytest.mark.parametrize("which", ["before", "after"])
def test_exports_still_verify(erased: Erased, which: str) -> None:
    folder = erased.directory / which
    policy = policies.parse((folder / "policy.txt").read_bytes())

    assert verification.verify(folder, policy, workers=1).holds


def test_proofs_and_the_database_still_verify(erased: Erased) -> None:
    again = erased.org.get(f"/movements/{erased.movement['id']}/proof")
    sources = Sources(erased.data_dir)

    report = database.verify(erased.settings(), None, sources, unwatched, workers=1)

    assert again.body.split(b"\n")[:6] == erased.proof.split(b"\n")[:6]
    assert (report.holds, report.unopened_notes) == (True, 0), report.document()


def test_the_movements_stand_without_their_notes(erased: Erased) -> None:
    read = erased.org.get(f"/movements/{erased.movement['id']}").json

    assert read == without_person(erased.movement)


def test_a_repeat_of_an_erased_note_is_the_recorded_movement(erased: Erased) -> None:
    key = erased.movement["idempotency_key"]

    again = erased.org.move({**RECEIPT, "note": erased.movement["note"]}, key=key)

    assert (again.status, again.is_replayed) == (200, True)
    assert again.json == without_person(erased.movement)
    assert erased.org.move(RECEIPT, key=key).refused == (422, "idempotency-key-reused")


def test_the_receipt_is_signed_and_names_the_day_when_the_last_backup_expires(erased: Erased) -> None:
    report = erased.receipt["receipt"]["report"]

    assert signing.verify(erased.receipt["receipt"], erased.keys)
    assert (report["principal_id"], report["notes"], report["keys"]) == (erased.principal_id, 20, 1)
    expires = datetime.fromisoformat(report["erased_at"]) + timedelta(days=40)
    assert report["last_backup_expires_on"] == expires.astimezone(UTC).date().isoformat()
    (line,) = erasure_journal.lines(erased.data_dir)
    assert (line.principal_id, line.receipt) == (erased.principal_id, erased.receipt["receipt"])


def _restored(erased: Erased, into: Path, *, has_journal: bool) -> dict[str, Any]:
    """Restore the backup into a copy of the data directory, serve it, and return how a movement reads there."""
    shutil.copytree(
        erased.data_dir, into, ignore=lambda folder, _: ["data", "run"] if folder.endswith("postgres") else []
    )
    subprocess.run(["/bin/cp", "-a", str(erased.backup), str(into / "postgres" / "data")], check=True)
    subprocess.run(
        ["/bin/chown", "-R", f"--reference={erased.data_dir / 'postgres' / 'data'}", str(into / "postgres")],
        check=True,
    )
    (into / "postgres" / "data").chmod(0o700)
    if not has_journal:
        shutil.rmtree(into / erasure_journal.FOLDER)
    with running(into) as server, closing(Client(server.url)) as client:
        there = replace(erased.org, client=client)
        read: Reply = there.get(f"/movements/{erased.movement['id']}")
        assert read.status == 200, read
        assert found_in(server.log.read_bytes(), PLANTED) == []
        with psycopg.connect(
            cluster_of(into).conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
        ) as connection:
            states = connection.execute(
                "select k.state, k.wrapped is null from keys.data_key as k where k.subject_id = %s",
                [erased.principal_id],
            ).fetchall()
        standing = there.client.get(f"{there.path}/me", token=erased.token)
    return {"note": read.json["note"], "keys": states, "gets in": standing.status}


def test_a_backup_from_before_brings_nothing_back(erased: Erased) -> None:
    """The journal is replayed before anybody is served. Without it the note would be there again: it has teeth."""
    without = _restored(erased, erased.directory / "without", has_journal=False)
    restored = _restored(erased, erased.directory / "restored", has_journal=True)

    assert without == {"note": erased.movement["note"], "keys": [("active", False)], "gets in": 200}
    assert restored == {"note": None, "keys": [("erased", True)], "gets in": 401}


def unwatched(_total: int) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda _done: None)
