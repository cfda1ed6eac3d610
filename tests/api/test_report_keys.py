"""Reports of stock that is told apart by lot, serial and status, each figure held to a book kept by hand (V-21)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from support.api_orgs import ApiOrg
from support.report_books import FORMATS, Book, Key, file, key, read, report
from support.stock_keys import BY_LOT, BY_SERIAL, lot, serial, tracked

OCCURRED = "2026-03-01T08:00:00Z"
COLUMNS = {
    "item": "item_code",
    "location": "location_code",
    "lot": "lot_code",
    "serial": "serial_code",
    "status": "status",
}
# What is chosen of a report that needs no item, and of one that needs it.
OF_ANY_ITEM: tuple[dict[str, str], ...] = (
    {},
    {"status": "quarantine"},
    {"status": "available", "location": "A"},
)
OF_AN_ITEM: tuple[dict[str, str], ...] = (
    {"item": "BOLT"},
    {"item": "BOLT", "status": "available"},
    {"item": "BOLT", "status": "blocked", "location": "A"},
    {"item": BY_LOT},
    {"item": BY_LOT, "location": "B"},
    {"item": BY_LOT, "lot": "L-1"},
    {"item": BY_LOT, "lot": "L-1", "status": "quarantine"},
    {"item": BY_LOT, "lot": "L-2", "location": "A", "status": "available"},
    {"item": BY_LOT, "status": "quarantine"},
    {"item": BY_SERIAL, "serial": "S-1"},
    {"item": BY_SERIAL, "serial": "S-2", "status": "quarantine"},
)


@pytest.fixture
def book(org: ApiOrg) -> Book:
    """Return a book of two lots, two serials and plain stock, in every status, moved, changed and taken back."""
    tracked(org)
    first, second = {"item": BY_LOT, "lot": "L-1"}, {"item": BY_LOT, "lot": "L-2"}
    pump, other = {"item": BY_SERIAL, "serial": "S-1"}, {"item": BY_SERIAL, "serial": "S-2"}
    for one in (first, second):
        lot(org, one["lot"], expires_on="2999-12-31")
    for one in (pump, other):
        serial(org, one["serial"])
    kept = Book(org)
    kept.post("receipt", "24", target="A")
    kept.post("receipt", "10", target="A", target_status="quarantine", occurred_at=OCCURRED, **first)
    kept.post("receipt", "5.5", target="A", **second)
    kept.post("receipt", "1", target="A", target_status="quarantine", **pump)
    kept.post("receipt", "1", target="B", **other)
    kept.post("status-change", "6", source="A", source_status="quarantine", reason="inspected", **first)
    kept.post("transfer", "3", source="A", source_status="quarantine", target="B", **first)
    kept.post("transfer", "2", source="A", target="B", **first)
    kept.post("issue", "0.5", source="B", **first)
    kept.post("status-change", "4", source="A", target_status="blocked", reason="dented")
    kept.post("status-change", "1", source="A", source_status="quarantine", reason="inspected", **pump)
    kept.post("transfer", "1", source="A", target="B", **pump)
    changed = kept.post("status-change", "1", source="B", target_status="quarantine", reason="leaks", **other)
    kept.reverse(changed)
    kept.post(
        "status-change",
        "1",
        source="B",
        source_status="quarantine",
        target_status="damaged",
        reason="torn",
        **first,
    )
    kept.post("scrap", "1", source="B", source_status="damaged", reason="torn", **first)
    kept.post("issue", "5.5", source="A", **second)
    kept.post("issue", "1", source="B", **pump)
    return kept


def _columns(chosen: Mapping[str, str]) -> dict[str, str]:
    return {COLUMNS[name]: value for name, value in chosen.items()}


def _query(chosen: Mapping[str, str], **more: Any) -> str:
    given = urlencode({**chosen, **more})
    return f"&{given}" if given else ""


def _held(rows: list[dict[str, Any]]) -> dict[Key, Decimal]:
    held = {key(one): Decimal(one["on_hand"]) for one in rows}
    assert len(held) == len(rows)
    return held


def test_the_book_tells_apart_what_the_ledger_does(book: Book) -> None:
    for entry in book.entries:
        for name, here in (("source", entry.source), ("target", entry.target)):
            side = entry.answer[name]
            assert side["code"] == here.place
            assert side["status"] in (None, here.status)


@pytest.mark.parametrize("chosen", OF_ANY_ITEM + OF_AN_ITEM, ids=urlencode)
def test_what_is_on_hand_is_of_whole_keys_at_every_size(
    org: ApiOrg, book: Book, chosen: dict[str, str]
) -> None:
    rows = report(org, "on-hand", _query(chosen))

    assert _held(rows) == book.on_hand(**_columns(chosen)) != {}
    for entry in book.entries:
        expected = book.on_hand(entry.index, **_columns(chosen))
        assert _held(report(org, "on-hand", _query(chosen, at_size=entry.index))) == expected


def test_a_row_has_the_ids_of_lots_and_serials_and_they_choose_without_an_item(
    org: ApiOrg, book: Book
) -> None:
    ids = {
        name: {one["code"]: one["id"] for one in org.get(f"/{name}s").json["data"]}
        for name in ("lot", "serial")
    }
    rows = report(org, "on-hand")

    for one in rows:
        for name in ("lot", "serial"):
            code = one[f"{name}_code"]
            assert one[f"{name}_id"] == (ids[name][code] if code else None)
    for name, code in (("lot", "L-1"), ("serial", "S-2")):
        of_it = [one for one in rows if one[f"{name}_code"] == code]
        assert report(org, "on-hand", f"&{name}={ids[name][code]}") == of_it != []
        of_it = [one for one in report(org, "movement-register") if one[f"{name}_code"] == code]
        assert report(org, "movement-register", f"&{name}={ids[name][code]}") == of_it != []
    in_march = report(org, "on-hand", f"&effective_as_of={OCCURRED}")
    assert _held(in_march) == {Key(BY_LOT, "A", "L-1", None, "quarantine"): Decimal(10)}
    assert book.entries


@pytest.mark.parametrize("chosen", OF_AN_ITEM, ids=urlencode)
def test_a_stock_card_is_right_for_each_whole_key(org: ApiOrg, book: Book, chosen: dict[str, str]) -> None:
    lines = report(org, "stock-card", _query(chosen))

    expected = list(book.legs(**_columns(chosen)))
    assert len(expected) > 0
    assert [
        (
            *(line["log_index"], key(line), Decimal(line["before"]), Decimal(line["after"])),
            Decimal(line["quantity_in"] or 0) - Decimal(line["quantity_out"] or 0),
            *(line["other_location_code"], line["other_status"]),
        )
        for line in lines
    ] == [
        (
            *(leg["entry"].index, leg["key"], leg["before"], leg["after"], leg["change"]),
            leg["other"].place,
            leg["other"].status if leg["other"].place in ("A", "B") else None,
        )
        for leg in expected
    ]
    first = book.entries[6]
    window = {"recorded_from": first.answer["recorded_at"]}
    later = [line for line in lines if line["log_index"] >= first.index]
    assert report(org, "stock-card", _query(chosen, **window)) == later


def test_a_change_of_status_is_two_steps_of_a_card_in_one_place(org: ApiOrg, book: Book) -> None:
    (changed,) = [one for one in book.entries if one.target.status == "blocked"]
    lines = [
        one
        for one in report(org, "stock-card", "&item=BOLT")
        if one["log_index"] == changed.answer["log_index"]
    ]

    names = ("location_code", "status", "before", "quantity_out", "quantity_in", "after", "other_status")
    assert [tuple(line[name] for name in names) for line in lines] == [
        ("A", "available", "24", "4", None, "20", "blocked"),
        ("A", "blocked", "0", None, "4", "4", "available"),
    ]


@pytest.mark.parametrize("chosen", OF_AN_ITEM, ids=urlencode)
def test_a_timeline_sums_what_is_not_chosen(org: ApiOrg, book: Book, chosen: dict[str, str]) -> None:
    rows = report(org, "timeline", _query(chosen))

    expected = book.steps(**_columns(chosen))
    assert [(one["log_index"], Decimal(one["change"]), Decimal(one["on_hand"])) for one in rows] == expected
    assert len(expected) > 0
    for name in ("location", "lot", "serial"):
        assert {one[f"{name}_code"] for one in rows} == {chosen.get(name)}
    assert {one["status"] for one in rows} == {chosen.get("status")}
    for entry in book.entries[3::4]:
        later = report(org, "timeline", _query(chosen, recorded_from=entry.answer["recorded_at"]))
        assert later == [one for one in rows if one["log_index"] >= entry.index]


def test_the_register_says_lot_serial_and_both_statuses(org: ApiOrg, book: Book) -> None:
    rows = report(org, "movement-register")

    names = ("lot_code", "serial_code", "source_code", "source_status", "target_code", "target_status")
    assert [(one["log_index"], *(one[name] for name in names)) for one in rows] == [
        (
            *(one.index, one.source.lot, one.source.serial),
            *(one.source.place, one.answer["source"]["seq"] and one.source.status),
            *(one.target.place, one.answer["target"]["seq"] and one.target.status),
        )
        for one in book.entries
    ]
    for query, column, code in ((f"&item={BY_LOT}&lot=L-2", "lot_code", "L-2"), ("", None, None)):
        chosen = [one for one in rows if column is None or one[column] == code]
        assert report(org, "movement-register", query) == chosen != []
    of_one = report(org, "movement-register", f"&item={BY_SERIAL}&serial=S-1&location=A")
    assert [one["kind"] for one in of_one] == ["receipt", "status-change", "transfer"]


@pytest.mark.parametrize("chosen", OF_ANY_ITEM + OF_AN_ITEM[4:], ids=urlencode)
def test_a_difference_is_between_whole_keys(org: ApiOrg, book: Book, chosen: dict[str, str]) -> None:
    sizes = [one.index for one in book.entries[1::3]] + [org.log_size()]
    found = 0
    for earlier in sizes:
        for later in (one for one in sizes if one >= earlier):
            was, became = (book.on_hand(size, **_columns(chosen)) for size in (earlier, later))
            rows = report(org, "difference", _query(chosen, from_size=earlier, at_size=later))
            found += len(rows)
            assert len({key(one) for one in rows}) == len(rows)
            assert {
                key(one): tuple(Decimal(one[name]) for name in ("before", "after", "change")) for one in rows
            } == {
                one: (was.get(one, 0), held, held - was.get(one, 0))
                for one, held in became.items()
                if held != was.get(one, 0)
            }
    assert found > 0


@pytest.mark.parametrize("name", ["on-hand", "difference"])
def test_a_page_ends_between_any_two_keys(org: ApiOrg, book: Book, name: str) -> None:
    size = book.entries[10].index
    path = f"/reports/{name}?at_size={size}" + ("&from_size=0" if name == "difference" else "")
    whole = org.get(f"{path}&limit=200").json["data"]
    rows, cursor = [], ""
    while cursor is not None:
        page = org.get(f"{path}&limit=1{cursor}").json
        rows += page["data"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"

    assert rows == whole
    assert [key(one) for one in rows] == [key(one) for one in sorted(rows, key=_order)]
    assert {key(one) for one in rows} == set(book.on_hand(size))


@pytest.mark.parametrize("form", FORMATS)
def test_files_have_the_columns_of_the_keys(org: ApiOrg, book: Book, form: str) -> None:
    pages = report(org, "stock-card", f"&item={BY_LOT}&lot=L-1")

    columns, rows = read(form, file(org, "stock-card", form, f"&item={BY_LOT}&lot=L-1").body)

    places = [columns.index(name) for name in ("lot_code", "status", "other_status")]
    assert [tuple(row[place] or None for place in places) for row in rows] == [
        (one["lot_code"], one["status"], one["other_status"]) for one in pages
    ]
    assert {row[places[1]] for row in rows} == {"available", "quarantine", "damaged"}
    assert book.entries


@pytest.mark.parametrize(
    ("query", "refused", "pointer"),
    [
        ("on-hand?lot=L-1", "unknown-reference", "lot"),
        (f"on-hand?item={BY_SERIAL}&lot=L-1", "unknown-reference", "lot"),
        (f"stock-card?item={BY_SERIAL}&serial=S-9", "unknown-reference", "serial"),
        (f"timeline?item={BY_LOT}&status=rotten", "invalid-field", "status"),
        ("difference?from_size=0&serial=S-1", "unknown-reference", "serial"),
        ("movement-register?status=blocked", "unknown-parameter", "status"),
        ("refusals?lot=L-1", "unknown-parameter", "lot"),
    ],
)
def test_what_is_no_part_of_a_key_is_refused(
    org: ApiOrg, book: Book, query: str, refused: str, pointer: str
) -> None:
    reply = org.get(f"/reports/{query}")

    assert (reply.refused, reply.pointers) == ((400, refused), [pointer]), reply
    assert book.entries


def _order(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what rows of stock keys are ordered by: their ids, what a key has not behind what it has."""
    last = "~"
    status = last if row["status"] == "available" else row["status"]
    return (row["item_id"], row["location_id"], row["lot_id"] or last, row["serial_id"] or last, status)
