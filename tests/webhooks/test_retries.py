"""When a delivery is tried again: over three days, with jitter, and as the receiver asks within bounds (V-06)."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from velaurum.webhooks.retries import OVER_DAYS, Retries

WAITS = [
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]


@pytest.mark.parametrize(("tries", "least"), list(enumerate(WAITS, start=1)))
def test_each_wait_is_as_said_and_up_to_a_tenth_more(tries: int, least: timedelta) -> None:
    waits = [OVER_DAYS.after(tries) for _ in range(50)]

    assert all(wait is not None and least <= wait <= least * 1.1 for wait in waits)
    assert len(set(waits)) > 1


def test_all_of_them_take_three_days_and_then_it_is_given_up() -> None:
    assert timedelta(hours=75) < sum(WAITS, timedelta()) < timedelta(hours=76)
    assert OVER_DAYS.after(len(WAITS) + 1) is None


ONCE = Retries((timedelta(seconds=10),))


def in_a_while(**later: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(**later), usegmt=True)


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_says_when_is_listened_to(status: int) -> None:
    assert ONCE.after(1, status, "120") == timedelta(seconds=120)
    dated = ONCE.after(1, status, in_a_while(minutes=10))
    assert dated is not None
    assert timedelta(minutes=9) < dated <= timedelta(minutes=10)


@pytest.mark.parametrize("asked", ["999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_it_is_not_waited_for_longer_than_a_day(asked: str) -> None:
    assert ONCE.after(1, 503, asked) == timedelta(days=1)


def test_a_date_two_years_from_now_is_longer_than_a_day() -> None:
    assert ONCE.after(1, 503, in_a_while(days=900)) == timedelta(days=1)


@pytest.mark.parametrize(
    "asked", ["0", "1", "-5", "soon", "", "1.5", "٣", "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 99 Oct 2015"]
)
def test_nobody_is_called_sooner_than_the_schedule_says(asked: str) -> None:
    wait = ONCE.after(1, 429, asked)

    assert wait is not None
    assert timedelta(seconds=10) <= wait <= timedelta(seconds=11)


def test_other_answers_say_nothing_of_time_and_no_receiver_adds_a_try() -> None:
    wait = ONCE.after(1, 500, "3600")

    assert wait is not None
    assert wait <= timedelta(seconds=11)
    assert ONCE.after(2, 503, "10") is None
