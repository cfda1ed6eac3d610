"""Whether the extra `velaurum[fast]` is there, which reads logs as arrays."""

import importlib.util
from functools import cache


@cache
def is_there() -> bool:
    return importlib.util.find_spec("numpy") is not None
