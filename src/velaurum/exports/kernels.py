"""Loops over arrays, compiled when they are first called. No access leaves its array: that is checked each time."""

import hashlib
from collections.abc import Callable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core.caching import FunctionCache, IndexDataCacheFile

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

# What this package may import, which a contract of the tree holds: itself, proofs, and modules beside packages.
_PACKAGES = ("exports", "proofs")


def sources() -> Iterator[tuple[str, Traversable]]:
    """Yield every file, and its path in the package, that a loop may have a constant or a part of."""
    package = resources.files("velaurum")
    for folder, found in (("", package), *((f"{one}/", package / one) for one in _PACKAGES)):
        for file in sorted(found.iterdir(), key=lambda one: one.name):
            if file.name.endswith(".py"):
                yield folder + file.name, file


def _digest() -> bytes:
    whole = hashlib.sha256(np.__version__.encode())
    for path, file in sources():
        whole.update(path.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return whole.digest()


_DIGEST = _digest()


class _Kept(FunctionCache):
    """What is kept of a loop. numba knows it by its own file; constants of other files are compiled in, too."""

    def __init__(self, kernel: Callable[..., Any]) -> None:
        super().__init__(kernel)  # type: ignore[no-untyped-call]
        self._cache_file = IndexDataCacheFile(  # type: ignore[no-untyped-call]
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=(self._impl.locator.get_source_stamp(), _DIGEST),
        )


def compiled(kernel: Kernel) -> Kernel:
    """Compile a part of a loop."""
    return cast("Kernel", numba.njit(boundscheck=True)(kernel))


def kept(kernel: Kernel) -> Kernel:
    """Compile a loop and keep it for the next process: beside its file, or else among the user's caches.

    It is compiled anew once any of `sources()` has changed, so that it never has a constant of before.
    """
    loop: Any = numba.njit(boundscheck=True)(kernel)
    try:
        loop._cache = _Kept(kernel)  # noqa: SLF001 - as enable_caching() does, which takes no other cache
    except RuntimeError:  # nowhere may be written
        return compiled(kernel)
    return cast("Kernel", loop)
