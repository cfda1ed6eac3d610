"""Periods over HTTP: what happened in a closed one is posted no more, and two persons reopen one (V-24)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client, Reply
from support.people import Person, join
from support.periods import ALWAYS, IN_OCTOBER, OCTOBER, act, act_as, period
from velaurum.db.connection import Database

POSTERS, EACH, UNDER_WAY = 4, 50, 40
IN_SEPTEMBER = "2026-09-15T12:00:00Z"


@pytest.fixture
def ann(api_door: Database, org: ApiOrg) -> Person:
    return join(api_door, org, "controller")


@pytest.fixture
def bob(api_door: Database, org: ApiOrg) -> Person:
    return join(api_door, org, "controller")


def test_a_month_is_closed_and_takes_nothing_more_until_two_persons_reopen_it(
    org: ApiOrg, ann: Person, bob: Person
) -> None:
    period(org)
    org.movement(RECEIPT, occurred_at=IN_OCTOBER)
    softly = act(org, "2026-10", "soft-close")
    by_keeper = org.move(RECEIPT, occurred_at=IN_OCTOBER, key="late")
    by_ann = ann.move(dict(RECEIPT), occurred_at=IN_OCTOBER)
    closed = act(org, "2026-10", "close")
    too_late = ann.move(dict(RECEIPT), occurred_at=IN_OCTOBER)
    again = org.move(RECEIPT, occurred_at=IN_OCTOBER, key="late")
    now = org.move(RECEIPT)

    assert (softly.status, softly.json["state"]) == (200, "soft-closed")
    assert by_keeper.refused == too_late.refused == (409, "period-closed")
    assert by_keeper.json["closed_until"] == "2026-11-01T00:00:00.000000Z"
    assert by_keeper.pointers == ["/occurred_at"]
    assert (by_ann.status, now.status) == (201, 201)
    assert (again.refused, again.is_replayed) == (by_keeper.refused, True)
    assert (closed.json["state"], closed.json["closed_at_size"]) == ("closed", by_ann.json["log_index"] + 1)

    asked = act_as(ann, "2026-10", "reopen", reason="a count came late")
    alone = act_as(ann, "2026-10", "reopen")
    reopened = act_as(bob, "2026-10", "reopen")
    assert (asked.status, asked.json["state"], asked.json["reopen_reason"]) == (
        200,
        "closed",
        "a count came late",
    )
    assert alone.refused == (403, "forbidden")
    assert (reopened.status, reopened.json["state"], reopened.json["closed_at_size"]) == (
        200,
        "soft-closed",
        None,
    )
    assert bob.move(dict(RECEIPT), occurred_at=IN_OCTOBER).status == 201
    assert org.move(RECEIPT, occurred_at=IN_OCTOBER).refused == (409, "period-closed")


def test_a_closed_period_names_the_checkpoint_that_covers_its_closing(org: ApiOrg) -> None:
    period(org)
    act(org, "2026-10", "close")

    shown = org.get("/periods/2026-10").json

    assert shown["closed_at_size"] + 1 == org.log_size()
    assert shown["checkpoint"] is None or shown["checkpoint"]["size"] > shown["closed_at_size"]


def test_the_history_says_who_closed_and_who_asked(org: ApiOrg, ann: Person, bob: Person) -> None:
    period(org)
    act(org, "2026-10", "close")
    act_as(ann, "2026-10", "reopen", reason="a count came late")
    act_as(bob, "2026-10", "reopen")

    versions = org.get("/periods/2026-10/history", role="auditor").json["data"]

    assert [one["record"]["state"] for one in versions] == ["soft-closed", "closed", "closed", "open"]
    assert [one["record"]["reopen_reason"] for one in versions] == [None, "a count came late", None, None]
    assert org.get("/periods/2026-10?at_size=" + str(versions[2]["log_index"] + 1)).json["state"] == "closed"


def test_periods_follow_one_another_and_close_in_their_order(org: ApiOrg) -> None:
    september = {"code": "2026-09", "starts_at": "2026-09-01T00:00:00Z", "ends_at": "2026-10-01T00:00:00Z"}
    nowhere = org.post("/periods", {"code": "x", "ends_at": "2026-10-01T00:00:00Z"}, role="controller")
    period(org, **september)
    gap = org.post("/periods", {**OCTOBER, "starts_at": "2026-10-02T00:00:00Z"}, role="controller")
    backwards = org.post("/periods", {"code": "x", "ends_at": "2026-10-01T00:00:00Z"}, role="controller")
    october = org.post("/periods", {"code": "2026-10", "ends_at": OCTOBER["ends_at"]}, role="controller")
    open_still = org.post("/periods", ALWAYS, role="controller")

    assert [one.pointers for one in (nowhere, gap, backwards)] == [
        ["/starts_at"],
        ["/starts_at"],
        ["/ends_at"],
    ]
    assert {one.status for one in (nowhere, gap, backwards)} == {400}
    assert (october.status, open_still.status) == (201, 201)
    assert october.json["starts_at"] == "2026-10-01T00:00:00.000000Z"
    assert [one["code"] for one in org.get("/periods").json["data"]] == ["2026-09", "2026-10", "until-9999"]
    assert act(org, "2026-10", "close").refused == (409, "conflict")
    assert act(org, "2026-09", "close").status == 200
    assert act(org, "2026-09", "close").refused == (409, "conflict")
    assert act(org, "2026-10", "soft-close", 7).refused == (412, "stale-version")
    assert act(org, "2026-10", "soft-close").status == 200
    assert act(org, "until-9999", "close").refused == (409, "conflict")


def test_a_code_is_given_once_and_a_key_decides_once(org: ApiOrg) -> None:
    first = org.post("/periods", OCTOBER, key="october", role="controller")
    again = org.post("/periods", OCTOBER, key="october", role="controller")
    other = org.post("/periods", {**ALWAYS, "code": "2026-10"}, role="controller")

    assert (first.status, again.status, again.is_replayed, again.json) == (201, 200, True, first.json)
    assert other.refused == (409, "code-taken")


@pytest.mark.parametrize("role", ["storekeeper", "org-admin", "auditor"])
def test_who_closes_no_periods_makes_and_closes_none(org: ApiOrg, role: str) -> None:
    period(org)

    made = org.post("/periods", ALWAYS, role=role)
    closed = org.client.ask(
        "POST",
        f"{org.path}/periods/2026-10/close",
        {},
        token=org.tokens[role],
        headers=[("If-Match", '"v1"')],
    )

    assert made.refused == closed.refused == (403, "forbidden")


def test_a_reopening_says_why_and_is_asked_for_by_a_person(org: ApiOrg, ann: Person) -> None:
    period(org)
    too_early = act_as(ann, "2026-10", "reopen", reason="why not")
    act(org, "2026-10", "close")

    unasked = act_as(ann, "2026-10", "reopen")
    silent = act_as(ann, "2026-10", "reopen", reason="")
    by_service = act(org, "2026-10", "reopen", reason="a count came late")

    assert (too_early.refused, unasked.refused) == ((409, "conflict"), (409, "conflict"))
    assert (silent.status, silent.pointers) == (400, ["/reason"])
    assert by_service.refused == (403, "forbidden")


def test_a_role_of_its_own_closes_periods_and_none_that_makes_credentials(org: ApiOrg) -> None:
    both = {"code": "closers", "name": "Closers", "permissions": ["read", "close-periods", "manage-identity"]}

    refused = org.post("/roles", both, role="org-admin")
    made = org.post("/roles", {**both, "permissions": ["read", "close-periods"]}, role="org-admin")

    assert (refused.status, refused.pointers) == (400, ["/permissions"])
    assert made.status == 201


def test_every_posting_is_before_the_closing_or_refused(org: ApiOrg) -> None:
    """Postings of October run while it closes: what stands lies below the size of then, everything else is refused."""
    period(org)
    under_way = threading.Semaphore(0)

    def post_some() -> list[Reply]:
        replies = []
        with closing(Client(org.client.url)) as client:
            mine = replace(org, client=client)
            for _ in range(EACH):
                replies.append(mine.move(RECEIPT, occurred_at=IN_OCTOBER))
                under_way.release()
        return replies

    with ThreadPoolExecutor(POSTERS) as pool:
        running = [pool.submit(post_some) for _ in range(POSTERS)]
        for _ in range(UNDER_WAY):
            assert under_way.acquire(timeout=60)
        closed = act(org, "2026-10", "close")
        replies = [reply for one in running for reply in one.result()]

    size = closed.json["closed_at_size"]
    posted = [reply.json["log_index"] for reply in replies if reply.status == 201]
    refused = [reply.refused for reply in replies if reply.status != 201]
    assert len(posted) + len(refused) == POSTERS * EACH
    assert UNDER_WAY <= len(posted) < POSTERS * EACH
    assert set(refused) == {(409, "period-closed")}
    assert max(posted) < size
    listed = org.get("/movements?limit=200").json["data"]
    assert sorted(one["log_index"] for one in listed) == sorted(posted)
    assert org.move(RECEIPT, occurred_at=IN_SEPTEMBER).refused == (409, "period-closed")
