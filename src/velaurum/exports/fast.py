"""Whether the extra `velaurum[fast]` is there, which reads logs as arrays by compiled loops."""

import importlib.util
from functools import cache

FEWEST_ENTRIES = 200_000  # for which compiling, seconds where it was not done before, is worth it


@cache
def is_there() -> bool:
    return importlib.util.find_spec("numba") is not None


def pays(entries: int) -> bool:
    return entries >= FEWEST_ENTRIES and is_there()
