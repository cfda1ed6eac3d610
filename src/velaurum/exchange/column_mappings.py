"""Column mappings: which column of somebody's file holds what, and how it is written. Said, never guessed."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import msgspec

from velaurum.errors import UsageError
from velaurum.ledger.intakes import NewMovement

REQUIRED_COLUMNS = ("kind", "item", "quantity")
# A guard and an approval are about one movement, not about a file.
COLUMNS = tuple(
    one.name for one in msgspec.structs.fields(NewMovement) if one.name not in ("guard", "approval")
)
LONGEST_QUOTE = 40
DELIMITERS = (",", ";", "\t", "|")
DECIMALS = ("point", "comma")
_WITH_COMMA = re.compile(r"-?[0-9]+(,[0-9]+)?")
_HAS_OFFSET = re.compile(r"(Z|[+-][0-9]{2}:?[0-9]{2})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What was said about a file. Without anything said it is read as the documentation describes it.

    `columns` names the file's column of a member of a movement, `constants` gives members the same value in each row.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    decimal: str = "point"
    date_format: str | None = None
    zone: str | None = None
    sheet: str | None = None

    def __post_init__(self) -> None:
        for name in (*self.columns, *self.constants):
            if name not in COLUMNS:
                raise UsageError(f"Movements have no {quoted(name)}; they have {', '.join(COLUMNS)}.")
            if name in self.columns and name in self.constants:
                raise UsageError(f"{name} is taken from a column and is a constant; leave one out.")
        if self.delimiter not in DELIMITERS:
            raise UsageError("The delimiter is a comma, a semicolon, a tab or a bar.")
        if self.decimal not in DECIMALS:
            raise UsageError("The decimal mark is named point or comma.")
        if self.date_format is not None and "%z" not in self.date_format and self.zone is None:
            raise UsageError(
                "Dates without an offset need a time zone; say --zone, for example Europe/Vienna."
            )
        _zone(self.zone)

    def with_flags(self, columns: Sequence[str], constants: Sequence[str], **said: str | None) -> Self:
        """Return the mapping with what flags say, which wins over the file of the mapping."""
        given = {name: value for name, value in said.items() if value is not None}
        return replace(
            self,
            columns={**self.columns, **_pairs("--map", columns)},
            constants={**self.constants, **_pairs("--set", constants)},
            **given,
        )


def read(path: Path) -> ColumnMapping:
    """Read the file of a mapping: TOML with [columns], [constants] and [reading]. UsageError names what to mend."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read as a mapping: {error}.") from error
    tables = {name: document.pop(name, {}) for name in ("columns", "constants", "reading")}
    settings = {one.name for one in fields(ColumnMapping)} - {"columns", "constants"}
    unknown = [*document, *(set(tables["reading"]) - settings if isinstance(tables["reading"], dict) else ())]
    if unknown:
        raise UsageError(f"{path} has {quoted(str(unknown[0]))}, which a mapping does not have.")
    for name, table in tables.items():
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise UsageError(f"[{name}] of {path} is a table of texts.")
    return ColumnMapping(tables["columns"], tables["constants"], **tables["reading"])


class Layout:
    """A mapping, laid over the columns that a file has."""

    def __init__(self, path: Path, mapping: ColumnMapping, columns: Sequence[str] | None) -> None:
        """Find each member's column; UsageError names what to mend. None is a file whose rows name their own."""
        self.mapping = mapping
        self.taken = {
            name: mapping.columns.get(name, name) for name in COLUMNS if name not in mapping.constants
        }
        self._zone = _zone(mapping.zone)
        if columns is not None:
            _check(path, mapping, self.taken, columns)

    def movement(
        self, cells: Mapping[str, str], flaws: Mapping[str, str]
    ) -> tuple[dict[str, str], str | None]:
        """Return the movement that cells ask for by their columns, and what is wrong with it.

        `flaws` says by their columns what the reader of the file found wrong with cells; an empty cell is no member.
        """
        asked: dict[str, str] = {}
        for name, column in self.taken.items():
            if column in flaws:
                return {}, f"{name}: {flaws[column]}"
            text = cells.get(column)
            if text:
                converted, fault = self._converted(name, text)
                if fault is not None:
                    return {}, f"{name}: {fault}"
                asked[name] = converted
        return {**asked, **self.mapping.constants}, None

    def _converted(self, name: str, text: str) -> tuple[str, str | None]:
        if name == "quantity" and self.mapping.decimal == "comma":
            if _WITH_COMMA.fullmatch(text) is None:
                return "", "It is not written with a decimal comma and nothing else, like 1234,5."
            return text.replace(",", "."), None
        if name == "occurred_at":
            return self._instant(text)
        return text, None

    def _instant(self, text: str) -> tuple[str, str | None]:
        pattern = self.mapping.date_format
        try:
            if pattern is not None:
                moment = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is put on below
            elif self._zone is not None and _HAS_OFFSET.search(text) is None:
                moment = datetime.fromisoformat(text)
            else:
                return text, None
        except ValueError:
            how = (
                f"It is not written like {pattern}."
                if pattern
                else "It is not written like 2026-03-01 08:00."
            )
            return "", how
        if moment.tzinfo is not None or self._zone is None:
            return moment.isoformat(), None
        return _on_clocks_of(self._zone, moment)


def quoted(text: str) -> str:
    """Show a piece of a file in a sentence: short, and with nothing in it that a terminal would obey."""
    return ascii(text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "...")


def _on_clocks_of(zone: tzinfo, moment: datetime) -> tuple[str, str | None]:
    """Refuse what clocks never showed, or showed twice: which instant it was cannot be known."""
    early, late = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        return "", f"Clocks of {zone} were set then; write it with its offset from UTC."
    try:
        early.astimezone(UTC)
    except OverflowError:
        return "", "There is no such day."
    return early.isoformat(), None


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(f"There is no time zone {quoted(name or '')}; one is Europe/Vienna.") from None


def _pairs(flag: str, said: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for one in said:
        name, separator, value = one.partition("=")
        if not separator or not value:
            raise UsageError(f"{flag} is written NAME=VALUE, not {quoted(one)}.")
        if name in pairs:
            raise UsageError(f"{flag} gives {quoted(name)} twice; leave one out.")
        pairs[name] = value
    return pairs


def _check(path: Path, mapping: ColumnMapping, taken: Mapping[str, str], found: Sequence[str]) -> None:
    mapped = [column for column in mapping.columns.values() if column not in found]
    if mapped:
        raise UsageError(f"{path.name} has no column {quoted(mapped[0])}; it has {_listed(found)}.")
    missing = [name for name in REQUIRED_COLUMNS if name in taken and taken[name] not in found]
    if missing:
        raise UsageError(
            f"{path.name} has no column {missing[0]}; its first row names {', '.join(COLUMNS)}.{_mend(found)}"
        )
    unknown = [name for name in found if name not in taken.values()]
    if unknown and not mapping.columns:
        raise UsageError(
            f"{path.name} has a column {quoted(unknown[0])}, which movements do not have; "
            f"they have {', '.join(COLUMNS)}. Say with --map which columns are meant."
        )
    for name in taken.values():
        if found.count(name) > 1:
            raise UsageError(f"{path.name} has the column {name} twice; leave one out.")


def _mend(found: Sequence[Any]) -> str:
    if len(found) == 1 and any(separator in found[0] for separator in ";\t|"):
        return " Separate the columns with commas. Or say with --delimiter what separates them."
    return ""


def _listed(found: Sequence[str]) -> str:
    shown = ", ".join(quoted(name) for name in found[:12])
    return shown + (" and more" if len(found) > 12 else "")  # noqa: PLR2004 - a sentence, no list
