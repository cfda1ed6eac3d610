"""`velaurum event`: the feed on the command line."""

import json
import time
from typing import Any

import pytest

from support.command import Installation, Tenant

PATIENCE_S = 20.0
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


def test_events_are_followed_as_they_come(tenant: Tenant) -> None:
    tenant.keeper("post", "receipt", "BOLT", "1", "--target", "A")
    process = tenant.admin.start("event", "follow", "--json", "--types", MOVEMENTS)
    try:
        time.sleep(2)
        posted = tenant.keeper("post", "receipt", "BOLT", "2", "--target", "A", "--json").document
        assert process.stdout is not None
        line = process.stdout.readline()
    finally:
        process.kill()
        process.communicate()

    assert json.loads(line)["data"]["id"] == posted["id"]


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
