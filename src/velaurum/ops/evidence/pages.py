"""Pages: long answers read a bounded number of rows at once, by the place of the last one."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from velaurum.db.readings import UnreadableError

Row = TypeVar("Row")
Place = tuple[Any, ...]


def paged(after: Callable[[Place], list[Row]], place: Callable[[Row], Place], first: Place) -> Iterator[Row]:
    """Yield every row after `first`. UnreadableError when their order in the database leads back."""
    last = first
    while chunk := after(last):
        yield from chunk
        here = place(chunk[-1])
        if here <= last:
            raise UnreadableError(f"An index and its table are at odds at {here}.")
        last = here
