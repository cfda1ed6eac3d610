"""What limits are counted by: addresses, settings that can be meant, and counters that stay few."""

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from velaurum.api import limits, windows
from velaurum.api.limits import Limits, address_key
from velaurum.api.windows import Windows
from velaurum.config import Settings
from velaurum.errors import UsageError


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002::/64"),
        ("2001:db8:1:2:ffff::", "20010db800010002::/64"),
        ("2001:db8:1:3::", "20010db800010003::/64"),
        ("", "unknown"),
        ("somewhere", "unknown"),
    ],
)
def test_an_address_is_counted_as_what_one_customer_has(host: str, key: str) -> None:
    assert address_key(Request({"type": "http", "client": (host, 1)})) == key


@pytest.mark.parametrize(
    "text", ["", "x", "0/second", "-1/second", "1", "1/second; 2/minute", "1/2days", "9" * 12 + "/second"]
)
def test_a_limit_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="rate_failed"):
        Limits(Settings(Path(), rate_failed=text))


@pytest.mark.parametrize("text", ["*", "localhost", "10.0.0.1/8"])
def test_a_proxy_is_an_address_or_a_network(text: str) -> None:
    with pytest.raises(UsageError, match="trusted_proxies"):
        limits.trusted_proxies(Settings(Path(), trusted_proxies=text))


def test_windows_end_on_time_and_never_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(windows.time, "monotonic", lambda: now)
    monkeypatch.setattr(windows, "MOST_WINDOWS", 10)
    counted = Windows()

    assert [counted.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    assert [counted.incr(f"flood-{n}", 60) for n in range(50)] == [1] * 50
    assert len(counted._windows) == 10
    assert counted.get("a") == 0
    assert (counted.incr("b", 60), counted.get_expiry("b")) == (1, 160.0)
    now = 160.0
    assert (counted.get("b"), counted.incr("b", 60), counted.get_expiry("b")) == (0, 1, 220.0)


def test_known_tokens_never_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_KNOWN", 3)
    known: Any = Limits(Settings(Path()))
    request = Request({"type": "http", "path": "/", "client": None, "state": {}})

    for n in (1, 2, 3, 1, 4, 5):
        with known.attempt(request, f"token {n}"):
            pass

    assert len(known._known) == 3
