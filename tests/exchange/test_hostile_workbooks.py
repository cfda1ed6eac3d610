"""Workbooks that mean harm: each is refused in a sentence, by a process that stays small."""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from pathlib import Path

import pytest

from support import workbooks
from support.reading_runs import MIB, MOST_RESIDENT_BYTES, read, run
from support.workbooks import HEADER, SHEET, STRINGS, sheet, strings


def packed(**parts: Iterable[bytes]) -> Callable[[Path], None]:
    named = {"sheet": SHEET, "strings": STRINGS, "styles": "xl/styles.xml", "book": "xl/workbook.xml"}
    return lambda path: workbooks.pack(path, {named[name]: part for name, part in parts.items()})


def zeros(size: int) -> Iterator[bytes]:
    return repeat(b"0" * MIB, size // MIB)


def bomb_of_entities(path: Path) -> None:
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    before = f'<!DOCTYPE x [<!ENTITY e0 "ha">{nested}]>'
    row = '<row><c t="inlineStr"><is><t>&e9;</t></is></c></row>'
    workbooks.pack(path, {SHEET: sheet(HEADER, row, before=before)})


def outside_entity(path: Path) -> None:
    before = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    workbooks.pack(path, {STRINGS: f"{before}<sst>&e;</sst>"})


def lying_size(path: Path) -> None:
    """Say of a part that it is small."""
    workbooks.pack(path, {SHEET: sheet(HEADER, zeros(64 * MIB))})
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert size in content
    path.write_bytes(content.replace(size, (1024).to_bytes(4, "little")))


def bomb_in_bomb(path: Path) -> None:
    """Put a whole bomb where the sheet is."""
    inner = path.with_suffix(".inner")
    workbooks.pack(inner, {SHEET: sheet(zeros(256 * MIB))})
    workbooks.pack(path, {SHEET: [inner.read_bytes()]})
    inner.unlink()


def many_parts(path: Path) -> None:
    workbooks.pack(path, {f"xl/media/{n}.bin": "" for n in range(3_000)})


def doubled_part(path: Path) -> None:
    workbooks.pack(path, {})
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(STRINGS, "<x/>")


HOSTILE_WORKBOOKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "hundreds of megabytes in one cell": (
        packed(sheet=sheet(HEADER, '<row><c t="inlineStr"><is><t>', zeros(384 * MIB), "</t></is></c></row>")),
        "a row or a text of more than 1 MiB",
    ),
    "hundreds of megabytes in one shared string": (
        packed(strings=strings("<si><t>", zeros(384 * MIB), "</t></si>")),
        "a row or a text of more than 1 MiB",
    ),
    "many shared strings": (
        packed(strings=strings(repeat(b"<si><t>a</t></si>" * 1000, 300))),
        "more than 250000 texts",
    ),
    "megabytes beside the rows": (
        packed(sheet=sheet(HEADER, repeat(b"<x>" + b" " * 1_000 + b"</x>" + HEADER.encode(), 24 * 1024))),
        "more than 16 MiB beside its rows",
    ),
    "a row within a row": (
        packed(sheet=sheet(HEADER, "<row>", repeat(b"<c/>" * 100_000 + b"<row/>", 50), "</row>")),
        "a row within a row",
    ),
    "a million columns": (
        packed(sheet=sheet("<row>", repeat(b"<c><v>1</v></c>" * 1000, 1000), "</row>")),
        "a row or a text of more than 1 MiB",
    ),
    "columns beyond the last": (
        packed(sheet=sheet('<row><c r="ZZZ1"><v>1</v></c></row>')),
        "has no column kind",
    ),
    "hundreds of megabytes of styles": (packed(styles=zeros(384 * MIB)), "has more than 8 MiB"),
    "gigabytes of names": (
        packed(book=[b"<workbook>", b" " * MIB * 64, b"</workbook>"]),
        "has more than 8 MiB",
    ),
    "entities": (bomb_of_entities, "declares entities"),
    "an entity of another file": (outside_entity, "declares entities"),
    "a size that is a lie": (lying_size, "cannot be read as XLSX"),
    "a bomb in a bomb": (bomb_in_bomb, "is no XML"),
    "very many parts": (many_parts, "more than 2000 parts"),
    "a part twice": (doubled_part, "one of them twice"),
    "half an archive": (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(100)) and None, "BadZipFile"),
    "an archive of nothing": (lambda path: zipfile.ZipFile(path, "w").close(), "KeyError"),
}


@pytest.mark.parametrize(("write", "sentence"), HOSTILE_WORKBOOKS.values(), ids=HOSTILE_WORKBOOKS)
def test_a_hostile_workbook_is_refused_in_little_memory(
    tmp_path: Path, write: Callable[[Path], None], sentence: str
) -> None:
    file = tmp_path / "stock.xlsx"
    write(file)

    ended = run(file)

    assert sentence in ended.refused
    assert ended.rows == 0
    assert ended.peak_bytes < MOST_RESIDENT_BYTES


def test_another_packing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "stock.xlsx"
    workbooks.pack(file, {SHEET: sheet(HEADER)}, packing=zipfile.ZIP_LZMA)

    assert "in a way that spreadsheets are not" in run(file).refused


def test_a_row_that_says_it_is_the_last_of_all_ends_the_reading(tmp_path: Path) -> None:
    file = tmp_path / "stock.xlsx"
    row = '<row r="{}"><c t="inlineStr"><is><t>receipt</t></is></c></row>'
    workbooks.pack(file, {SHEET: sheet(HEADER, row.format(5), row.format(10**15))})

    (only,) = read(file)

    assert only.place == "5"
