"""What a department reads of reports: its own stock keys, and no side out of reach (V-21)."""

from support.departments import Departments
from support.report_books import file, read, report


def test_a_department_reads_what_it_reaches(stocked: Departments) -> None:
    across = stocked.org.movement(
        {"kind": "transfer", "item": "BOLT", "quantity": "1"}, source="S", target="N1"
    )
    north, first, south = (stocked.within(code) for code in ("NORTH", "NORTH-1", "SOUTH"))

    held = {one["location_code"]: one["on_hand"] for one in report(north, "on-hand")}
    assert held == {"N": "1", "N1": "3", "N2": "3"}
    assert [(one["location_code"], one["after"]) for one in report(first, "stock-card", "&item=BOLT")] == [
        ("N1", "2"),
        ("N1", "3"),
    ]
    (*_, line) = report(first, "stock-card", "&item=BOLT")
    assert (line["log_index"], line["other_location_code"]) == (across["log_index"], None)
    assert line["other_location_id"] == stocked.ids["S"]
    assert (line["status"], line["other_status"]) == ("available", None)
    (*_, line) = report(south, "movement-register")
    assert (line["target_id"], line["target_code"], line["target_on_hand"]) == (stocked.ids["N1"], None, None)
    assert (line["source_status"], line["target_status"]) == ("available", None)
    assert [one["on_hand"] for one in report(north, "timeline", "&item=BOLT")] == ["1", "3", "6", "7"]
    assert [one["on_hand"] for one in report(south, "timeline", "&item=BOLT")] == ["4", "3"]
    differs = report(south, "difference", f"&from_size={across['log_index']}")
    assert [(one["location_code"], one["change"]) for one in differs] == [("S", "-1")]
    assert first.get("/reports/stock-card?item=BOLT&location=S").refused == (400, "unknown-reference")
    # Twice a spreadsheet: whoever is refused one gives the turn to make it back.
    for form in ("", "?format=csv", "?format=xlsx", "?format=xlsx"):
        assert north.get(f"/reports/refusals{form}").refused == (403, "forbidden")
    columns, rows = read("csv", file(first, "on-hand", "csv").body)
    assert [row[columns.index("location_code")] for row in rows] == ["N1"]
