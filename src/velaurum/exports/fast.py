"""Whether the extra `velaurum[fast]` is there, which reads logs as arrays by compiled loops."""

import importlib.util
import os
from functools import cache

FEWEST_ENTRIES = 200_000  # for which compiling, seconds where it was not done before, is worth it


@cache
def is_there() -> bool:
    """Say whether loops can be compiled, with every access checked: an environment may take either away."""
    is_as_asked = (
        os.environ.get("NUMBA_BOUNDSCHECK") != "0" and os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"
    )
    return is_as_asked and importlib.util.find_spec("numba") is not None


def pays(entries: int) -> bool:
    return entries >= FEWEST_ENTRIES and is_there()
