"""Positions: a place in a log, and in which of its incarnations; what a client has seen up to and with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from velaurum.audit.incarnations import Incarnation

_WRITTEN = re.compile(r"-1|(?:([1-9][0-9]{0,8})\.)?(0|[1-9][0-9]{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Position:
    """A log index, written `1999`; of a log that was taken up again `1.1999`, with the incarnation before it."""

    index: int
    incarnation: int = 0

    def __str__(self) -> str:
        return f"{self.incarnation}.{self.index}" if self.incarnation else str(self.index)


START = Position(-1)
PATTERN = r"^(-1|([1-9][0-9]{0,8}\.)?(0|[1-9][0-9]{0,17}))$"


def parse(text: str) -> Position | None:
    """Read a position as it is written; None when it is something else."""
    said = _WRITTEN.fullmatch(text)
    if said is None:
        return None
    return START if said[2] is None else Position(int(said[2]), int(said[1] or 0))


def at(index: int, opened: Sequence[Incarnation]) -> Position:
    """Return the position of what is at an index now.

    Only what lies before the size that a log is known to share with the one that was lost has kept its name.
    """
    return Position(index, max((one.number for one in opened if one.common_size <= index), default=0))


def shared(seen: Position, opened: Sequence[Incarnation]) -> Position:
    """Return up to where a client saw what is there now, given that it saw otherwise at `seen`."""
    newest = opened[-1].number if opened else 0
    if seen.incarnation > newest:
        return START
    later = [one.common_size for one in opened if one.number > seen.incarnation]
    return at(min([seen.index + 1, *later]) - 1, opened)
