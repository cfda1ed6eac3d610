"""Workbooks for tests: as a spreadsheet program writes them, and as no program ever would."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{_SHEET}.worksheet+xml"/>'
    f'<Override PartName="/{STRINGS}" ContentType="{_SHEET}.sharedStrings+xml"/>'
    "</Types>",
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Stock" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    STRINGS: f'<sst xmlns="{_MAIN}"/>',
}
HEADER = (
    "<row>"
    + "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("kind", "item", "quantity", "note"))
    + "</row>"
)


def write(
    path: Path, rows: Iterable[Sequence[Any]], *, sheet: str = "Stock", **more: Iterable[Sequence[Any]]
) -> None:
    """Write a workbook as a program would, with a sheet and more of them."""
    book = Workbook(write_only=True)
    for name, of_sheet in {sheet: rows, **more}.items():
        made = book.create_sheet(name)
        for row in of_sheet:
            made.append(row)
    book.save(path)


def pack(
    path: Path, parts: Mapping[str, str | Iterable[bytes]], *, packing: int = zipfile.ZIP_DEFLATED
) -> None:
    """Write an archive of these parts, over those that every workbook has; each is written as a stream."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in {**PARTS, **parts}.items():
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in [content.encode()] if isinstance(content, str) else content:
                    part.write(piece)


def sheet(*pieces: str | Iterable[bytes], before: str = "") -> Iterable[bytes]:
    """Yield the part of a sheet: its rows, in pieces."""
    yield f'{before}<worksheet xmlns="{_MAIN}"><sheetData>'.encode()
    for piece in pieces:
        yield from [piece.encode()] if isinstance(piece, str) else piece
    yield b"</sheetData></worksheet>"


def strings(*pieces: str | Iterable[bytes]) -> Iterable[bytes]:
    """Yield the part of shared strings, in pieces."""
    yield f'<sst xmlns="{_MAIN}">'.encode()
    for piece in pieces:
        yield from [piece.encode()] if isinstance(piece, str) else piece
    yield b"</sst>"
