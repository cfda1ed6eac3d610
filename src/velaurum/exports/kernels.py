"""Loops over arrays, compiled when they are first called. No access leaves its array: that is checked each time."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a part of a loop."""
    return cast("Kernel", numba.njit(boundscheck=True)(kernel))


def kept(kernel: Kernel) -> Kernel:
    """Compile a loop and keep it for the next process: beside its file, or else among the user's caches."""
    try:
        return cast("Kernel", numba.njit(boundscheck=True, cache=True)(kernel))
    except RuntimeError:  # nowhere may be written
        return compiled(kernel)
