"""Dry runs over HTTP: the answer that a posting would get, and afterwards nothing is otherwise than before."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.http_client import Client, Reply
from velaurum.db.connection import Database

REUSED = "idempotency-key-reused"


def tried(org: ApiOrg, body: dict[str, Any], *, key: str | None = None, **changes: Any) -> Reply:
    return org.post("/movements?dry_run=true", {**body, **changes}, key=key)


def batch(org: ApiOrg, mode: str, *movements: dict[str, Any], dry: bool = True) -> Reply:
    path = "/movements/batch" + ("?dry_run=true" if dry else "")
    return org.post(path, {"mode": mode, "movements": list(movements)}, key="")


def row(key: str, body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**body, "idempotency_key": key, **changes}


def results(reply: Reply) -> list[tuple[int, str | None]]:
    assert reply.status == 200, reply
    assert reply.headers["dry-run"] == "true"
    return [(one["status"], one.get("problem", {}).get("code")) for one in reply.json["results"]]


def test_a_dry_run_answers_the_movement_and_writes_nothing(org: ApiOrg) -> None:
    size = org.log_size()

    reply = tried(org, RECEIPT)

    assert reply.status == 200
    assert reply.headers["dry-run"] == "true"
    assert "velaurum-promise" not in reply.headers
    assert reply.json["target"]["on_hand"] == "24"
    assert org.get(f"/movements/{reply.json['id']}").status == 404
    assert (org.log_size(), org.on_hand()) == (size, None)


def test_a_key_that_was_tried_is_free(org: ApiOrg) -> None:
    assert tried(org, RECEIPT, key="once").status == 200
    refused = tried(org, ISSUE, key="again")

    assert (refused.status, refused.json["code"]) == (409, "insufficient-stock")
    assert refused.headers["dry-run"] == "true"
    assert org.move(RECEIPT, key="once", quantity="1").status == 201
    assert org.move(ISSUE, key="again").status == 201


def test_a_dry_run_refuses_what_a_posting_refuses(org: ApiOrg) -> None:
    for changes in (
        {"quantity": "0"},
        {"item": "NOPE"},
        {"target": None},
        {"unit": "KGM"},
        {"colour": "red"},
    ):
        body = {**RECEIPT, **changes}
        asked, posted = tried(org, body), org.move(body)
        documents = [{**reply.json, "request_id": ""} for reply in (asked, posted)]
        assert asked.status == posted.status == 400
        assert documents[0] == documents[1]


def test_a_key_that_was_decided_before_answers_what_was_decided(org: ApiOrg) -> None:
    posted = org.movement(RECEIPT, key="once")
    org.move(ISSUE, key="never", quantity="25")

    again, other, refused = (
        tried(org, RECEIPT, key="once"),
        tried(org, RECEIPT, key="once", quantity="2"),
        tried(org, ISSUE, key="never", quantity="25"),
    )

    assert again.json == posted
    assert again.headers["idempotent-replayed"] == "true"
    assert other.json["code"] == REUSED
    assert (refused.json["code"], refused.headers["idempotent-replayed"]) == ("insufficient-stock", "true")


@pytest.mark.parametrize(
    ("recorded", "asked", "code"),
    [("a", "a", None), ("a", "b", REUSED), ("a", None, REUSED), (None, "a", REUSED), (None, None, None)],
)
def test_a_note_is_compared_with_the_recorded_one(
    org: ApiOrg, recorded: str | None, asked: str | None, code: str | None
) -> None:
    posted = org.movement(RECEIPT, key="once", note=recorded)

    reply = tried(org, RECEIPT, key="once", note=asked)
    of_batch = results(batch(org, "independent", row("once", RECEIPT, note=asked)))

    assert reply.json.get("code") == code
    assert of_batch == [(422, code) if code else (200, None)]
    if code is None:
        assert reply.json == posted


def test_notes_of_repeats_in_one_batch_are_compared(org: ApiOrg) -> None:
    rows = [row("k", RECEIPT, note=note) for note in ("a", "a", "b", None)]

    told = results(batch(org, "independent", *rows))

    assert told == [(201, None), (200, None), (422, REUSED), (422, REUSED)]
    assert results(batch(org, "atomic", *rows)) == [(409, "conflict")] * 2 + [(422, REUSED)] * 2


def test_a_note_makes_no_key(org: ApiOrg, api_door: Database) -> None:
    size = org.log_size()
    before = keys_of(api_door, org)

    reply = tried(org, RECEIPT, note="To whom it may concern")

    assert reply.json["note"] == "To whom it may concern"
    assert (keys_of(api_door, org), org.log_size()) == (before, size)


def test_rows_of_one_batch_see_the_rows_before_them(org: ApiOrg) -> None:
    told = results(batch(org, "independent", row("1", ISSUE), row("2", RECEIPT), row("3", ISSUE)))

    assert told == [(409, "insufficient-stock"), (201, None), (201, None)]
    assert org.on_hand() is None


def test_an_atomic_batch_is_tried_as_one(org: ApiOrg) -> None:
    told = results(batch(org, "atomic", row("1", RECEIPT), row("2", ISSUE, quantity="25")))

    assert told == [(409, "conflict"), (409, "insufficient-stock")]


def test_dry_runs_among_postings_change_none_of_them(org: ApiOrg) -> None:
    with closing(Client(org.client.url)) as client, ThreadPoolExecutor(1) as pool:
        poster = replace(org, client=client)
        under_way = pool.submit(lambda: [poster.move(RECEIPT, quantity="1").status for _ in range(40)])
        asked = [tried(org, RECEIPT, quantity="1000").status for _ in range(40)]
        told = under_way.result()

    assert (set(told), set(asked)) == ({201}, {200})
    assert org.on_hand() == "40"
    assert [one["log_index"] for one in newest(org, 40)] == list(
        range(org.log_size() - 1, org.log_size() - 41, -1)
    )


@pytest.mark.parametrize("said", ["yes", "1", "", "TRUE"])
def test_a_dry_run_is_true_or_false(org: ApiOrg, said: str) -> None:
    for path, body in (("/movements", RECEIPT), ("/movements/batch", {"mode": "atomic", "movements": []})):
        reply = org.post(f"{path}?dry_run={said}", body)

        assert (reply.status, reply.json["errors"][0]["pointer"]) == (400, "dry_run")


def test_a_dry_run_takes_the_permission_to_post(org: ApiOrg) -> None:
    assert org.post("/movements?dry_run=true", RECEIPT, role="auditor").status == 403
    assert org.post("/movements?dry_run=false", RECEIPT).status == 201


def newest(org: ApiOrg, limit: int) -> list[dict[str, Any]]:
    page: list[dict[str, Any]] = org.get(f"/movements?limit={limit}").json["data"]
    return page


def keys_of(door: Database, org: ApiOrg) -> int:
    with door.installation() as outside:
        connection = outside.within(org.org_id).connection
        found = connection.execute(
            "select count(*) from keys.data_key where org_id = %s", (org.org_id,)
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_an_atomic_dry_run_keeps_what_was_posted_before_as_a_posting_does(org: ApiOrg) -> None:
    org.movement(RECEIPT, key="before")
    rows = row("before", RECEIPT), row("too-much", ISSUE, quantity="25"), row("new", RECEIPT)

    tried_first = results(batch(org, "atomic", *rows))
    posted = batch(org, "atomic", *rows, dry=False).json["results"]

    assert tried_first == [(one["status"], one.get("problem", {}).get("code")) for one in posted]
    assert tried_first == [(200, None), (409, "insufficient-stock"), (409, "conflict")]
