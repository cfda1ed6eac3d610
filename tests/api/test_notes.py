"""Notes over HTTP: sealed before they are in the database, open to who may read them, the same when repeated (V-08)."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client
from support.ledger_sql import SUPERUSER
from support.people import join
from support.server_process import ServerProcess, running
from velaurum.config import Settings
from velaurum.db import embedded
from velaurum.db.connection import Database
from velaurum.keys import data_keys
from velaurum.keys import opening as keyrings
from velaurum.keys.keyring import Keyring
from velaurum.ledger import notes

NOTE = "left with Žofie at gate 4"
NOTED = {**RECEIPT, "note": NOTE}


def batch(mode: str, *rows: dict[str, Any]) -> dict[str, Any]:
    return {"mode": mode, "movements": list(rows)}


def stored(api_door: Database, org: ApiOrg) -> list[tuple[Any, ...]]:
    """Return the rows of the organisation's notes, as they stand."""
    with api_door.installation() as outside:
        tx = outside.within(org.org_id)
        return tx.connection.execute(
            "select salt, note, sealed from ledger.movement_note where org_id = %s", [org.org_id]
        ).fetchall()


def test_a_note_is_stored_in_an_envelope_and_read_open(org: ApiOrg, api_door: Database) -> None:
    movement = org.movement(NOTED)

    ((salt, note, sealed),) = stored(api_door, org)

    assert (salt, note) == (None, None)
    assert sealed.startswith(b"VE\x01\x01")
    assert NOTE.encode() not in sealed
    assert movement["note"] == NOTE
    read = org.get(f"/movements/{movement['id']}").json
    (listed,) = org.get("/movements").json["data"]
    assert (read["note"], read["unavailable"], listed["note"]) == (NOTE, [], NOTE)


def test_a_persons_note_is_under_the_persons_key_and_a_services_under_the_organisations(
    org: ApiOrg, api_door: Database
) -> None:
    keeper = join(api_door, org, "storekeeper")
    org.movement(NOTED)
    assert keeper.move(NOTED).status == 201

    with api_door.installation() as outside:
        subjects = (
            outside.within(org.org_id)
            .connection.execute(
                "select k.subject_id::text from ledger.movement_note as n join keys.data_key as k"
                " on k.org_id = n.org_id and k.id = keys.key_id(n.sealed) where n.org_id = %s",
                [org.org_id],
            )
            .fetchall()
        )

    assert sorted(str(one) for (one,) in subjects) == sorted(["None", keeper.principal_id])


def test_a_repeat_is_the_same_for_whoever_repeats_it(org: ApiOrg, api_door: Database) -> None:
    """The salt of each attempt is another one; a repeat is the same all the same, also by another principal."""
    first = org.move(NOTED, key="k1")
    keeper = join(api_door, org, "storekeeper")

    again, by_another = org.move(NOTED, key="k1"), keeper.move(NOTED, key="k1")

    for reply in (again, by_another):
        assert (reply.status, reply.is_replayed) == (200, True)
        assert reply.json == first.json
    assert org.on_hand() == "24"


@pytest.mark.parametrize("mode", ["atomic", "independent"])
def test_a_batch_repeats_its_notes(org: ApiOrg, mode: str) -> None:
    rows = [{**NOTED, "idempotency_key": f"b{n}", "note": f"{NOTE} {n}"} for n in range(3)]
    first = org.post("/movements/batch", batch(mode, *rows[:2])).json["results"]

    again = org.post("/movements/batch", batch(mode, *rows)).json["results"]

    assert [one["status"] for one in first] == [201, 201]
    assert [one["status"] for one in again] == [200, 200, 201]
    assert [one["movement"]["note"] for one in again] == [f"{NOTE} {n}" for n in range(3)]
    assert org.on_hand() == "72"


@pytest.mark.parametrize("mode", ["atomic", "independent"])
def test_one_key_twice_in_a_batch_is_one_movement(org: ApiOrg, mode: str) -> None:
    row = {**NOTED, "idempotency_key": "b1"}

    results = org.post("/movements/batch", batch(mode, row, row)).json["results"]

    assert [one["status"] for one in results] == [201, 200]
    assert org.on_hand() == "24"


def test_an_atomic_batch_with_another_note_under_a_used_key_posts_nothing(org: ApiOrg) -> None:
    org.movement(NOTED, key="b1")
    rows = [{**NOTED, "idempotency_key": "b1", "note": "other"}, {**NOTED, "idempotency_key": "b2"}]

    results = org.post("/movements/batch", batch("atomic", *rows)).json["results"]

    assert [one["problem"]["code"] for one in results] == ["idempotency-key-reused", "conflict"]
    assert org.on_hand() == "24"


@pytest.fixture
def keyring(server: ServerProcess, api_database: str) -> Iterator[Keyring]:
    """Open the server's keys, as the server does."""
    with closing(keyrings.opened(Settings(server.data_dir), api_database)) as one:
        yield one


def make_plain(
    org: ApiOrg, keyring: Keyring, cluster: embedded.Cluster, database: str, movement: dict[str, Any]
) -> None:
    """Put a note as earlier releases stored it in the place of its envelope."""
    column = notes.sealed_column()
    with keyring.database.installation() as outside:
        tx = outside.within(org.org_id)
        key_ids = tx.connection.execute(
            "select array_agg(id::text) from keys.data_key where org_id = %s", [org.org_id]
        ).fetchone()
        assert key_ids is not None
        (row,) = column.rows(tx, org.org_id, key_ids[0], data_keys.FIRST, 2)
        (plain,) = column.open(keyring, tx, org.org_id, [row])
    assert plain is not None
    with psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname=database)) as connection:
        connection.execute(
            "select set_config('velaurum.org', %s, true), set_config('velaurum.sub_orgs', '*', true)",
            [org.org_id],
        )
        connection.execute("delete from ledger.movement_note where movement_id = %s", [movement["id"]])
        connection.execute(
            "insert into ledger.movement_note (org_id, movement_id, salt, note) values (%s, %s, %s, %s)",
            [org.org_id, movement["id"], plain[:32], plain[32:].decode()],
        )


def test_a_note_from_before_means_what_it_meant_and_is_sealed_by_rotation(
    org: ApiOrg,
    api_door: Database,
    keyring: Keyring,
    cluster: embedded.Cluster,
    session_database_name: str,
) -> None:
    movement = org.movement(NOTED, key="k1")
    make_plain(org, keyring, cluster, session_database_name, movement)
    assert stored(api_door, org)[0][1] == NOTE
    assert org.get(f"/movements/{movement['id']}").json["note"] == NOTE
    assert org.move(NOTED, key="k1").json == movement
    assert org.move({**NOTED, "note": "other"}, key="k1").refused == (422, "idempotency-key-reused")

    with keyring.database.installation() as outside:
        tx, column = outside.within(org.org_id), notes.sealed_column()
        (row,) = column.rows(tx, org.org_id, [], data_keys.FIRST, 10)
        (plain,) = column.open(keyring, tx, org.org_id, [row])
        assert plain is not None
        envelope = keyring.seal(tx, org.org_id, column.place(org.org_id, row), plain, row.subject_id)
        assert column.replace(tx, org.org_id, row, envelope)
        assert not column.replace(tx, org.org_id, row, envelope)

    ((salt, note, sealed),) = stored(api_door, org)
    assert (salt, note, sealed) == (None, None, envelope)
    assert org.get(f"/movements/{movement['id']}").json["note"] == NOTE
    assert org.move(NOTED, key="k1").json == movement
    assert org.move({**NOTED, "note": "other"}, key="k1").refused == (422, "idempotency-key-reused")


def test_without_a_key_notes_alone_are_out_of_reach(org: ApiOrg, api_database: str, tmp_path: Path) -> None:
    """Another server on the same database, in whose data directory the organisation's key is not."""
    movement = org.movement(NOTED, key="k1")
    bare = org.movement(RECEIPT)

    with running(tmp_path / "data", api_database) as keyless, closing(Client(keyless.url)) as client:
        there = replace(org, client=client)
        posted, refused, repeat = there.move(RECEIPT), there.move(NOTED), there.move(NOTED, key="k1")
        read, listed = there.get(f"/movements/{movement['id']}"), there.get("/movements")

    assert posted.status == 201
    for reply in (refused, repeat):
        assert reply.refused == (503, "key-unavailable")
        assert int(reply.headers["retry-after"]) > 0
    assert read.json == {**movement, "note": None, "unavailable": ["note"]}
    shown = {one["id"]: one["unavailable"] for one in listed.json["data"]}
    assert shown == {movement["id"]: ["note"], bare["id"]: [], posted.json["id"]: []}
    assert org.on_hand() == "72"


def test_a_note_moved_to_another_movement_does_not_open_there(
    org: ApiOrg, cluster: embedded.Cluster, session_database_name: str
) -> None:
    first, second = org.movement(NOTED), org.movement({**NOTED, "note": "another"})

    with psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname=session_database_name)) as connection:
        connection.execute(
            "select set_config('velaurum.org', %s, true), set_config('velaurum.sub_orgs', '*', true)",
            [org.org_id],
        )
        connection.execute(
            "with one as (delete from ledger.movement_note where movement_id = %s returning sealed), two as ("
            " delete from ledger.movement_note where movement_id = %s)"
            " insert into ledger.movement_note (org_id, movement_id, sealed) select %s, %s, one.sealed from one",
            [first["id"], second["id"], org.org_id, second["id"]],
        )

    read = org.get(f"/movements/{second['id']}").json
    assert (read["note"], read["unavailable"]) == (None, ["note"])
