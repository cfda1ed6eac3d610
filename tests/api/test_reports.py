"""Reports over HTTP, each figure held to a book that is kept by hand (V-21)."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.report_books import Book, Key, key, report

REPORTS = (
    "on-hand",
    "stock-card?item=BOLT",
    "movement-register",
    "refusals",
    "timeline?item=BOLT",
    "difference?from_size=0",
)
OCCURRED = "2026-03-01T08:00:00Z"
LONG_AGO = "2026-02-28T00:00:00Z"


@pytest.fixture
def book(org: ApiOrg) -> Book:
    """Return a book of two items at two places, with every kind of step that a stock key makes."""
    org.item("NUT", unit="KGM")
    kept = Book(org)
    kept.post("receipt", "24", target="A", reference="PO-1881", note="left at gate 4")
    kept.post("receipt", "2.5", target="B", item="NUT", occurred_at=OCCURRED)
    kept.post("transfer", "10", source="A", target="B")
    kept.post("issue", "0.25", source="B", item="NUT")
    kept.post("adjustment", "3", source="B", reason="counted")
    kept.post("scrap", "1.000000001", source="A", reason="corroded")
    kept.post("transfer", "7", source="B", target="A")
    return kept


def _held(rows: list[dict[str, Any]]) -> dict[Key, Decimal]:
    return {key(one): Decimal(one["on_hand"]) for one in rows}


def test_what_is_on_hand_is_what_the_book_says_at_every_size(org: ApiOrg, book: Book) -> None:
    assert _held(report(org, "on-hand")) == book.on_hand()
    for entry in book.entries:
        assert _held(report(org, "on-hand", f"&at_size={entry.index}")) == book.on_hand(entry.index)
        as_of = entry.answer["recorded_at"]
        assert _held(report(org, "on-hand", f"&as_of={as_of}")) == book.on_hand(entry.index + 1)
    units = {(one["item_code"], one["unit"]) for one in report(org, "on-hand")}
    assert units == {("BOLT", "EA"), ("NUT", "KGM")}


def test_what_is_on_hand_is_chosen_by_item_place_and_what_had_happened(org: ApiOrg, book: Book) -> None:
    of_nuts, at_a = report(org, "on-hand", "&item=NUT"), report(org, "on-hand", "&location=A")
    in_march = report(org, "on-hand", f"&effective_as_of={OCCURRED}")

    assert _held(of_nuts) == book.on_hand(item_code="NUT")
    assert _held(at_a) == book.on_hand(location_code="A")
    assert _held(in_march) == {Key("NUT", "B"): Decimal("2.5")}
    assert report(org, "on-hand", f"&effective_as_of={LONG_AGO}") == []


@pytest.mark.parametrize("place", [None, "A", "B"])
def test_a_stock_card_has_each_step_with_before_and_after(org: ApiOrg, book: Book, place: str | None) -> None:
    lines = report(org, "stock-card", "&item=BOLT" + (f"&location={place}" if place else ""))

    expected = list(book.legs(item_code="BOLT", **({"location_code": place} if place else {})))
    assert len(lines) == len(expected) > 2
    for line, leg in zip(lines, expected, strict=True):
        answer, side = leg["entry"].answer, "source" if leg["change"] < 0 else "target"
        moved = {"quantity_in": None, "quantity_out": None}
        moved["quantity_out" if side == "source" else "quantity_in"] = answer["quantity"]
        assert line == {
            "log_index": answer["log_index"],
            "movement_id": answer["id"],
            "kind": leg["entry"].kind,
            "item_id": org.ids["BOLT"],
            "item_code": "BOLT",
            "unit": "EA",
            "location_id": org.ids[leg["key"].place],
            "location_code": leg["key"].place,
            **{f"{part}_{name}": None for part in ("lot", "serial") for name in ("id", "code")},
            "status": "available",
            "seq": answer[side]["seq"],
            "before": _text(leg["before"]),
            "after": _text(leg["after"]),
            **moved,
            "other_location_id": answer["target" if side == "source" else "source"]["id"],
            "other_location_code": leg["other"].place,
            "other_status": answer["target" if side == "source" else "source"]["status"],
            **{name: answer[name] for name in ("occurred_at", "recorded_at", "reason", "note", "reference")},
            **{f"actor_{name}": value for name, value in answer["actor"].items()},
            **{name: answer[name] for name in ("reverses", "idempotency_key", "leaf_hash")},
            "unavailable": None,
            "restricted": None,
        }


def test_a_stock_card_is_of_a_window(org: ApiOrg, book: Book) -> None:
    first, last = book.entries[2], book.entries[5]
    window = f"&recorded_from={first.answer['recorded_at']}&recorded_to={last.answer['recorded_at']}"

    lines = report(org, "stock-card", f"&item=BOLT{window}")

    chosen = [leg for leg in book.legs(item_code="BOLT") if first.index <= leg["entry"].index < last.index]
    assert [(one["log_index"], Decimal(one["before"])) for one in lines] == [
        (leg["entry"].index, leg["before"]) for leg in chosen
    ]


def test_the_register_has_every_movement_as_the_list_has_it(org: ApiOrg, book: Book) -> None:
    org.post(f"/movements/{book.entries[-1].answer['id']}/reversal", {"reason": "mistake"})

    lines, listed = report(org, "movement-register"), org.get("/movements").json["data"]

    assert lines == [_line(one) for one in reversed(listed)]
    assert len(lines) == len(book.entries) + 1
    by_index = [one.index for one in book.entries]
    assert [one["log_index"] for one in lines[:-1]] == by_index
    for query, kind in (("&kind=transfer", {"transfer"}), ("&item=NUT", {"receipt", "issue"})):
        found = report(org, "movement-register", query)
        assert {one["kind"] for one in found} == kind
        assert len(found) == 2
    assert report(org, "movement-register", f"&at_size={by_index[3]}") == lines[:3]
    assert report(org, "movement-register", f"&effective_as_of={OCCURRED}") == [lines[1]]


def test_refusals_say_who_was_refused_what(org: ApiOrg, book: Book) -> None:
    before = datetime.now(UTC).isoformat()
    short = org.move({"kind": "issue", "item": "BOLT", "quantity": "999", "source": "A"}, key="too-much")
    stale = org.move({**RECEIPT, "guard": {"target_on_hand": "5"}}, key="stale")
    assert (short.code, stale.code) == ("insufficient-stock", "stale-guard")
    assert report(org, "refusals", f"&decided_from={before.replace('+', '%2B')}") == []

    size = book.post("receipt", "1", target="A").index + 1
    found = report(org, "refusals", f"&at_size={size}")

    assert [(one["code"], one["idempotency_key"]) for one in found] == [
        ("insufficient-stock", "too-much"),
        ("stale-guard", "stale"),
    ]
    assert [(one["available"], one["on_hand"]) for one in found] == [
        (short.json["available"], None),
        (None, stale.json["on_hand"]),
    ]
    storekeeper = org.get("/me", role="storekeeper").json["principal"]["id"]
    assert {(one["actor_id"], one["actor_kind"], one["actor_name"]) for one in found} == {
        (storekeeper, "service", "storekeeper")
    }
    assert [one["request_id"] for one in found] == [one.headers["x-request-id"] for one in (short, stale)]
    assert report(org, "refusals", "&code=stale-guard") == found[1:]
    assert report(org, "refusals", f"&actor={storekeeper}") == found
    assert report(org, "refusals", f"&at_size={size - 1}") == []


@pytest.mark.parametrize("place", [None, "A", "B"])
def test_a_timeline_steps_where_what_is_on_hand_changes(org: ApiOrg, book: Book, place: str | None) -> None:
    steps = report(org, "timeline", "&item=BOLT" + (f"&location={place}" if place else ""))

    expected = book.steps(item_code="BOLT", **({"location_code": place} if place else {}))
    assert [(one["log_index"], Decimal(one["change"]), Decimal(one["on_hand"])) for one in steps] == expected
    assert {one["location_code"] for one in steps} == {place}
    later = report(org, "timeline", f"&item=BOLT&recorded_from={book.entries[3].answer['recorded_at']}")
    assert [one["on_hand"] for one in later] == [
        _text(value) for index, _, value in book.steps(item_code="BOLT") if index >= book.entries[3].index
    ]


def test_a_difference_is_what_the_book_says_between_two_sizes(org: ApiOrg, book: Book) -> None:
    sizes = [one.index for one in book.entries] + [book.entries[-1].index + 1]
    for earlier in sizes:
        for later in (one for one in sizes if one >= earlier):
            was, became = book.on_hand(earlier), book.on_hand(later)
            rows = report(org, "difference", f"&from_size={earlier}&at_size={later}")
            assert {
                key(one): tuple(Decimal(one[name]) for name in ("before", "after", "change")) for one in rows
            } == {
                one: (was.get(one, 0), held, held - was.get(one, 0))
                for one, held in became.items()
                if held != was.get(one, 0)
            }


def test_a_difference_says_both_sizes(org: ApiOrg, book: Book) -> None:
    first, last = book.entries[1], book.entries[-1]
    query = f"from_as_of={first.answer['recorded_at']}&as_of={last.answer['recorded_at']}"

    answer = org.get(f"/reports/difference?{query}").json

    assert answer["since"] == {
        "recorded_at": first.answer["recorded_at"],
        "log_size": first.index + 1,
    }
    assert answer["as_of"] == {"recorded_at": last.answer["recorded_at"], "log_size": last.index + 1}
    by_size = org.get(f"/reports/difference?from_size={first.index + 1}&at_size={last.index + 1}").json
    assert answer["data"] == by_size["data"]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_of_one_size_and_its_pages_go_on_at_that(org: ApiOrg, book: Book, name: str) -> None:
    path = f"/reports/{name}{'&' if '?' in name else '?'}"
    present = org.get(path[:-1]).json
    first = org.get(f"{path}limit=1").json
    book.post("receipt", "5", target="A")
    book.post("receipt", "5", target="B", item="NUT")

    assert first["as_of"] == present["as_of"]
    rows, cursor = first["data"], first["next_cursor"]
    while cursor is not None:
        page = org.get(f"{path}limit=1&cursor={cursor}").json
        assert page["as_of"] == present["as_of"]
        rows += page["data"]
        cursor = page["next_cursor"]
    assert rows == present["data"]
    size = present["as_of"]["log_size"]
    again = org.get(f"{path}at_size={size}").json
    assert again["as_of"] == {"recorded_at": None, "log_size": size}
    assert again["data"] == present["data"]


@pytest.mark.parametrize(
    ("query", "refused", "pointer"),
    [
        ("on-hand?colour=red", "unknown-parameter", "colour"),
        ("on-hand?item=NOPE", "unknown-reference", "item"),
        ("on-hand?format=pdf", "invalid-field", "format"),
        ("on-hand?format=csv&limit=5", "invalid-field", "limit"),
        ("on-hand?at_size=99999", "invalid-field", "at_size"),
        ("stock-card", "invalid-field", "item"),
        ("stock-card?item=BOLT&effective_as_of=2026-01-01T00:00:00Z", "unknown-parameter", "effective_as_of"),
        ("movement-register?recorded_from=today", "invalid-field", "recorded_from"),
        ("movement-register?actor=ada", "unknown-reference", "actor"),
        ("refusals?decided_to=1", "invalid-field", "decided_to"),
        ("difference", "invalid-field", "from_size"),
        ("difference?from_size=1&from_as_of=2026-01-01T00:00:00Z", "invalid-field", "from_size"),
        ("difference?from_size=3&at_size=2", "invalid-field", "from_size"),
        ("difference?from_as_of=2999-01-01T00:00:00Z", "invalid-field", "from_as_of"),
    ],
)
def test_what_no_report_can_be_is_refused(org: ApiOrg, query: str, refused: str, pointer: str) -> None:
    reply = org.get(f"/reports/{query}")

    assert (reply.refused, reply.pointers) == ((400, refused), [pointer]), reply


def test_no_parameter_of_a_report_takes_what_no_text_has(org: ApiOrg) -> None:
    paths = org.client.get("/openapi.json").json["paths"]
    needed = {"item": "BOLT", "on": "2026-11-30", "from_size": "0"}
    of = defaultdict(str, from_as_of="from_size")
    refused = 0
    for path, operations in paths.items():
        _, of_reports, name = path.partition("{org}/reports/")
        for one in operations["get"]["parameters"] if of_reports else ():
            if one["in"] == "query":
                names = {each["name"] for each in operations["get"]["parameters"]} - {
                    one["name"],
                    of[one["name"]],
                }
                query = "&".join(f"{each}={needed[each]}" for each in sorted(names & needed.keys()))
                for text in ("a%00b", "stale-guard%0A", "%00"):
                    reply = org.get(f"/reports/{name}?{one['name']}={text}&{query}")
                    assert (reply.status, reply.pointers) == (400, [one["name"]]), (path, reply)
                    refused += 1
    assert refused > 100


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _line(movement: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in movement.items() if not isinstance(value, dict | list)}
    for name in ("id", "lot", "serial"):
        flat.pop(name, None)
    for side in ("source", "target", "actor", "item"):
        flat |= {f"{side}_{name}": value for name, value in movement[side].items()}
    for part in ("lot", "serial"):
        of = movement[part] or {"id": None, "code": None}
        flat |= {f"{part}_{name}": value for name, value in of.items()}
    return {**flat, "movement_id": movement["id"], "unavailable": None, "restricted": None}
