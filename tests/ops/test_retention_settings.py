"""For how long things are kept is said in days, and never shorter than the least age."""

from datetime import timedelta
from pathlib import Path

import pytest

from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.ops import retention

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        *(("keep_jobs", "6d"), ("keep_jobs", "soon"), ("keep_deliveries", "6d"), ("keep_inbox", "29d")),
        *(("keep_dead_letters", "1d"), ("keep_dead_letters", "80d"), ("keep_dead_letters", "0")),
    ],
)
def test_ages_that_cannot_be_meant_are_refused(setting: str, value: str) -> None:
    with pytest.raises(UsageError, match=setting):
        retention.ages(Settings(Path("/nowhere"), **{setting: value}))


def test_ages_are_said_in_days_or_are_for_ever() -> None:
    told = Settings(Path("/nowhere"), keep_jobs="7d", keep_inbox="0", keep_dead_letters="0")

    assert retention.ages(told).by_kind == {
        "jobs": 7 * DAY,
        "reminders": 7 * DAY,
        "deliveries": 90 * DAY,
        "dead-letters": None,
        "inbox": None,
    }
