"""`velaurum event`: the feed on the command line."""

import json
import selectors
import signal
import time
from typing import Any

import pytest

from support.command import Installation, Tenant

PATIENCE_S = 20.0
INTERRUPTED = 130
MOVEMENTS = "velaurum.movement.posted.v1"


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def movements(tenant: Tenant, count: int) -> list[dict[str, Any]]:
    """List the movements of the feed until there are as many."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found: list[dict[str, Any]] = tenant.admin("event", "list", "--types", MOVEMENTS, "--json").document[
            "data"
        ]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_events_are_listed_from_a_position_on(tenant: Tenant) -> None:
    posted = tenant.keeper("post", "receipt", "BOLT", "24", "--target", "A", "--json").document
    (moved,) = movements(tenant, 1)
    before = str(posted["log_index"] - 1)

    everything = tenant.admin("event", "list", "--json").document
    rest = tenant.admin("event", "list", "--after", before, "--json").document
    some = tenant.admin("event", "list", "--limit", "3", "--json").document
    shown = tenant.admin("event", "list", "--after", before).stdout

    assert moved["data"]["id"] == posted["id"]
    assert [one["logindex"] for one in everything["data"]] == [str(n) for n in range(posted["log_index"] + 1)]
    assert rest == {"data": [moved], "next_after": str(posted["log_index"])}
    assert some["data"] == everything["data"][:3]
    assert some["next_after"] == "2"
    assert "receipt: 24 EA BOLT SUPPLIER > A" in shown


def test_events_are_followed_as_they_come_until_somebody_interrupts(tenant: Tenant) -> None:
    first = tenant.keeper("post", "receipt", "BOLT", "1", "--target", "A", "--json").document
    words = ("event", "follow", "--json", "--types", MOVEMENTS, "--after", str(first["log_index"]))
    process = tenant.admin.start(*words)
    try:
        posted = tenant.keeper("post", "receipt", "BOLT", "2", "--target", "A", "--json").document
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.communicate()

    assert json.loads(line)["data"]["id"] == posted["id"]
    assert (process.returncode, rest) == (INTERRUPTED, "")
    assert "Traceback" not in said


def test_events_are_followed_from_the_end_on(tenant: Tenant) -> None:
    tenant.keeper("post", "receipt", "BOLT", "1", "--target", "A")
    process = tenant.admin.start("event", "follow", "--json", "--types", MOVEMENTS)
    posted = set[str]()
    try:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            deadline = time.monotonic() + PATIENCE_S
            # Where the end is depends on when the command looks: something new comes until it does.
            while not selector.select(0.5):
                assert time.monotonic() < deadline
                again = tenant.keeper("post", "receipt", "BOLT", "2", "--target", "A", "--json").document
                posted.add(again["id"])
        line = process.stdout.readline()
    finally:
        process.kill()
        process.communicate()

    assert json.loads(line)["data"]["id"] in posted


def test_a_position_that_is_not_there_is_a_conflict(tenant: Tenant) -> None:
    refused = tenant.admin("event", "follow", "--after", "9999", "--json")

    assert refused.code == 5
    assert refused.envelope["code"] == "feed-reset"


def test_subscribers_are_shown(tenant: Tenant) -> None:
    assert tenant.admin("event", "subscribers", "--json").document == {"data": []}
    assert tenant.admin("event", "subscribers").stdout.split() == [
        "subscriber",
        "entry",
        "behind",
        "moved",
        "on",
        "at",
    ]
