"""Access events: every request of a known credential leaves what was run for it, and nothing that it said (V-14)."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client
from support.ledger_sql import SUPERUSER
from support.logs import PATIENCE_S
from velaurum.db import embedded

Events = Callable[[int], list[dict[str, Any]]]


@pytest.fixture
def events(org: ApiOrg, cluster: embedded.Cluster, session_database_name: str) -> Events:
    """Wait until so many requests of the organisation are recorded; return their events, the oldest first."""

    def wait(requests: int) -> list[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE_S
        with psycopg.connect(
            cluster.conninfo(user=SUPERUSER, dbname=session_database_name), autocommit=True
        ) as connection:
            while True:
                rows = connection.execute(
                    "select to_jsonb(a) from tenancy.access_event as a where a.org_id = %s order by a.at",
                    [org.org_id],
                ).fetchall()
                found = [row[0] for row in rows]
                if sum(len(one["request_ids"]) for one in found) >= requests:
                    return found
                assert time.monotonic() < deadline, found
                time.sleep(0.05)

    return wait


def test_a_read_leaves_one_event(org: ApiOrg, events: Events) -> None:
    asked = [org.get("/items/BOLT") for _ in range(4)]

    found = events(4)

    one, *others = found
    assert [each["request_ids"] for each in found] == [[reply.headers["x-request-id"]] for reply in asked]
    assert (one["operations"], one["statuses"]) == (["getItem"], [200])
    assert one["credential_ids"] == [org.token_ids["auditor"]]
    # Whoever asks first is verified first: one more entering, and one more look-up.
    assert (one["statements"], one["applied"] + one["exempt"], one["org_applied"]) >= (4, 4, True)
    # Whoever asks again within the second is believed; on a slow machine that is not each of them.
    assert (2, 2, True) in [(each["statements"], each["applied"], each["org_applied"]) for each in others]


@pytest.mark.parametrize(
    ("path", "status"), [("/items/NONE", 404), ("/items?limit=x", 400), ("/items?nothing=1", 400)]
)
def test_a_refused_read_leaves_one_too(org: ApiOrg, events: Events, path: str, status: int) -> None:
    org.get(path)

    (event,) = events(1)

    assert event["statuses"] == [status]


def test_who_may_not_is_recorded_where_the_credential_belongs(
    org: ApiOrg, other_org: ApiOrg, events: Events
) -> None:
    ran = []
    for turn in range(1, 4):
        org.get("/items")
        assert org.post("/movements", RECEIPT, role="auditor").status == 403
        assert org.client.get(f"{other_org.path}/items", token=org.tokens["auditor"]).status == 403

        refused = events(3 * turn)[-2:]

        assert [(one["operations"], one["statuses"]) for one in refused] == [
            (["postMovement"], [403]),
            (["listItems"], [403]),
        ]
        ran.append([one["statements"] for one in refused])
    # Whoever was verified within the second costs nothing more; a slow machine may take longer once.
    assert [0, 0] in ran


def test_an_unknown_credential_leaves_none(org: ApiOrg, events: Events) -> None:
    token = org.tokens["auditor"]
    assert org.client.get(f"{org.path}/items", token=token[:-7] + "0000000").status == 401
    org.get("/items")

    assert [one["statuses"] for one in events(1)] == [[200]]


def test_postings_that_are_decided_together_leave_one_event(org: ApiOrg, server: Any, events: Events) -> None:
    start = threading.Barrier(16)

    def post(n: int) -> str:
        client = Client(server.url)
        start.wait()
        reply = client.post(
            f"{org.path}/movements",
            {**RECEIPT, "quantity": str(n + 1)},
            token=org.tokens["storekeeper"],
            key=f"k{n}",
        )
        client.close()
        assert reply.status == 201
        return reply.headers["x-request-id"]

    with ThreadPoolExecutor(16) as pool:
        requests = set(pool.map(post, range(16)))

    found = events(16)

    assert {one for event in found for one in event["request_ids"]} == requests
    assert len(found) < 16
    assert all(set(one["statuses"]) == {201} and one["org_applied"] for one in found)
    # One statement decides a batch; the verification of the credential is counted once more.
    assert sum(one["statements"] for one in found) <= len(found) + 4


def test_whoever_was_decided_beside_a_repeated_note_leaves_an_event_too(
    org: ApiOrg, server: Any, events: Events
) -> None:
    noted = {**RECEIPT, "note": "left at the gate"}
    first = org.move(noted, key="noted")
    rounds, many = 5, 12
    start = threading.Barrier(many)

    def post(n: int) -> list[str]:
        client, found = Client(server.url), []
        for round_ in range(rounds):
            start.wait()
            # The salt of a repeat is another one: its call decides nothing for it, and it is posted once more.
            body, key = (noted, "noted") if n % 2 else (RECEIPT, f"k{round_}-{n}")
            reply = client.post(f"{org.path}/movements", body, token=org.tokens["storekeeper"], key=key)
            assert reply.status == (200 if n % 2 else 201)
            found.append(reply.headers["x-request-id"])
        client.close()
        return found

    with ThreadPoolExecutor(many) as pool:
        requests = {one for found in pool.map(post, range(many)) for one in found}

    found = [one for event in events(1 + rounds * many) for one in event["request_ids"]]

    assert sorted(found) == sorted([first.headers["x-request-id"], *requests])


def test_a_posting_that_was_refused_before_it_was_decided_leaves_one(org: ApiOrg, events: Events) -> None:
    org.move(RECEIPT)
    org.move(RECEIPT, quantity="none")
    org.move(RECEIPT, key="")

    assert [(one["operations"], one["statuses"]) for one in events(3)] == [
        (["postMovement"], [201]),
        (["postMovement"], [400]),
        (["postMovement"], [400]),
    ]


def test_nothing_that_a_caller_wrote_stands_in_an_event(org: ApiOrg, events: Events) -> None:
    mark = "Mrs-Peacock"
    org.get(f"/items/{mark}?{mark}={mark}", headers=[("X-Request-Id", mark), ("User-Agent", mark)])
    org.movement(RECEIPT, key=mark, reference=mark, note=mark)
    org.post("/items", {"code": mark, "name": mark}, role="org-admin")

    assert mark.lower() not in str(events(3)).lower()


def test_the_events_of_an_organisation_are_not_counted_in_another_ones(
    org: ApiOrg, other_org: ApiOrg, events: Events
) -> None:
    for _ in range(5):
        org.get("/items")
    events(5)

    report = other_org.get("/assurance/tenancy").json["report"]

    assert (report["requests"], report["org"]["code"]) == (0, other_org.code)
    assert org.client.get(f"{org.path}/assurance/tenancy", token=other_org.tokens["org-admin"]).refused == (
        403,
        "forbidden",
    )


def test_a_request_does_not_wait_for_its_event(
    org: ApiOrg, cluster: embedded.Cluster, session_database_name: str, events: Events
) -> None:
    with psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname=session_database_name)) as connection:
        connection.execute("lock table tenancy.access_event in exclusive mode")
        begin = time.monotonic()
        for _ in range(3):
            org.movement(RECEIPT)
            org.get("/items")
        taken = time.monotonic() - begin

    assert taken < 6.0
    assert len(events(6)) == 6
