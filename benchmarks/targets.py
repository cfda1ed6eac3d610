"""Targets: what a figure is held to, and whether it holds. One table says so, and one exit code."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

WIDTH = 150


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: what it was measured to be, its unit, and the bound that it is held to, if it is to any."""

    what: str
    measured: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Tell whether the figure is within its bounds; None when it has none."""
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or self.measured >= self.at_least) and (
            self.at_most is None or self.measured <= self.at_most
        )

    @property
    def target(self) -> str:
        bounds = [(">=", self.at_least), ("<=", self.at_most)]
        return ", ".join(f"{sign} {bound:g} {self.unit}" for sign, bound in bounds if bound is not None)

    @property
    def verdict(self) -> str:
        return {True: "hold", False: "missed", None: ""}[self.holds]


def typical(rounds: Sequence[Sequence[Line]]) -> list[Line]:
    """Return of each figure the one in the middle of all rounds."""
    return [sorted(line, key=lambda one: one.measured)[len(line) // 2] for line in zip(*rounds, strict=True)]


def show(title: str, lines: Sequence[Line], *, as_json: bool) -> int:
    """Print the table, or the same for machines. Return 1 when a target is missed, otherwise 0."""
    if as_json:
        told = [asdict(one) | {"holds": one.holds} for one in lines]
        print(json.dumps(told, indent=1))
    else:
        console = Console()
        console.width = max(console.width, WIDTH)
        table = Table("what", "measured", "target", "", "note", title=title)
        for one in lines:
            table.add_row(one.what, f"{one.measured:,.3g} {one.unit}", one.target, one.verdict, one.note)
        console.print(table)
    return 1 if any(one.holds is False for one in lines) else 0
