"""Units of measure that the product knows, with exact factors; another code is an organisation's own."""

from dataclasses import dataclass

from velaurum.db.connection import Tx
from velaurum.db.queries import queries

QUERIES = queries(__package__, "units.sql")
LONGEST = 16


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its code of UN/CEFACT Recommendation 20: one of it is numerator / denominator of its dimension's base.

    A packaging has neither dimension nor factor: what it holds says a pack of an item. Both are whole numbers, as text.
    """

    code: str
    name: str
    dimension: str | None
    numerator: str | None
    denominator: str | None


def list_page(tx: Tx, *, after: str, limit: int) -> list[Unit]:
    """Return at most `limit` units by code, those after the code `after`."""
    return tx.all(QUERIES["list_page"], Unit, after=after, limit=limit)
