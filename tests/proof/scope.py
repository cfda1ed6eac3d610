"""One query level: which columns are known to hold the organisation, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

Column = tuple[str, str]
# Stands for the organisation's parameter wherever a column could stand.
THE_ORG: Final[Column] = ("", "")


@dataclass(slots=True)
class Scope:
    """Names of one level. A column in `anchored` is the organisation, or null, in every row that the level keeps.

    What is in `defined` is so in every row that is read at all; the rest only where the level's conditions hold.
    """

    outer: "Scope | None" = None
    relations: dict[str, str] = field(default_factory=dict)
    anchored: set[Column] = field(default_factory=set)
    defined: set[Column] = field(default_factory=set)
    implied: list[tuple[Column, Column]] = field(default_factory=list)

    def owner(self, name: str) -> "Scope | None":
        """Return the level that a name belongs to, from the inside out."""
        if name in self.relations:
            return self
        return self.outer.owner(name) if self.outer else None

    def holds_org(self, column: list[str]) -> bool:
        owner = self.owner(column[0]) if len(column) == 2 else None
        return owner is not None and (column[0], column[1]) in owner.anchored

    def is_defined_as_org(self, column: list[str]) -> bool:
        owner = self.owner(column[0]) if len(column) == 2 else None
        return owner is not None and (column[0], column[1]) in owner.defined

    def equate(self, left: Column, right: Column, only_into: Iterable[str] | None) -> None:
        """Note that two columns are equal. An outer join says so of its nullable side alone: `only_into`."""
        for known, learned in ((left, right), (right, left)):
            if learned != THE_ORG and (only_into is None or learned[0] in only_into):
                self.implied.append((known, learned))

    def conclude(self) -> bool:
        """Follow the equalities to their end; returns whether anything was learned."""
        before = len(self.anchored)
        self.anchored |= self.defined
        while True:
            news = {
                learned
                for known, learned in self.implied
                if learned not in self.anchored and (known == THE_ORG or known in self.anchored)
            }
            if not news:
                return len(self.anchored) > before
            self.anchored |= news
