"""Streams of movements over HTTP: each line is posted once, in its order, and answered once it is durable (V-24)."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.carried import memory_kib
from support.event_streams import streaming as following
from support.movement_streams import NDJSON, PostingStream, line, outcomes, post_all, streamed, streaming
from support.server_process import ServerProcess
from velaurum.api.front import MOST_ROWS
from velaurum.api.routes import BODY_LIMIT
from velaurum.db.connection import Database
from velaurum.identity import tokens

MANY = 5_000
SLOW_S = 0.3
# What one stream may make the server grow by: what it holds of it is less than one of these.
MOST_GROWN_KIB = 48 * 1024
ONE = {**RECEIPT, "quantity": "1"}


def stream(org: ApiOrg, token: str = "") -> AbstractContextManager[PostingStream]:
    return streaming(org.client.url, org.path, token or org.tokens["storekeeper"])


def post(org: ApiOrg, *lines: bytes) -> list[dict[str, Any]]:
    return post_all(org.client.url, org.path, org.tokens["storekeeper"], lines)


def test_five_thousand_lines_are_posted_in_their_order_by_one_request(org: ApiOrg) -> None:
    found = post(org, *(line(f"k{n}", ONE) for n in range(1, MANY + 1)))

    assert outcomes(found) == [(n, 201, None) for n in range(1, MANY + 1)]
    posted = [one["movement"] for one in found]
    assert [one["idempotency_key"] for one in posted] == [f"k{n}" for n in range(1, MANY + 1)]
    assert [one["log_index"] - posted[0]["log_index"] for one in posted] == list(range(MANY))
    assert posted[-1] == org.get(f"/movements/{posted[-1]['id']}").json
    assert org.on_hand() == str(MANY)


def test_what_came_in_goes_out_by_lines_and_by_the_feed_from_any_place(org: ApiOrg) -> None:
    found = [one["movement"] for one in post(org, *(line(f"k{n}", ONE) for n in range(400)))]
    ids = [one["id"] for one in found]

    register = org.get("/reports/movement-register?format=ndjson")
    assert register.headers["content-type"] == NDJSON
    assert [json.loads(one)["movement_id"] for one in register.body.splitlines()] == ids

    query = "types=velaurum.movement.posted.v1&limit=200"
    with following(org, f"?after={found[0]['log_index'] - 1}&{query}") as feed:
        seen = feed.take(250)  # and then the connection breaks
    with following(org, f"?{query}", last_id=seen[-1].last_id) as feed:
        seen += feed.take(150)
    assert [one.data["data"]["id"] for one in seen] == ids


def test_each_line_of_a_slow_writer_is_durable_before_it_is_answered(org: ApiOrg) -> None:
    with stream(org) as slow:
        for n in range(1, 4):
            whole = line(f"k{n}", RECEIPT)
            slow.send(whole[:20])
            time.sleep(SLOW_S)
            answer = slow.ask(whole[20:])
            assert outcomes([answer]) == [(n, 201, None)]
            assert org.get(f"/movements/{answer['movement']['id']}").json == answer["movement"]
        slow.end()
        assert slow.rest() == []


def test_a_line_that_cannot_be_posted_says_why_and_the_stream_goes_on(org: ApiOrg) -> None:
    found = post(
        org,
        line("k1", ISSUE),
        b"{\n",
        b"\n",
        b"[]\r\n",
        b'{"a": 1, "a": 1}\n',
        line("k2", RECEIPT, item="NOPE"),
        line("k3", RECEIPT, quantity="1e3"),
        line("k4", RECEIPT, guard={"source_on_hand": "x"}),
        b"\xff\n",
        b'{"kind": "receipt"}\n',
        line("a b", RECEIPT),
        line("k5", RECEIPT).rstrip(b"\n"),
    )

    assert outcomes(found) == [
        (1, 409, "insufficient-stock"),
        *((n, 400, "malformed-json") for n in range(2, 6)),
        (6, 400, "unknown-reference"),
        *((n, 400, "invalid-field") for n in (7, 8)),
        (9, 400, "malformed-json"),
        (10, 400, "idempotency-key-missing"),
        (11, 400, "idempotency-key-invalid"),
        (12, 201, None),
    ]
    assert found[1]["problem"]["detail"].startswith("The line is not JSON")
    assert found[7]["problem"]["errors"][0]["pointer"] == "/guard/source_on_hand"
    assert not any("is_last" in one for one in found)
    assert org.on_hand() == "24"


def test_a_line_may_be_as_long_as_a_movement_and_no_longer(org: ApiOrg) -> None:
    fits = line("k1", RECEIPT).rstrip(b"\n").ljust(BODY_LIMIT) + b"\n"
    found = post(org, fits, b" " + fits.replace(b"k1", b"k2"), line("k3", RECEIPT), b"x" * (BODY_LIMIT + 1))

    assert outcomes(found) == [(1, 201, None), (2, 413, "too-large"), (3, 201, None), (4, 413, "too-large")]


def test_a_stream_that_is_cut_off_and_sent_again_posts_each_line_once(org: ApiOrg) -> None:
    lines = [line(f"k{n}", ONE) for n in range(3 * MOST_ROWS)]
    with stream(org) as cut:
        cut.send(*lines[:-1], lines[-1][:-2])
        told = [cut.take() for _ in range(10)]
    acknowledged = [one["movement"] for one in told if one is not None]
    assert len(acknowledged) == len(told)

    again = post(org, *lines)

    assert {one["status"] for one in again} == {200, 201}
    assert [one["movement"] for one in again[: len(told)]] == acknowledged
    assert all(one["replayed"] for one in again[: len(told)])
    assert again[-1]["status"] == 201  # half of it had come, which is nothing
    assert org.on_hand() == str(len(lines))


def test_a_stream_ends_when_its_token_is_revoked(org: ApiOrg, api_door: Database) -> None:
    with stream(org) as revoked:
        assert revoked.ask(line("k1", RECEIPT))["status"] == 201
        with api_door.installation() as outside:
            tokens.revoke(outside.within(org.org_id), org.org_id, org.token_ids["storekeeper"])
        revoked.send(line("k2", RECEIPT) + line("k3", RECEIPT))
        last, *more = revoked.rest()

    assert (outcomes([last]), last["is_last"], more) == ([(2, 401, "unauthenticated")], True, [])
    assert org.on_hand() == "24"


def test_each_key_of_a_stream_is_known_to_every_other_way(org: ApiOrg) -> None:
    alone = org.movement(RECEIPT, key="k1")

    found = post(org, line("k1", RECEIPT), line("k2", RECEIPT), line("k2", RECEIPT), line("k2", ISSUE))

    assert found[0]["movement"] == alone
    assert [one["status"] for one in found] == [200, 201, 200, 422]
    assert org.move(RECEIPT, key="k2").is_replayed


def test_a_note_of_a_stream_is_kept(org: ApiOrg) -> None:
    (found,) = post(org, line("k1", RECEIPT, note="gate 4"))

    assert found["movement"]["note"] == "gate 4"
    assert org.get(f"/movements/{found['movement']['id']}").json["note"] == "gate 4"


def test_a_stream_of_no_lines_has_no_answers(org: ApiOrg) -> None:
    reply = streamed(org, b"")

    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b"", NDJSON)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": f"{NDJSON}; charset=latin-1"},
        {"Content-Encoding": "gzip"},
    ],
)
def test_a_body_that_is_said_to_be_something_else_is_refused(org: ApiOrg, headers: dict[str, str]) -> None:
    assert streamed(org, line("k1", RECEIPT), **headers).refused == (415, "unsupported-media-type")


def test_a_client_that_does_not_read_is_not_read_from_and_nobody_else_waits(
    org: ApiOrg, other_org: ApiOrg, server: ServerProcess
) -> None:
    sent, most, part = 0, 400_000, b"".join(line(f"bad {n}", RECEIPT) for n in range(100))
    with stream(org) as idle:
        assert idle.ask(line("k1", RECEIPT))["status"] == 201
        before = memory_kib(server.process.pid or 0)
        idle.connection.sock.settimeout(2)
        with suppress(socket.timeout):
            while sent < most:
                idle.send(part)
                sent += 100
        assert sent < most  # the server would not take more
        assert memory_kib(server.process.pid or 0) - before < MOST_GROWN_KIB
        assert other_org.move(RECEIPT).status == 201
        idle.connection.sock.settimeout(30)
        answers = [idle.take() for _ in range(sent - 1)]

    assert {(one["status"], one["problem"]["code"]) for one in answers if one} == {
        (400, "idempotency-key-invalid")
    }


def test_a_line_without_end_is_passed_over_and_never_held(org: ApiOrg, server: ServerProcess) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(256):
            yield b"x" * (1024 * 1024)
        yield b"\n"
        yield line("k1", RECEIPT)

    post(org, line("k0", RECEIPT))
    before = memory_kib(server.process.pid or 0)
    found = post(org, *endless())

    assert outcomes(found) == [(1, 413, "too-large"), (2, 201, None)]
    assert memory_kib(server.process.pid or 0) - before < MOST_GROWN_KIB
