"""A provider that hangs, or is slow, keeps those waiting who need its keys, and nobody else of the server (V-08)."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from keys.providers.ways import Kept, with_holder
from support import api_orgs
from support.api_orgs import RECEIPT
from support.guests import Guest, member, try_sign_in
from support.http_client import Client, Reply
from support.key_holder import KeyHolder
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.staff import Staff, administrator
from support.tls_servers import Asked
from velaurum.db.connection import Database
from velaurum.identity import administrators

LONGEST_S = 20.0
SOON_S = 1.0


@pytest.fixture
def kept(
    request: pytest.FixtureRequest, holder: KeyHolder, conninfo: ConninfoOf, tmp_path: Path
) -> Iterator[Kept]:
    """Make an organisation whose key a customer holds."""
    assert holder
    with ExitStack() as stack:
        door = stack.enter_context(closing(Database(conninfo(APP), max_connections=2)))
        with door.installation() as outside:
            administrators.bootstrap(outside, "root")
        org = api_orgs.create(door, Client("http://127.0.0.1:1"))
        way = with_holder(request, org, tmp_path)
        yield Kept(org, {"key_provider": "held", **way.told}, way, conninfo, tmp_path / "server", stack)


@contextmanager
def hanging(holder: KeyHolder) -> Iterator[threading.Event]:
    """Let a holder answer nobody for the length of a block; the event is set once it was asked."""
    asked, over = threading.Event(), threading.Event()

    def fault(_: Asked) -> None:
        asked.set()
        over.wait(LONGEST_S)

    holder.fault = fault
    try:
        yield asked
    finally:
        holder.fault = lambda _: None
        over.set()


def _try_apart(kept: Kept, login: str) -> Reply:
    with closing(Client(kept.org.client.url)) as client:
        return try_sign_in(replace(kept.org, client=client), login, "a wrong password")


def _hire_apart(kept: Kept, by: str) -> Reply:
    with closing(Client(kept.org.client.url)) as client:
        staff = Staff(replace(kept.org, client=client), by)
        return staff.post("/principals", {"name": "scanner", "kind": "service"})


def test_who_signs_in_while_a_provider_hangs_keeps_nobody_else_waiting(kept: Kept, holder: KeyHolder) -> None:
    kept.server()
    ada = member(kept.org)
    kept.server()
    ada.org = kept.org
    logins = ["ada", *(f"nobody{n}" for n in range(20))]

    with hanging(holder) as asked, ThreadPoolExecutor(len(logins)) as pool:
        trying = [pool.submit(_try_apart, kept, login) for login in logins]
        assert asked.wait(LONGEST_S)
        time.sleep(SOON_S / 2)
        begun = time.monotonic()
        assert kept.org.get("/balances").status == 200
        took = time.monotonic() - begun
        dark = {one.result().refused for one in trying}

    assert took < SOON_S
    assert dark == {(503, "key-unavailable")}
    with psycopg.connect(kept.conninfo(SUPERUSER)) as admin:
        counted = admin.execute(
            "select f.kind, count(*), count(*) filter (where f.owed_until > clock_timestamp())"
            " from identity.sign_in_failure as f where f.org_id = %s group by f.kind order by f.kind",
            [kept.org.org_id],
        ).fetchall()
    assert counted == [("address", 1, 1), ("login", len(logins), 0)], (
        "it counts against nobody but the address"
    )
    deadline = time.monotonic() + LONGEST_S
    while (light := ada.try_sign_in()).status in {429, 503}:
        assert time.monotonic() < deadline, light
        time.sleep(0.2)
    assert light.status == 200


def test_who_tries_while_a_key_is_away_owes_nothing_for_it(kept: Kept) -> None:
    kept.server()
    ada = member(kept.org)
    kept.server()
    ada.org = kept.org
    for _ in range(3):
        _wrong(ada)

    kept.server()
    ada.org = kept.org
    kept.way.go_dark()
    dark = [ada.try_sign_in().status for _ in range(12)]
    kept.way.come_back()
    deadline = time.monotonic() + LONGEST_S
    while (light := ada.try_sign_in()).status == 503:
        assert time.monotonic() < deadline
        time.sleep(0.2)

    assert dark == [503] * 12
    assert light.status == 200, light


def _wrong(ada: Guest) -> None:
    deadline = time.monotonic() + LONGEST_S
    while (reply := try_sign_in(ada.org, "ada", "a wrong password")).status == 503:
        assert time.monotonic() < deadline
    assert reply.refused == (401, "unauthenticated")


def test_nobody_posts_later_because_a_name_is_asked_for_after_a_write(kept: Kept, holder: KeyHolder) -> None:
    kept.server()
    ada = administrator(kept.org).appoints("org-admin", "Ada")

    with hanging(holder) as asked, ThreadPoolExecutor(1) as pool:
        kept.server()  # which opens no name ahead, as nobody answers
        asked.clear()
        hiring = pool.submit(_hire_apart, kept, ada.token)
        asked.wait(SOON_S)
        begun = time.monotonic()
        posted = kept.org.move(RECEIPT)
        took = time.monotonic() - begun
        hired = hiring.result()

    assert posted.status == 201
    assert took < SOON_S
    assert (hired.status, hired.json["created_by"]["name"]) == (201, None)
