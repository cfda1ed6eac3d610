"""Exports by the operator's own hand are told to the organisation before a byte of it is written (V-08, V-25)."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pyrage import x25519

from support.api_orgs import ApiOrg
from support.command import Installation
from support.ledger_sql import SUPERUSER
from support.staff import administrator
from support.whole_orgs import whole_org
from support.written_notes import asked, database_of
from velaurum.db import embedded

PATIENCE_S = 60.0
EVENTS = (
    "select a.operations[1], a.log_size, a.is_encrypted, p.created_by = p.id, a.credential_ids = a.request_ids"
    " from tenancy.access_event as a join identity.principal as p on p.org_id = a.org_id and p.id = a.actor_ids[1]"
    " where a.org_id = %s and a.log_size is not null order by a.at"
)


@pytest.fixture(scope="module")
def org(plainly_served: Installation) -> Iterator[ApiOrg]:
    with whole_org(plainly_served, movements=2_000) as made:
        yield made


def told(installation: Installation, org: ApiOrg) -> list[tuple[Any, ...]]:
    """Return what each export by hand left so far: what, how much, for whom, whether the product's process did it."""
    return asked(installation, EVENTS, org.org_id)


def test_an_export_by_hand_is_told_to_everybody_and_carried_by_the_next(
    plainly_served: Installation, org: ApiOrg, place: Path
) -> None:
    admin = administrator(org)
    ada = admin.hires()
    before = len(told(plainly_served, org))

    done = plainly_served.command("export", org.code, "--to", str(place / "out"), "--json").document
    late = admin.hires("Bob")
    plainly_served.command("export", org.code, "--to", str(place / "next"), "--json")

    ran, again = told(plainly_served, org)[before:]
    assert ran == ("exportOrg", done["size"], False, True, True)
    assert again[1] > done["size"]
    (seen,) = [one for one in _told_to(org, ada) if one["in"] == "export"]
    assert seen["operation"] == "exportOrg"
    assert _told_to(org, late)[-1]["in"] == "export"
    lines = (place / "next" / "data" / "accesses.ndjson").read_text().splitlines()
    carried = [one for one in map(json.loads, lines) if "log_size" in one]
    assert (carried[-1]["log_size"], carried[-1]["is_encrypted"]) == (done["size"], False)


def test_it_says_whether_it_was_encrypted(plainly_served: Installation, org: ApiOrg, place: Path) -> None:
    recipient = str(x25519.Identity.generate().to_public())

    done = plainly_served.command(
        "export", org.code, "--to", str(place / "out"), "--to-recipient", recipient, "--json"
    ).document

    assert told(plainly_served, org)[-1][:3] == ("exportOrg", done["size"], True)


def test_an_export_of_the_log_is_told_too(plainly_served: Installation, org: ApiOrg, place: Path) -> None:
    done = plainly_served.command("log", "export", org.code, "--to", str(place / "log"), "--json").document

    assert told(plainly_served, org)[-1] == ("exportLog", done["size"], False, True, True)


def test_each_run_that_goes_on_is_told(plainly_served: Installation, org: ApiOrg, place: Path) -> None:
    words = ("export", org.code, "--to", str(place / "out"), "--json")
    before = len(told(plainly_served, org))
    _kill(plainly_served.command.start(*words), place / "out.partial" / ".journal")

    done = plainly_served.command(*words).document

    first, second = told(plainly_served, org)[before:]
    assert first == second == ("exportOrg", done["size"], False, True, True)


def test_what_is_refused_before_it_reads_is_not_told(
    plainly_served: Installation, org: ApiOrg, place: Path
) -> None:
    (place / "out").mkdir()
    (place / "out" / "mine").write_text("here before")
    before = told(plainly_served, org)

    for words in (("export",), ("log", "export")):
        done = plainly_served.command(*words, org.code, "--to", str(place / "out"))
        assert (done.code, "is there already" in done.sentence) == (2, True)

    assert told(plainly_served, org) == before


def test_a_database_that_takes_no_event_lets_nothing_out(
    plainly_served: Installation, org: ApiOrg, place: Path
) -> None:
    conninfo = database_of(plainly_served).conninfo(user=SUPERUSER, dbname=embedded.DATABASE)
    before = told(plainly_served, org)
    with psycopg.connect(conninfo) as connection:
        connection.execute("lock table tenancy.access_event in exclusive mode")
        whole = plainly_served.command.start("export", org.code, "--to", str(place / "out"))
        log = plainly_served.command.start("log", "export", org.code, "--to", str(place / "log"))
        said = [one.communicate(timeout=PATIENCE_S) for one in (whole, log)]

    assert [one.returncode != 0 for one in (whole, log)] == [True, True], said
    assert [stdout for stdout, _ in said] == ["", ""]
    assert [*place.iterdir()] == []
    assert told(plainly_served, org) == before


def _told_to(org: ApiOrg, principal: str) -> list[Any]:
    admin = administrator(org)
    held = admin.must(admin.get(f"/principals/{principal}/bundle"))["held"]
    return list(held.get("accessed_by", []))


def _kill(process: subprocess.Popen[str], journal: Path) -> None:
    """Kill an export once a part of the log is in it."""
    deadline = time.monotonic() + PATIENCE_S
    while not (journal.exists() and b'"stage": "log"' in journal.read_bytes()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
