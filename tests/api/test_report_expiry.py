"""What expires, by the last days of lots as the log knew them, over HTTP (V-21)."""

from datetime import date, timedelta
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.report_books import FORMATS, file, read, report
from support.stock_keys import BY_LOT, lot, tracked

ON = date(2031, 3, 1)
SOON, LATER, GONE = (str(ON + timedelta(days=days)) for days in (10, 400, -1))


@pytest.fixture
def kept(org: ApiOrg) -> ApiOrg:
    """Return an organisation with four lots of milk: one of them expired, one without a day, one used up; and bolts."""
    tracked(org)
    org.movement(RECEIPT)
    for code, day in (("LATER", LATER), ("SOON", SOON), ("GONE", GONE), ("NEVER", None), ("USED", SOON)):
        lot(org, code, **({"expires_on": day} if day else {}))
        org.movement(RECEIPT, item=BY_LOT, lot=code, quantity="8")
    org.movement(ISSUE, item=BY_LOT, lot="USED", quantity="8")
    org.movement(
        {"kind": "status-change", "item": BY_LOT, "lot": "SOON", "quantity": "3", "source": "A"},
        target_status="blocked",
        reason="dented",
    )
    org.movement(
        {"kind": "transfer", "item": BY_LOT, "lot": "LATER", "quantity": "1.5"}, source="A", target="B"
    )
    return org


def _expiry(org: ApiOrg, query: str = "") -> list[tuple[Any, ...]]:
    """Return the rows, read three at a time: lot, place, status, last day, days left and what is there."""
    names = ("lot_code", "location_code", "status", "expires_on", "days_left", "on_hand")
    return [tuple(one[name] for name in names) for one in report(org, "expiry", f"&on={ON}{query}")]


def test_what_expires_first_is_first_with_the_days_that_are_left(kept: ApiOrg) -> None:
    everything = _expiry(kept)

    assert everything == [
        ("GONE", "A", "available", GONE, -1, "8"),
        ("SOON", "A", "blocked", SOON, 10, "3"),
        ("SOON", "A", "available", SOON, 10, "5"),
        ("LATER", "A", "available", LATER, 400, "6.5"),
        ("LATER", "B", "available", LATER, 400, "1.5"),
    ]
    (first, *_) = report(kept, "expiry", f"&on={ON}")
    assert first["lot_id"] == kept.get(f"/lots?item={BY_LOT}").json["data"][2]["id"]
    assert (first["item_code"], first["unit"], first["location_id"]) == (BY_LOT, "EA", kept.ids["A"])
    for query, chosen in (
        (f"&expires_before={LATER}", everything[:3]),
        (f"&expires_before={SOON}", everything[:1]),
        (f"&item={BY_LOT}&lot=SOON", everything[1:3]),
        ("&location=B", everything[4:]),
        ("&status=blocked", everything[1:2]),
        ("&item=BOLT", []),
    ):
        assert _expiry(kept, query) == chosen
    assert [one["days_left"] for one in report(kept, "expiry", f"&on={SOON}")] == [-11, 0, 0, 390, 390]


def test_a_corrected_day_is_of_the_sizes_after_it(kept: ApiOrg) -> None:
    size, before = kept.log_size(), _expiry(kept)
    path = f"/lots/{report(kept, 'expiry', f'&on={ON}')[0]['lot_id']}"
    assert kept.patch(path, {"expires_on": str(ON)}, '"v1"').status == 200
    corrected = kept.log_size()
    assert kept.patch(path, {"expires_on": ""}, '"v2"').status == 200

    assert _expiry(kept, f"&at_size={size}") == before
    assert _expiry(kept, f"&at_size={corrected}")[0] == ("GONE", "A", "available", str(ON), 0, "8")
    assert _expiry(kept) == before[1:]


def test_pages_end_between_any_two_rows_and_files_are_the_same_bytes(kept: ApiOrg) -> None:
    path, size = f"/reports/expiry?on={ON}", kept.log_size()
    whole = kept.get(path).json
    files = {form: file(kept, "expiry", form, f"&on={ON}").body for form in FORMATS}
    first = kept.get(f"{path}&limit=1").json
    kept.movement(RECEIPT, item=BY_LOT, lot="GONE", quantity="1")

    rows, cursor = first["data"], first["next_cursor"]
    while cursor is not None:
        page = kept.get(f"{path}&limit=1&cursor={cursor}").json
        rows, cursor = rows + page["data"], page["next_cursor"]
    assert rows == whole["data"]
    for form, octets in files.items():
        assert file(kept, "expiry", form, f"&on={ON}&at_size={size}").body == octets
        columns, lines = read(form, octets)
        assert columns == list(rows[0])
        days = columns.index("days_left")
        assert [int(line[days]) for line in lines] == [one["days_left"] for one in rows]


@pytest.mark.parametrize(
    ("query", "refused", "pointer"),
    [
        ("", "invalid-field", "on"),
        ("on=tomorrow", "invalid-field", "on"),
        ("on=2031-02-30", "invalid-field", "on"),
        ("on=2031-03-01&expires_before=1", "invalid-field", "expires_before"),
        ("on=2031-03-01&lot=SOON", "unknown-reference", "lot"),
        ("on=2031-03-01&serial=S-1", "unknown-parameter", "serial"),
        ("on=2031-03-01&effective_as_of=2026-01-01T00:00:00Z", "unknown-parameter", "effective_as_of"),
    ],
)
def test_what_no_day_is_is_refused(org: ApiOrg, query: str, refused: str, pointer: str) -> None:
    reply = org.get(f"/reports/expiry?{query}")

    assert (reply.refused, reply.pointers) == ((400, refused), [pointer]), reply
