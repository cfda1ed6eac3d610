"""Exports that wait for recipients are refused without keys, and gone after an erasure or their time (V-19, V-25)."""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519

from support import api_orgs
from support.api_orgs import ApiOrg
from support.command import STOP_S, Command, Installation, served
from support.http_client import Client, Reply
from support.ledger_sql import APP
from support.staff import administrator
from support.whole_orgs import made
from support.workshop import eventually
from support.written_notes import database_of, noted
from velaurum.db import embedded
from velaurum.db.connection import Database

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class House:
    """An installation of its own, with an organisation in which somebody wrote a note."""

    installation: Installation
    org: ApiOrg
    principal: str

    def file(self, job: Any) -> Path:
        return self.installation.data_dir / job["result"]["file"]

    def asked_for(self, job: Any) -> Reply:
        self.org.client.close()
        return self.org.client.get(
            f"{self.org.path}/exports/{job['id']}/archive", token=self.org.tokens["org-admin"]
        )

    def ask(self) -> Any:
        recipient = str(x25519.Identity.generate().to_public())
        return self._admin("job", "export", "--to-recipient", recipient, "--json").document

    def awaited(self, job: Any) -> Any:
        return self._admin("job", "show", job["id"], "--follow", "--json").document

    @property
    def _admin(self) -> Command:
        return self.installation.command.given(org=self.org.code, token=self.org.tokens["org-admin"])

    def erase(self) -> None:
        admin = administrator(self.org)
        admin.must(admin.post(f"/principals/{self.principal}/disabling"))
        admin.must(admin.post(f"/principals/{self.principal}/erasure"))


@pytest.fixture
def house(place: Path) -> Iterator[House]:
    with served(place, insecure_http="true") as installation:
        conninfo = database_of(installation).conninfo(user=APP, dbname=embedded.DATABASE)
        with (
            closing(Database(conninfo, max_connections=1)) as door,
            closing(Client(installation.url)) as client,
        ):
            org = api_orgs.create(door, client)
            admin = administrator(org)
            ada = admin.hires("Ada")
            noted(org, admin.issues(ada)["token"], "gate-4")
            yield House(installation, org, ada)


def test_an_erasure_takes_finished_exports_along_and_later_ones_are_kept(house: House) -> None:
    recipient = str(x25519.Identity.generate().to_public())
    before = made(house.installation, house.org, recipient)
    kept = house.file(before).read_bytes()
    there = house.asked_for(before).status

    house.erase()
    gone, left = house.asked_for(before), house.file(before).exists()
    after = made(house.installation, house.org, recipient)
    house.file(before).write_bytes(kept)  # as a kill between the commit and the removal leaves it
    still_gone = house.asked_for(before)

    assert there == 200
    assert (gone.refused, left) == ((410, "export-gone"), False)
    assert still_gone.refused == (410, "export-gone")
    assert house.asked_for(after).status == 200
    with _worker(house):
        eventually(lambda: not house.file(before).exists())
    assert [one.name for one in house.file(after).parent.iterdir()] == [house.file(after).name]


def test_a_restriction_takes_finished_exports_along(house: House) -> None:
    recipient = str(x25519.Identity.generate().to_public())
    before = made(house.installation, house.org, recipient)

    admin = administrator(house.org)
    body = {"action": "place", "reason": "ticket 88"}
    admin.must(admin.post(f"/principals/{house.principal}/restriction", body))
    after = made(house.installation, house.org, recipient)

    assert house.asked_for(before).refused == (410, "export-gone")
    assert not house.file(before).exists()
    assert house.asked_for(after).status == 200


def test_an_export_goes_when_it_is_old_and_what_is_young_stays(house: House) -> None:
    recipient = str(x25519.Identity.generate().to_public())
    old, young = (made(house.installation, house.org, recipient) for _ in range(2))
    _age(house.file(old), days=8)
    _age(house.file(young), days=6)

    with _worker(house):
        eventually(lambda: not house.file(old).exists())

    assert [one.name for one in house.file(young).parent.iterdir()] == [house.file(young).name]
    assert (house.asked_for(old).refused, house.asked_for(young).status) == ((410, "export-gone"), 200)


@contextmanager
def _worker(house: House) -> Iterator[None]:
    """Start a worker, as after a kill."""
    process = house.installation.command.start("worker")
    try:
        yield
    finally:
        process.kill()
        process.communicate(timeout=STOP_S)


def _age(path: Path, days: float) -> None:
    at = time.time() - days * DAY_S
    os.utime(path, (at, at))


def test_a_job_waits_while_the_keys_are_away_and_succeeds_once_they_are_back(house: House) -> None:
    with _keys_away(house):
        asked = house.ask()
        refused = eventually(lambda: _tried(house, asked["id"]))
        left = list((house.installation.data_dir / "exports" / house.org.org_id).iterdir())
    done = house.awaited(asked)

    assert (refused["state"], refused["error"]["code"]) == ("queued", "key-unavailable")
    assert refused["error"]["detail"]
    assert left == []
    assert (done["state"], done["attempts"] > 1) == ("succeeded", True)
    assert house.asked_for(done).status == 200


def test_an_attempt_that_was_killed_with_its_archive_written_is_gone_on_with(house: House) -> None:
    with _keys_away(house):
        asked = house.ask()
        eventually(lambda: _tried(house, asked["id"]))
        # As a kill leaves it between the archive and the end of the job.
        folder = house.installation.data_dir / "exports" / house.org.org_id
        (folder / f"{asked['id']}.tar.age").write_bytes(b"of another attempt")
    done = house.awaited(asked)

    assert done["state"] == "succeeded"
    assert [one.name for one in folder.iterdir()] == [house.file(done).name]
    assert house.file(done).stat().st_size == done["result"]["archive_bytes"]


@contextmanager
def _keys_away(house: House) -> Iterator[None]:
    keys = house.installation.data_dir / "secrets/wrapping-keys"
    away = keys.rename(keys.with_name("away"))
    try:
        yield
    finally:
        away.rename(keys)


def _tried(house: House, job_id: str) -> Any:
    house.org.client.close()
    found = house.org.get(f"/jobs/{job_id}", role="org-admin").json
    assert found["state"] not in ("succeeded", "failed"), found
    return found if found["error"] is not None and found["state"] == "queued" else None
