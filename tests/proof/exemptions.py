"""Statements that serve no single organisation: each with its reason, somebody who answers for it, and an end."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta

from proof.catalog import SOURCE

FILE = SOURCE / "sql" / "exemptions.toml"
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Exemption:
    """A statement is its own id: one exemption, one statement."""

    statement: str
    reason: str
    owner: str
    since: date
    until: date

    def faults(self, today: date) -> list[str]:
        """Return what is wrong with it, in words."""
        wrong = {
            f"{self.statement} gives no reason": not self.reason.strip(),
            f"{self.statement} has no owner": not self.owner.strip(),
            f"{self.statement} expired on {self.until}": self.until < today,
            f"{self.statement} runs for more than a year": self.until - self.since > LONGEST,
            f"{self.statement} has not begun": self.since > today,
        }
        return [fault for fault, is_so in wrong.items() if is_so]

    def __str__(self) -> str:
        return f"{self.statement}, until {self.until}, {self.owner}: {self.reason}"


def read(text: str) -> list[Exemption]:
    return [Exemption(**one) for one in tomllib.loads(text).get("exemption", [])]


def by_statement() -> dict[str, Exemption]:
    """Return the exemptions of the product."""
    return {one.statement: one for one in read(FILE.read_text("utf-8"))}
