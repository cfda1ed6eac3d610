"""Notes are carried away and sealed anew; who was erased is erased there as well (V-08, V-09, V-19, V-25)."""

import json
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from support import api_orgs
from support.api_orgs import RECEIPT
from support.command import Installation
from support.http_client import Client
from support.ledger_sql import APP, SUPERUSER
from support.staff import Staff, administrator
from support.whole_orgs import another, verify
from support.written_notes import Writers, asked, database_of, exported, files_with, noted
from velaurum.audit import signers
from velaurum.config import Settings
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.exchange import org_plans
from velaurum.exchange.org_exports import Seal, Writer
from velaurum.keys import opening
from velaurum.ops import erasure_journal, signing
from velaurum.tenancy import orgs

ADAS, MACHINES, PLANTED, LATER = (
    f"{word}{secrets.token_hex(12)}" for word in ("ada", "machine", "gone", "later")
)
REASON = "case 2026/117"


@pytest.fixture(scope="module")
def writers(plainly_served: Installation) -> Iterator[Writers]:
    conninfo = database_of(plainly_served).conninfo(user=APP, dbname=embedded.DATABASE)
    with ExitStack() as stack:
        door = stack.enter_context(closing(Database(conninfo, max_connections=2)))
        org = api_orgs.create(door, stack.enter_context(closing(Client(plainly_served.url))))
        admin = administrator(org)
        ada, gone = admin.hires("Ada"), admin.hires("Eve Planted")
        admin.must(admin.post(f"/principals/{gone}/invitations", {"login": "eve.planted"}))
        admin.must(admin.post(f"/principals/{ada}/legal-hold", {"action": "place", "reason": REASON}))
        made = {
            ADAS: noted(org, admin.issues(ada)["token"], ADAS),
            PLANTED: noted(org, admin.issues(gone)["token"], PLANTED),
            MACHINES: noted(org, admin.issues(admin.hires("scanner", "service"))["token"], MACHINES),
        }
        before = exported(plainly_served, org, "before-it")
        admin.must(admin.post(f"/principals/{gone}/disabling"))
        admin.must(admin.post(f"/principals/{gone}/erasure"))
        after = exported(plainly_served, org, "after-it")
        origin = json.loads((after / "manifest.json").read_bytes())["report"]["origin"]
        yield Writers(org, admin, ada, gone, before, after, origin.partition("/org/")[0], made)


@pytest.fixture(scope="module")
def there(writers: Writers) -> Iterator[Installation]:
    with another(writers.log_name) as installation:
        done = installation.command(*writers.words(writers.after))
        assert done.code == 0, done.stderr
        yield installation


@pytest.fixture(scope="module")
def ruler(writers: Writers, there: Installation) -> Iterator[Staff]:
    """Return an administrator of the organisation in its new installation."""
    made = there.command("token", "create", "--org", writers.org.code, "--role", "org-admin")
    with closing(Client(there.url)) as client:
        yield Staff(replace(writers.org, client=client), made.stdout.strip())


def test_an_export_opens_what_people_wrote_and_has_nothing_of_who_was_erased(writers: Writers) -> None:
    movements = (writers.after / "data/movements.ndjson").read_text()

    assert verify(writers.after).code == verify(writers.before).code == 0
    assert [text in movements for text in (ADAS, MACHINES, PLANTED)] == [True, True, False]
    assert len(files_with(writers.before, PLANTED)) == 3
    for text in (PLANTED, "Planted", "eve.planted"):
        assert files_with(writers.after, text) == []


def test_an_export_says_who_was_erased_and_who_is_kept_and_has_no_key(writers: Writers) -> None:
    (erasure,) = map(json.loads, (writers.after / "data/erasures.ndjson").read_text().splitlines())
    (hold,) = map(json.loads, (writers.after / "data/legal-holds.ndjson").read_text().splitlines())

    assert erasure["principal_id"] == erasure["receipt"]["report"]["principal_id"] == writers.gone
    assert (hold["principal_id"], hold["action"], hold["reason"]) == (writers.ada, "placed", REASON)
    assert not (writers.before / "data/erasures.ndjson").exists()
    assert files_with(writers.after, "wrapped") == []


def test_notes_are_readable_in_the_new_installation(writers: Writers, ruler: Staff) -> None:
    read = {text: ruler.must(ruler.get(f"/movements/{one}")) for text, one in writers.movements.items()}

    assert {text: one["note"] for text, one in read.items()} == {
        ADAS: ADAS,
        MACHINES: MACHINES,
        PLANTED: None,
    }
    assert not any(one.get("unavailable") for one in read.values())


def test_notes_are_sealed_there_and_were_never_plain(writers: Writers, there: Installation) -> None:
    plain = asked(
        there, "select count(*) from ledger.movement_note where note is not null or salt is not null"
    )
    keys = asked(
        there,
        "select k.subject_id::text, k.state, w.provider from ledger.movement_note as n"
        " inner join keys.data_key as k on k.id = keys.key_id(n.sealed)"
        " inner join keys.wrapping_key as w on w.id = k.wrapping_key_id",
    )
    cluster = database_of(there)
    conninfo = cluster.conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
    dumped = subprocess.run(
        [str(cluster.bin_dir / "pg_dump"), conninfo], capture_output=True, check=True
    ).stdout

    assert plain == [(0,)]
    assert sorted(keys, key=str) == sorted(
        [(None, "active", "local"), (writers.ada, "active", "local")], key=str
    )
    for text in (ADAS, MACHINES, PLANTED):
        assert text.encode() not in dumped
        assert files_with(there.data_dir, text) == []
    assert writers.ada.encode() in dumped


def test_who_was_erased_is_so_there_and_gets_no_key(
    writers: Writers, there: Installation, ruler: Staff
) -> None:
    ruler.must(ruler.post(f"/principals/{writers.gone}/enabling"))
    token = ruler.issues(writers.gone)["token"]
    path, client = f"{ruler.org.path}/movements", ruler.org.client

    bare = client.post(path, RECEIPT, token=token, key="bare")
    refused = client.post(path, {**RECEIPT, "note": "again"}, token=token, key="noted")
    again = ruler.post(f"/principals/{writers.gone}/erasure")

    assert bare.status == 201, bare
    assert refused.refused == (409, "conflict")
    assert (again.status, again.json["receipt"]["report"]["notes"]) == (200, 1)
    states = asked(
        there, "select state, wrapped is null from keys.data_key where subject_id = %s", writers.gone
    )
    assert states == [("erased", True)]
    (line,) = erasure_journal.lines(there.data_dir)
    assert line.principal_id == writers.gone


def test_who_is_kept_is_kept_there(writers: Writers, ruler: Staff) -> None:
    ruler.must(ruler.post(f"/principals/{writers.ada}/disabling"))

    refused = ruler.post(f"/principals/{writers.ada}/erasure")

    assert refused.refused == (409, "legal-hold")
    assert REASON in refused.json["detail"]


@pytest.mark.parametrize("where", ["plainly_served", "there"])
def test_the_database_holds_to_its_log_with_every_note_opened(
    request: pytest.FixtureRequest, writers: Writers, where: str
) -> None:
    installation: Installation = request.getfixturevalue(where)
    done = installation.command("verify", "db", "--json").document

    assert writers.gone
    assert (done["ok"], done["findings"]) == (True, [])
    assert "not verified" not in json.dumps(done)


def test_an_export_from_before_brings_nothing_back_of_who_was_erased_since(
    plainly_served: Installation, writers: Writers
) -> None:
    """The journal of erasures, where the new installation has it, is done before notes are sealed."""
    with another(writers.log_name) as fresh:
        shutil.copytree(
            plainly_served.data_dir / erasure_journal.FOLDER, fresh.data_dir / erasure_journal.FOLDER
        )
        done = fresh.command(*writers.words(writers.before))
        sealed = asked(fresh, "select count(*) from ledger.movement_note where sealed is not null")
        states = asked(fresh, "select state from keys.data_key where subject_id = %s", writers.gone)

        assert done.code == 0, done.stderr
        assert (sealed, states) == ([(2,)], [("erased",)])
        assert files_with(fresh.data_dir, PLANTED) == []


def test_an_export_is_refused_whole_while_a_provider_is_away(
    plainly_served: Installation, writers: Writers, place: Path
) -> None:
    words = ("export", writers.org.code, "--to", str(place / "out"))
    keys = plainly_served.data_dir / "secrets/wrapping-keys"
    away = keys.rename(keys.with_name("away"))
    try:
        refused = plainly_served.command(*words, "--json")
        left = list(place.iterdir())
    finally:
        away.rename(keys)
    done = plainly_served.command(*words)

    assert (refused.code, refused.envelope["code"]) == (1, "key-unavailable")
    assert left == []
    assert done.code == 0, done.stderr
    assert len(files_with(place / "out", ADAS)) == 3


def test_an_import_that_meets_no_provider_is_gone_on_with(writers: Writers) -> None:
    with another(writers.log_name) as fresh:
        keys = fresh.data_dir / "secrets/wrapping-keys"
        shutil.rmtree(keys, ignore_errors=True)
        keys.write_text("in the way")
        refused = fresh.command(*writers.words(writers.after), "--json")
        held = asked(fresh, "select held_since is not null from tenancy.org")
        keys.unlink()
        done = fresh.command(*writers.words(writers.after))
        notes = asked(fresh, "select count(*), count(sealed) from ledger.movement_note")

        assert (refused.code, refused.envelope["code"]) == (1, "key-unavailable")
        assert held == [(True,)]
        assert done.code == 0, done.stderr
        assert notes == [(2, 2)]


def test_who_is_erased_while_an_export_is_written_is_not_in_it(
    plainly_served: Installation, writers: Writers, place: Path
) -> None:
    admin, org = writers.admin, writers.org
    late = admin.hires("Noa")
    noted(org, admin.issues(late)["token"], LATER)
    admin.must(admin.post(f"/principals/{late}/disabling"))
    settings = Settings(plainly_served.data_dir, log_name=writers.log_name)
    conninfo = database_of(plainly_served).conninfo(user=APP, dbname=embedded.DATABASE)
    key = signing.load_key(settings.data_dir)
    seen: list[bool] = []

    def erase(_done: int) -> None:
        written = place / "out.partial/data/movements.ndjson"
        seen.append(LATER in written.read_text())
        reply = admin.post(f"/principals/{late}/erasure")
        assert reply.status in (200, 201), reply

    with (
        closing(Database(conninfo, max_connections=2)) as door,
        closing(opening.opened(settings, conninfo)) as keyring,
    ):
        with door.installation() as outside:
            found = orgs.find(outside, org.code)
        assert found is not None
        writer = Writer(
            door,
            signers.load(settings.data_dir, settings.log_name),
            Seal(lambda report: signing.sign(key, report), signing.key_set(key)),
            keyring,
            erase,
            lambda _plan: None,
        )
        written = writer.write(
            place / "out",
            found.org_id,
            None,
            lambda: org_plans.begin(
                door, found, str(uuid4()), by=None, recipient=None, sign=partial(time.sleep, 0.1)
            ),
        )

    assert seen == [True, False]
    assert written.plan.withdrawals == 2
    assert files_with(place / "out", LATER) == []
    assert verify(place / "out").code == 0
