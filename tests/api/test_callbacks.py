"""Callbacks over HTTP: one secret a job, accepted once; whatever is wrong with another is answered alike (V-11)."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest

from support.api_orgs import ApiOrg
from support.callback_answers import DONE, HEADER, Outside, acted, hand_out, read
from support.http_client import Client, Reply
from support.ledger_sql import SUPERUSER
from support.server_process import ServerProcess, running
from velaurum.db import embedded
from velaurum.identity.secrets import CALLBACK_PREFIX, mint
from velaurum.jobs import callback_secrets
from velaurum.jobs.callback_secrets import CallbackSecret

UNKNOWN = "019aa000-0000-7000-8000-00000000dead"
AT_ONCE = 20
_REQUEST_ID = re.compile(rb'"request_id": ?"[^"]*"')


@pytest.fixture
def superuser(cluster: embedded.Cluster, session_database_name: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(
        cluster.conninfo(user=SUPERUSER, dbname=session_database_name), autocommit=True
    ) as connection:
        yield connection


def plain(reply: Reply) -> tuple[int, bytes, dict[str, str]]:
    """Return all of an answer but what every answer has of its own."""
    own = ("date", "x-request-id", "ratelimit")
    headers = {name: value for name, value in reply.headers.items() if name not in own}
    return reply.status, _REQUEST_ID.sub(b"", reply.body), headers


def test_a_job_is_handed_out_taken_in_hand_and_ended_once(org: ApiOrg) -> None:
    outside = hand_out(org, item="BOLT")
    sent = acted(org, outside.job_id, "sent").json
    taken = [outside.take(org.client) for _ in range(2)]
    ended = outside.end(org.client)
    job = read(org, outside.job_id)

    assert (sent["state"], sent["attempts"]) == ("sent", 1)
    assert [(one.status, one.json["state"]) for one in taken] == [(200, "awaiting_callback")] * 2
    assert taken[0].json["payload"] == {"copies": 2, "of": ["A", None, {"b": True}]}
    assert taken[0].json["item"]["code"] == "BOLT"
    assert (ended.status, ended.json["state"]) == (200, "succeeded")
    assert (job["state"], job["result"]) == ("succeeded", {"printed": 2})
    assert job["purged_at"] == job["ended_at"] == ended.json["ended_at"]
    assert [(one["state"], one["actor"]["kind"]) for one in job["steps"]] == [
        ("succeeded", "process"),
        ("awaiting_callback", "process"),
        ("sent", "service"),
        ("queued", "service"),
    ]


def test_what_a_system_could_not_do_is_its_result_too(org: ApiOrg) -> None:
    outside = hand_out(org)

    assert outside.end(org.client, {"outcome": "failed", "result": {"why": "no paper"}}).status == 200
    assert (read(org, outside.job_id)["state"], read(org, outside.job_id)["result"]) == (
        "failed",
        {"why": "no paper"},
    )


def test_a_replay_of_a_used_secret_is_gone(org: ApiOrg) -> None:
    outside = hand_out(org)
    assert outside.end(org.client).status == 200
    other = {"outcome": "failed", "result": {}}

    replays = [outside.end(org.client), outside.end(org.client, other), outside.take(org.client)]

    assert {one.refused for one in replays} == {(410, "callback-ended")}
    assert read(org, outside.job_id)["result"] == {"printed": 2}


def test_a_job_that_was_called_off_is_gone_for_its_outside_system(org: ApiOrg) -> None:
    outside = hand_out(org)
    assert acted(org, outside.job_id, "cancel").json["state"] == "cancelled"

    assert outside.take(org.client).refused == (410, "callback-ended")
    assert outside.end(org.client).refused == (410, "callback-ended")
    assert read(org, outside.job_id)["result"] is None


def test_a_callback_after_the_expiry_is_judged_by_the_databases_clock(org: ApiOrg) -> None:
    # No worker runs here, so that nothing but the callback itself can end the job.
    outside = hand_out(org, expires="1s")
    time.sleep(1.1)
    assert read(org, outside.job_id)["state"] == "queued"

    assert outside.end(org.client).refused == (410, "callback-ended")

    job = read(org, outside.job_id)
    assert (job["state"], job["result"], job["purged_at"]) == ("expired", None, job["ended_at"])


@pytest.mark.parametrize("at_once", [2, AT_ONCE])
def test_of_simultaneous_uses_exactly_one_succeeds(org: ApiOrg, server: ServerProcess, at_once: int) -> None:
    outside = hand_out(org)
    ready = threading.Barrier(at_once)

    def use(n: int) -> tuple[int, str | None]:
        with closing(Client(server.url)) as client:
            client.get("/healthz")  # connected before it counts
            ready.wait()
            return outside.end(client, {"outcome": "succeeded", "result": {"by": n}}).refused

    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(use, range(at_once)))

    assert sorted(status for status, _ in answers) == [200] + [410] * (at_once - 1)
    assert {code for status, code in answers if status == 410} == {"callback-ended"}
    (winner,) = (n for n, (status, _) in enumerate(answers) if status == 200)
    assert read(org, outside.job_id)["result"] == {"by": winner}


def test_uses_that_wait_for_the_row_find_it_ended(
    org: ApiOrg, server: ServerProcess, superuser: psycopg.Connection[Any]
) -> None:
    outside = hand_out(org)
    with ThreadPoolExecutor(2) as pool:
        with superuser.transaction():
            superuser.execute("select from jobs.integration_job where id = %s for update", [outside.job_id])
            asked = [pool.submit(_end_anew, server, outside) for _ in range(2)]
            _until_waiting(superuser, 2)
            assert not any(one.done() for one in asked)
        answers = sorted(one.result() for one in asked)

    assert answers == [200, 410]


def _wrong(org: ApiOrg, server: ServerProcess) -> dict[str, Callable[[], Reply]]:
    """Everything that is no secret of the job that is named, or names no job."""
    mine, other = hand_out(org), hand_out(org)
    key = callback_secrets.load(server.data_dir)
    unknown = Outside(UNKNOWN, key.text(CallbackSecret(org.org_id, UNKNOWN, b"\x01" * 32)), "")
    guessed = key.text(CallbackSecret(org.org_id, mine.job_id, b"\x01" * 32))
    unsealed = mint(org.org_id, mine.job_id, CALLBACK_PREFIX).text + "0" * 32
    client = org.client

    def end(path: str, *headers: str) -> Callable[[], Reply]:
        return lambda: client.post(path, DONE, headers=[(HEADER, one) for one in headers])

    return {
        "the secret of another job": end(mine.path, other.secret),
        "a secret that was never handed out": end(mine.path, unsealed),
        "a forged secret that the key of the installation sealed": end(mine.path, guessed),
        "an unknown job with a seal": end(f"/v1/callbacks/{UNKNOWN}", unknown.secret),
        "an unknown job": end(f"/v1/callbacks/{UNKNOWN}", mine.secret),
        "no id": end("/v1/callbacks/none", mine.secret),
        "a little changed": end(mine.path, mine.secret[:-1] + ("0" if mine.secret[-1] != "0" else "1")),
        "cut off": end(mine.path, mine.secret[:-1]),
        "no secret": end(mine.path),
        "an empty one": end(mine.path, ""),
        "two": end(mine.path, mine.secret, mine.secret),
        "not even ASCII": end(mine.path, "\xe4" * 128),
        "a token": end(mine.path, org.tokens["storekeeper"]),
    }


def test_whatever_is_wrong_is_answered_alike(org: ApiOrg, server: ServerProcess) -> None:
    answers = {why: plain(ask()) for why, ask in _wrong(org, server).items()}
    first = answers["the secret of another job"]

    assert first[0] == 404
    assert {why: one for why, one in answers.items() if one != first} == {}


def test_what_was_never_sealed_is_refused_without_a_look_at_any_job(
    org: ApiOrg, superuser: psycopg.Connection[Any]
) -> None:
    # Nobody can tell by the time that it takes whether there is a job: who holds the table holds up none of these.
    mine = hand_out(org)
    wrong = mint(org.org_id, mine.job_id, CALLBACK_PREFIX).text + "0" * 32
    with superuser.transaction():
        superuser.execute("lock table jobs.integration_job, tenancy.org, identity.principal")
        for path in (mine.path, f"/v1/callbacks/{UNKNOWN}", "/v1/callbacks/none"):
            begin = time.monotonic()
            reply = org.client.post(path, DONE, headers=[(HEADER, wrong)])
            assert (reply.status, time.monotonic() - begin < 5) == (404, True)


def test_a_wrong_secret_uses_nothing(org: ApiOrg, server: ServerProcess) -> None:
    outside = hand_out(org)
    wrong = callback_secrets.load(server.data_dir).text(
        CallbackSecret(org.org_id, outside.job_id, b"\x01" * 32)
    )

    assert outside.end(org.client, secret=wrong).status == 404
    assert outside.take(org.client, secret=wrong).status == 404
    assert read(org, outside.job_id)["state"] == "queued"
    assert outside.end(org.client).status == 200


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"outcome": "succeeded", "result": {"of": "x" * 9000}}, "/result"),
        ({"outcome": "succeeded", "result": {"half": 0.5}}, "/result"),
        ({"outcome": "expired", "result": {}}, "/outcome"),
        ({"outcome": "succeeded", "result": []}, "/result"),
        ({"result": {}}, "/outcome"),
    ],
)
def test_what_cannot_be_kept_uses_nothing(org: ApiOrg, said: Any, pointer: str) -> None:
    outside = hand_out(org)

    refused = outside.end(org.client, said)

    assert (refused.refused, refused.pointers) == ((400, "invalid-field"), [pointer])
    assert outside.end(org.client).status == 200


def test_an_address_that_guesses_is_held_off_whatever_it_brings(
    org: ApiOrg, api_database: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = hand_out(org)
    data_dir = tmp_path_factory.mktemp("guessed") / "data"
    with (
        running(data_dir, api_database, {"rate_failed": "3/minute"}) as guarded,
        closing(Client(guarded.url)) as client,
    ):
        answers = [outside.end(client, secret=f"vlj_{n}").refused for n in range(4)]
        right = outside.end(client).refused
        logged = guarded.log.read_text()

    assert answers == [(404, "not-found")] * 3 + [(429, "rate-limited")]
    assert right == (429, "rate-limited")
    assert logged.count("a callback showed no secret of its job") == 3
    assert read(org, outside.job_id)["state"] == "queued"


def test_a_callback_is_an_access_of_its_job(org: ApiOrg, superuser: psycopg.Connection[Any]) -> None:
    outside = hand_out(org)
    outside.end(org.client)
    outside.end(org.client)
    query = (
        "select a.statuses[1], a.org_applied from tenancy.access_event as a"
        " where a.credential_ids = array[%s::uuid] and a.operations = array['endCallbackJob'] order by a.at"
    )
    deadline = time.monotonic() + 30
    while len(found := superuser.execute(query, [outside.job_id]).fetchall()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)

    assert found == [(200, True), (410, True)]


def _end_anew(server: ServerProcess, outside: Outside) -> int:
    with closing(Client(server.url)) as client:
        return outside.end(client).status


def _until_waiting(superuser: psycopg.Connection[Any], count: int) -> None:
    query = "select count(distinct pid) from pg_locks where not granted and locktype in ('transactionid', 'tuple')"
    deadline = time.monotonic() + 20
    while True:
        row = superuser.execute(query).fetchone()
        assert row is not None
        if row[0] >= count:
            return
        assert time.monotonic() < deadline
        time.sleep(0.02)
