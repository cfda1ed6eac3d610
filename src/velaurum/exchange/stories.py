"""Stories: what the demo posts. A slice of the real year where it is installed, a small one of our own elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from velaurum.exchange import journey
from velaurum.exchange.csv_files import CsvFile
from velaurum.exchange.journey import Journey
from velaurum.exchange.rows import Row, RowSource

STORE = 31863
BANANAS = "2313734"
ROW_COUNT = 950


@dataclass(frozen=True, slots=True)
class Story:
    """An organisation to invent, the records that it keeps, its movements, and one stock key to look at.

    `halfway` is an instant at which that stock key held something else than at the end.
    """

    words: str
    org_code: str
    region: str
    items: Sequence[dict[str, Any]]
    locations: Sequence[dict[str, Any]]
    movements: RowSource
    item: str
    location: str
    halfway: str


class Beginning:
    """The first rows of a source."""

    def __init__(self, source: RowSource, row_count: int) -> None:
        self.fingerprint = source.fingerprint
        self.columns = source.columns
        self.row_count = min(row_count, source.row_count)
        self._source = source

    def rows(self) -> Iterator[Row]:
        return islice(self._source.rows(), self.row_count)


def choose() -> Story:
    """Return the story that this installation can tell."""
    return _grocer() if journey.is_installed() else _railway()


def _grocer() -> Story:
    year = Journey([STORE])
    return Story(
        words=f"A grocery chain's real year: store {STORE} in 2017, until July. Item {BANANAS} is bananas.",
        org_code="grocer",
        region="canada-central",
        items=list(year.items()),
        locations=list(year.locations()),
        movements=Beginning(year, ROW_COUNT),
        item=BANANAS,
        location=journey.location_code(STORE),
        halfway="2017-01-15T12:00:00Z",
    )


def _railway() -> Story:
    items = (
        ("BRG-6205", "Axle bearing 6205", "EA"),
        ("PAD-K250", "Brake pad K250", "EA"),
        ("GRS-LT2", "Bearing grease LT2", "KGM"),
        ("FLT-AIR90", "Air filter 90", "EA"),
        ("SNS-TEMP", "Axle temperature sensor", "EA"),
    )
    locations = (
        ("YARD-NORTH", "North yard"),
        ("YARD-SOUTH", "South yard"),
        ("WORKSHOP", "Workshop"),
        ("VAN-12", "Service van 12"),
    )
    return Story(
        words="A railway's spare parts: two yards, a workshop and a van. Item BRG-6205 is a bearing.",
        org_code="railway",
        region="canada-central",
        items=[{"code": code, "name": name, "unit": unit} for code, name, unit in items],
        locations=[{"code": code, "name": name, "kind": "storage"} for code, name in locations],
        movements=CsvFile(Path(__file__).with_name("rail_story.csv")),
        item="BRG-6205",
        location="WORKSHOP",
        halfway="2026-03-05T00:00:00Z",
    )
