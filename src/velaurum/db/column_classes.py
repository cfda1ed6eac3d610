"""Column classes: what is in every column of the product, by hand; a column that nobody classed is named (V-25)."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

FILE = "column_classes.toml"
Class = Literal["public", "internal", "personal", "sensitive"]
PSEUDONYMS = "pseudonyms"
# Where no column of a row leads to whose it is.
NOBODY = "nobody"
_LISTED: dict[str, Class] = {
    "public": "public",
    "internal": "internal",
    PSEUDONYMS: "personal",
    "sensitive": "sensitive",
}
_CHAPTERS = ("purposes", "categories", "subjects", "kept")
_KEYS = {*_LISTED, "personal", "purpose", "kept"}


@dataclass(frozen=True, slots=True)
class Personal:
    """A personal column: its category, and the column of the same row that leads to whose it is, or `nobody`."""

    column: str
    category: str
    of: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the classes that each column was given, what is personal, why and for how long that is kept."""

    name: str
    given: tuple[tuple[str, Class], ...]
    personal: tuple[Personal, ...]
    purpose: str | None
    kept: str | None
    unknown: tuple[str, ...] = ()

    @property
    def is_of_tenants(self) -> bool:
        return "org_id" in dict(self.given)

    def class_of(self, column: str) -> Class:
        """Return the class of a column; KeyError for one that has none."""
        return dict(self.given)[column]


@dataclass(frozen=True, slots=True)
class Classes:
    """The whole page: what words stand for, and every table by name."""

    purposes: Mapping[str, str]
    categories: Mapping[str, Mapping[str, str]]
    subjects: Mapping[str, str]
    kept: Mapping[str, Mapping[str, str]]
    tables: Mapping[str, Table]

    def faults(self, there: set[tuple[str, str]]) -> list[str]:
        """Hold the tables and columns of a database to the page: what is not classed, twice classed, or gone.

        The fence may be missing as a whole: a managed server has none, and another rule tells.
        """
        names = {name for name, _ in there}
        tables = {
            name: table for name, table in self.tables.items() if name in names or not _is_of_fence(name)
        }
        classed = {(name, column) for name, table in tables.items() for column, _ in table.given}
        found = [f"{table}.{column} has no class" for table, column in there - classed]
        found += [f"{table}.{column} is not there" for table, column in classed - there]
        found += [
            f"{name} is not there" for name, table in tables.items() if not table.given and name not in names
        ]
        return sorted([*found, *(f"{name}{fault}" for name, fault in self._unmeant())])

    def _unmeant(self) -> Iterator[tuple[str, str]]:
        for name, table in self.tables.items():
            given = Counter(column for column, _ in table.given)
            yield from ((name, f".{column} has {n} classes") for column, n in given.items() if n > 1)
            yield from ((name, f" says {word}, which means nothing") for word in table.unknown)
            if table.personal and table.purpose not in self.purposes:
                yield name, f" is kept for no purpose that is known: {table.purpose}"
            if table.personal and table.kept not in self.kept:
                yield name, f" is kept for no time that is known: {table.kept}"
            for one in table.personal:
                if one.category not in self.categories:
                    yield name, f".{one.column} is of no category that is known: {one.category}"
                if one.of not in {*given, NOBODY}:
                    yield name, f".{one.column} is of {one.of}, which is no column of it"


def _is_of_fence(table: str) -> bool:
    return table.startswith("fence.")


@cache
def shipped() -> Classes:
    """Return the classes of this release."""
    return read((resources.files("velaurum.sql") / FILE).read_text("utf-8"))


def read(text: str) -> Classes:
    """Read a page of classes. tomllib.TOMLDecodeError or KeyError for what is none."""
    page = tomllib.loads(text)
    tables = {name: _table(name, said) for name, said in page.items() if name not in _CHAPTERS}
    return Classes(page["purposes"], page["categories"], page["subjects"], page["kept"], tables)


def _table(name: str, said: Mapping[str, Any]) -> Table:
    given = [(column, of_class) for word, of_class in _LISTED.items() for column in said.get(word, ())]
    personal = [Personal(column, PSEUDONYMS, column) for column in said.get(PSEUDONYMS, ())]
    for column, entry in said.get("personal", {}).items():
        given.append((column, "personal"))
        personal.append(Personal(column, entry.get("what", ""), entry.get("of", "")))
    unknown = tuple(sorted(said.keys() - _KEYS))
    return Table(name, tuple(given), tuple(personal), said.get("purpose"), said.get("kept"), unknown)
