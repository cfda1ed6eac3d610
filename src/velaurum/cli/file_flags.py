"""The flags that say how a file is to be read. What they do not say is as the documentation describes it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from velaurum.exchange import column_mappings
from velaurum.exchange.column_mappings import ColumnMapping

_FILE = Group("File", sort_key=8)


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class FileFlags:
    """Flags of commands that read somebody's file."""

    mapping_file: Annotated[
        Path | None,
        Parameter(
            name="--mapping", help="A TOML file that says what follows; a flag wins over it.", group=_FILE
        ),
    ] = None
    map_: Annotated[
        tuple[str, ...],
        Parameter(
            name="--map",
            help="NAME=COLUMN: take a member from this column.",
            group=_FILE,
            negative=(),
            show_default=False,
        ),
    ] = ()
    set_: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set",
            help="NAME=VALUE: the same in every row.",
            group=_FILE,
            negative=(),
            show_default=False,
        ),
    ] = ()
    delimiter: Annotated[
        str | None, Parameter(help="What separates the columns of CSV; a comma without it.", group=_FILE)
    ] = None
    decimal: Annotated[
        Literal["point", "comma"] | None, Parameter(help="The decimal mark of quantities.", group=_FILE)
    ] = None
    date_format: Annotated[
        str | None, Parameter(help="How dates are written, for example %d.%m.%Y %H:%M.", group=_FILE)
    ] = None
    zone: Annotated[
        str | None,
        Parameter(help="The time zone of dates without an offset, for example Europe/Vienna.", group=_FILE),
    ] = None
    sheet: Annotated[
        str | None, Parameter(help="The sheet of an XLSX file; its first without it.", group=_FILE)
    ] = None

    def mapping(self) -> ColumnMapping:
        """Return what was said. UsageError for what cannot be meant."""
        given = ColumnMapping() if self.mapping_file is None else column_mappings.read(self.mapping_file)
        return given.with_flags(
            self.map_,
            self.set_,
            delimiter=self.delimiter,
            decimal=self.decimal,
            date_format=self.date_format,
            zone=self.zone,
            sheet=self.sheet,
        )


FILE_FLAGS = FileFlags()
