"""Column mappings: what was said is done, what was not said is not guessed, and what cannot be meant is refused."""

from pathlib import Path

import pytest

from velaurum.errors import UsageError
from velaurum.exchange import column_mappings
from velaurum.exchange.column_mappings import ColumnMapping, Layout

FILE = Path("stock.csv")
THEIRS = ["SKU", "Warehouse", "Qty", "Counted"]
MAPPING = ColumnMapping(
    {"item": "SKU", "target": "Warehouse", "quantity": "Qty", "occurred_at": "Counted"},
    {"kind": "opening"},
    decimal="comma",
    date_format="%d.%m.%Y %H:%M",
    zone="Europe/Vienna",
)


def asked(**cells: str) -> tuple[dict[str, str], str | None]:
    given = {"SKU": "BOLT", "Warehouse": "A", "Qty": "1", **cells}
    return Layout(FILE, MAPPING, THEIRS).movement(given, {})


def test_columns_constants_marks_and_dates_are_as_they_were_said() -> None:
    movement, fault = asked(Qty="1234,50", Counted="01.03.2026 08:00")

    assert fault is None
    assert movement == {
        "kind": "opening",
        "item": "BOLT",
        "target": "A",
        "quantity": "1234.50",
        "occurred_at": "2026-03-01T08:00:00+01:00",
    }


@pytest.mark.parametrize(
    "written", ["1.5", "1.234,5", "1 234,5", "1,", ",5", "1,5e3", "NaN", "1,5,", "\uff11,5"]
)
def test_a_quantity_in_another_writing_is_a_fault(written: str) -> None:
    _, fault = asked(Qty=written)

    assert fault is not None
    assert fault.startswith("quantity: ")


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T08:00:00",
        "1.3.26 8:00",
        "32.01.2026 08:00",
        "29.03.2026 02:30",  # clocks were set forward over it
        "25.10.2026 02:30",  # clocks showed it twice
    ],
)
def test_a_date_that_names_no_one_instant_is_a_fault(written: str) -> None:
    _, fault = asked(Counted=written)

    assert fault is not None
    assert fault.startswith("occurred_at: ")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-07-01 08:00", "2026-07-01T08:00:00+02:00"),
        ("2026-07-01", "2026-07-01T00:00:00+02:00"),
        ("2026-07-01T08:00:00Z", "2026-07-01T08:00:00Z"),
        ("2026-07-01T08:00:00-05:00", "2026-07-01T08:00:00-05:00"),
    ],
)
def test_a_zone_is_for_dates_without_an_offset(written: str, instant: str) -> None:
    layout = Layout(FILE, ColumnMapping(zone="Europe/Vienna"), None)

    assert layout.movement({"occurred_at": written}, {}) == ({"occurred_at": instant}, None)


def test_without_a_mapping_a_cell_stays_as_it_is() -> None:
    cells = {"kind": "issue", "quantity": "1,5", "occurred_at": "01.03.2026", "note": ""}

    movement, fault = Layout(FILE, ColumnMapping(), None).movement(cells, {})

    assert (movement, fault) == ({name: text for name, text in cells.items() if text}, None)


def test_a_mapping_is_read_from_its_file_and_flags_win(tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text(
        '[columns]\nitem = "SKU"\nquantity = "Qty"\n[constants]\nkind = "opening"\n'
        '[reading]\ndelimiter = ";"\ndecimal = "comma"\n'
    )

    mapping = column_mappings.read(file).with_flags(["item=Code"], ["note=a=b"], decimal="point", sheet=None)

    assert mapping.columns == {"item": "Code", "quantity": "Qty"}
    assert mapping.constants == {"kind": "opening", "note": "a=b"}
    assert (mapping.delimiter, mapping.decimal, mapping.sheet) == (";", "point", None)


REFUSED_FILES = {
    "no TOML": ("[columns", "cannot be read as a mapping"),
    "an unknown table": ("[colours]\n", "has 'colours'"),
    "an unknown setting": ('[reading]\nlocale = "de"\n', "has 'locale'"),
    "a number": ("[constants]\nquantity = 1\n", "[constants] of"),
    "an unknown member": ('[columns]\ncolour = "C"\n', "Movements have no 'colour'"),
    "both": ('[columns]\nitem = "SKU"\n[constants]\nitem = "BOLT"\n', "leave one out"),
    "a zone": ('[reading]\nzone = "Mars/Olympus"\n', "There is no time zone"),
    "a zone outside": ('[reading]\nzone = "../../etc/passwd"\n', "There is no time zone"),
    "no zone": ('[reading]\ndate_format = "%d.%m.%Y"\n', "need a time zone"),
    "a delimiter": ('[reading]\ndelimiter = "x"\n', "The delimiter is"),
    "a mark": ('[reading]\ndecimal = "apostrophe"\n', "The decimal mark"),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED_FILES.values(), ids=REFUSED_FILES)
def test_a_mapping_that_cannot_be_meant_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text(content)

    with pytest.raises(UsageError) as refused:
        column_mappings.read(file)

    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [(["item"], "is written NAME=VALUE"), (["item="], "is written"), (["item=A", "item=B"], "twice")],
)
def test_a_flag_that_cannot_be_meant_is_refused(flags: list[str], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        ColumnMapping().with_flags(flags, ())

    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["SKU", "Qty", "Counted"], "has no column 'Warehouse'"),
        (["SKU", "SKU", "Warehouse", "Qty", "Counted"], "has the column SKU twice"),
    ],
)
def test_a_file_that_a_mapping_does_not_fit_is_refused(columns: list[str], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        Layout(FILE, MAPPING, columns)

    assert sentence in str(refused.value)


def test_other_columns_are_passed_over_where_a_mapping_names_some() -> None:
    layout = Layout(FILE, MAPPING, [*THEIRS, "Colour", "", "", "Price", "Price"])

    movement, _ = layout.movement({"SKU": "BOLT", "Qty": "1", "Colour": "red"}, {"Price": "It is a formula."})

    assert movement == {"kind": "opening", "item": "BOLT", "quantity": "1"}
