"""When a delivery that failed is tried again: sooner at first, for three days, and never all at the same moment."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_RETRY_AFTER = timedelta(days=1)
_JITTER = 0.1
_CHANCE = random.SystemRandom()
# A receiver that says when to come back is one that is overloaded or down for a while.
_LISTENED_TO = (429, 503)


@dataclass(frozen=True, slots=True)
class Retries:
    """How long is waited after each attempt. After the last one nothing more is tried."""

    waits: tuple[timedelta, ...]

    def after(
        self, tries: int, status: int | None = None, retry_after: str | None = None
    ) -> timedelta | None:
        """Return when to try again after so many tries, or None to give up; a tenth more or less of what is said.

        What a receiver asks for is waited for, a day at most, and never less than what is said here.
        """
        if tries > len(self.waits):
            return None
        wait = self.waits[tries - 1] * _CHANCE.uniform(1, 1 + _JITTER)
        if status in _LISTENED_TO and retry_after is not None:
            asked = _asked(retry_after)
            return max(wait, min(asked, LONGEST_RETRY_AFTER)) if asked is not None else wait
        return wait


OVER_DAYS = Retries(
    (
        *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
        *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
    )
)


def _asked(text: str) -> timedelta | None:
    """Read a Retry-After (RFC 9110 10.2.3): seconds or a date; None when it is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:10]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(aware - datetime.now(UTC), timedelta(0))
