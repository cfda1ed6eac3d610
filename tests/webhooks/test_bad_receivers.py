"""What receivers do wrong, and what becomes of it: cut off or refused as promised, the others unaffected (V-06)."""

import socket
import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from support.receivers import Handler, answering, hang, receiving
from velaurum.outbound import fetching
from velaurum.outbound.networks import Networks
from velaurum.webhooks.endpoints import EndpointChange
from velaurum.webhooks.retries import Retries
from velaurum.webhooks.sending import Sender
from velaurum.worker import delivering
from webhooks.conftest import DEADLINE_S, HERE, KEY, Delivering, Office

ONCE = Retries(())
IN_AN_HOUR = Retries((timedelta(hours=1),))
SECRET_OF_RECEIVER = b"internal-answer-73"


def stream(handler: Handler) -> None:
    """Answer for ever, as fast as it is read."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65_536)


def drip(handler: Handler) -> None:
    """Answer for ever, a byte now and then."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.05)


def stay_silent(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("behave", "error_code", "status_class"),
    [
        (answering(500, SECRET_OF_RECEIVER), "answered-5xx", 5),
        (answering(404, SECRET_OF_RECEIVER), "answered-4xx", 4),
        (answering(302, Location="http://169.254.169.254/latest/meta-data"), "answered-3xx", 3),
        (answering(307, Location="http://10.0.0.1/"), "answered-3xx", 3),
        (hang, "timed-out", None),
        (drip, "timed-out", None),
        (stream, "answer-too-large", None),
        (stay_silent, "no-answer", None),
    ],
)
def test_what_a_receiver_does_wrong_is_told_in_a_word_of_ours(
    office: Office,
    deliver: Delivering,
    superuser: psycopg.Connection[Any],
    behave: Any,
    error_code: str,
    status_class: int | None,
) -> None:
    began = time.monotonic()
    with receiving(behave) as receiver, deliver(Sender(KEY, HERE, ONCE, DEADLINE_S)) as one:
        office.endpoint(receiver.url)
        asked = office.test()
        one.start()
        dead = office.when("dead", asked)

    assert time.monotonic() - began < 4 * DEADLINE_S
    assert dead.error_code == error_code
    (attempt,) = office.attempts(asked)
    assert (attempt.status_class, attempt.error_code, len(receiver.requests)) == (status_class, error_code, 1)
    kept = superuser.execute(
        "select string_agg(d::text || a::text, '') from webhooks.delivery as d, webhooks.attempt as a"
    ).fetchone()
    assert kept is not None
    assert SECRET_OF_RECEIVER.decode() not in kept[0]
    assert "169.254" not in kept[0]


def test_a_name_that_leads_elsewhere_between_two_attempts_is_refused(
    office: Office, deliver: Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is looked up for each attempt, and each answer is judged (rebinding)."""
    resolve = socket.getaddrinfo
    answers = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "10.0.0.1"]

    def rebound(host: str, port: int, *more: Any, **named: Any) -> Any:
        if host != "localhost":
            return resolve(host, port, *more, **named)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    monkeypatch.setattr(fetching.socket, "getaddrinfo", rebound)
    with receiving(answering(500)) as receiver, deliver() as one:
        office.endpoint(receiver.url.replace("127.0.0.1", "localhost"))
        asked = office.test()
        one.start()
        office.when("dead", asked)

    codes = [attempt.error_code for attempt in office.attempts(asked)]
    assert codes == ["answered-5xx", *("address-refused",) * 3]
    assert len(receiver.requests) == 1


def test_a_name_that_leads_elsewhere_between_check_and_connection_is_refused(
    office: Office, deliver: Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a name was found to be: what is at the other end counts, and it is told nothing."""
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443))]
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *_, **__: public)
    with receiving() as receiver, deliver(Sender(KEY, Networks(), ONCE, DEADLINE_S)) as one:
        port = int(receiver.url.split(":")[2].partition("/")[0])
        monkeypatch.setattr(
            fetching.socket, "create_connection", lambda *_, **__: _connected("127.0.0.1", port)
        )
        office.endpoint("https://rebinding.example/hook")
        asked = office.test()
        one.start()
        dead = office.when("dead", asked)

    assert dead.error_code == "address-refused"
    assert receiver.requests == []


def _connected(host: str, port: int) -> socket.socket:
    connection = socket.socket()
    connection.connect((host, port))
    return connection


def test_a_receiver_that_is_gone_is_told_nothing_more(office: Office, deliver: Delivering) -> None:
    with receiving(answering(410)) as receiver, deliver(Sender(KEY, HERE, IN_AN_HOUR, DEADLINE_S)) as one:
        office.endpoint(receiver.url)
        first, waiting = office.test(), office.test()
        one.start()
        assert office.when("dead", first).error_code == "gone"
        office.when("dead", waiting)
        now = office.get()
        office.change(EndpointChange(is_disabled=False))
        again = office.get()

    assert now.disabled_at is not None
    assert (now.disabled_reason, now.version) == ("gone", 2)
    assert (again.disabled_at, again.disabled_reason) == (None, None)


def test_a_receiver_that_says_when_is_left_alone_until_then(office: Office, deliver: Delivering) -> None:
    with receiving(answering(503, Retry_After="3600")) as receiver, deliver() as one:
        office.endpoint(receiver.url)
        asked = office.test()
        one.start()
        receiver.wait_for(1)
        time.sleep(0.5)
        now = office.delivery(asked)

    assert (now.state, now.error_code, len(receiver.requests)) == ("pending", "answered-5xx", 1)
    assert now.due_at is not None
    assert now.tried_at is not None
    assert now.due_at[:13] > now.tried_at[:13]


def test_receivers_that_hang_hold_nobody_else_up(
    office: Office, other_office: Office, deliver: Delivering
) -> None:
    """Neither the organisation's other endpoints nor another organisation wait for them."""
    with (
        receiving(hang) as slow,
        receiving() as quick,
        deliver(Sender(KEY, HERE, ONCE, 4.0)) as one,
    ):
        office.endpoint(slow.url, "slow")
        office.endpoint(quick.url, "quick")
        other_office.endpoint(quick.url, "other")
        for _ in range(3 * delivering.MOST_OF_ORG):
            office.test("slow")
        began = time.monotonic()
        one.start()
        slow.wait_for(delivering.MOST_OF_ENDPOINT)
        beside, elsewhere = office.test("quick"), other_office.test("other")
        office.when("delivered", beside)
        other_office.when("delivered", elsewhere)
        took_s = time.monotonic() - began
        held = len(slow.requests)

    assert took_s < 3.0
    assert held == delivering.MOST_OF_ENDPOINT


def test_no_organisation_holds_all_that_is_there(
    office: Office, other_office: Office, deliver: Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for as many as one organisation may hold, the other one's turn comes when the first thread is free."""
    monkeypatch.setattr(delivering, "MOST", delivering.MOST_OF_ORG)
    with receiving(hang) as slow, receiving() as quick, deliver(Sender(KEY, HERE, ONCE, 1.0)) as one:
        for n in range(3):
            office.endpoint(slow.url, f"slow-{n}")
            for _ in range(10):
                office.test(f"slow-{n}")
        other_office.endpoint(quick.url)
        one.start()
        slow.wait_for(delivering.MOST_OF_ORG)
        asked = other_office.test()
        other_office.when("delivered", asked, patience_s=3.0)
        left = 30 - len(slow.requests)

    assert left > 0
