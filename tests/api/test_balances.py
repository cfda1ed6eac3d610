"""Balances over HTTP: what is on hand now, and at every instant of both clocks, to the microsecond."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg

UNKNOWN_ID = "019a9f00-0000-7000-8000-000000000000"
MICROSECOND = timedelta(microseconds=1)


def at(instant: str, shift: timedelta = timedelta()) -> str:
    moved = datetime.fromisoformat(instant) + shift
    return moved.isoformat(timespec="microseconds").replace("+00:00", "Z")


def stock(org: ApiOrg, query: str = "") -> dict[tuple[str | None, str | None], str]:
    """Balances by the codes of item and location; a side that was summed over is None."""
    reply = org.get(f"/balances?limit=200{query}")
    assert reply.status == 200, reply
    return {
        tuple(one[side] and one[side]["code"] for side in ("item", "location")): one["on_hand"]
        for one in reply.json["data"]
    }


def test_an_organisation_without_movements_has_no_balance(org: ApiOrg) -> None:
    reply = org.get("/balances")

    assert (reply.status, reply.json["data"], reply.json["next_cursor"]) == (200, [], None)
    assert reply.json["as_of"]["log_size"] == org.log_size()


def test_a_balance_is_answered_with_both_sides(org: ApiOrg) -> None:
    org.movement(RECEIPT)

    assert org.get("/balances").json["data"] == [
        {
            "item": {"id": org.ids["BOLT"], "code": "BOLT"},
            "location": {"id": org.ids["A"], "code": "A"},
            "lot": None,
            "serial": None,
            "status": "available",
            "on_hand": "24",
            "reserved": "0",
            "available": "24",
        }
    ]


def test_an_emptied_location_is_there_with_zero(org: ApiOrg) -> None:
    org.movement(RECEIPT)
    org.movement(ISSUE, quantity="24")

    assert stock(org) == {("BOLT", "A"): "0"}


def test_balances_are_chosen_by_item_and_location_and_summed_by_either(org: ApiOrg) -> None:
    org.item("NUT")
    org.movement(RECEIPT, quantity="1")
    org.movement(RECEIPT, quantity="2", target="B")
    org.movement(RECEIPT, quantity="4.5", item="NUT")

    assert stock(org) == {("BOLT", "A"): "1", ("BOLT", "B"): "2", ("NUT", "A"): "4.5"}
    assert stock(org, "&item=NUT") == {("NUT", "A"): "4.5"}
    assert stock(org, f"&item={org.ids['BOLT']}&location=B") == {("BOLT", "B"): "2"}
    assert stock(org, "&location=A") == {("BOLT", "A"): "1", ("NUT", "A"): "4.5"}
    assert stock(org, "&group_by=item") == {("BOLT", None): "3", ("NUT", None): "4.5"}
    assert stock(org, "&group_by=location") == {(None, "A"): "5.5", (None, "B"): "2"}
    assert stock(org, "&group_by=item&location=B") == {("BOLT", None): "2"}
    assert stock(org, "&item=NUT&location=B") == {}
    assert stock(org, "&location=SUPPLIER") == {}


def test_as_of_includes_its_own_microsecond_and_not_the_next(org: ApiOrg) -> None:
    first = org.movement(RECEIPT)["recorded_at"]
    second = org.movement(ISSUE)["recorded_at"]

    assert org.on_hand(query=f"&as_of={at(first, -MICROSECOND)}") is None
    assert org.on_hand(query=f"&as_of={first}") == "24"
    assert org.on_hand(query=f"&as_of={at(second, -MICROSECOND)}") == "24"
    assert org.on_hand(query=f"&as_of={second}") == "23"
    assert org.on_hand(query="&as_of=1999-12-31T23:59:59Z") is None


def test_the_answer_says_which_state_it_speaks_of(org: ApiOrg) -> None:
    size = org.log_size()
    first = org.movement(RECEIPT)["recorded_at"]
    second = org.movement(ISSUE)["recorded_at"]

    assert org.get("/balances").json["as_of"] == {"recorded_at": second, "log_size": size + 2}
    assert org.get(f"/balances?as_of={first}").json["as_of"] == {"recorded_at": first, "log_size": size + 1}
    assert org.get("/balances?at_size=1").json["as_of"] == {"recorded_at": None, "log_size": 1}


def test_every_log_size_can_be_read(org: ApiOrg) -> None:
    born = org.log_size()
    for _ in range(3):
        org.movement(RECEIPT)

    sizes = range(born, born + 4)
    assert [org.on_hand(query=f"&at_size={size}") for size in sizes] == [None, "24", "48", "72"]
    assert [org.on_hand(query=f"&at_size={size}") for size in range(born)] == [None] * born
    assert org.get(f"/balances?at_size={born + 4}").refused == (400, "invalid-field")


def test_effective_as_of_counts_what_had_happened_by_then(org: ApiOrg) -> None:
    org.movement(RECEIPT, occurred_at="2026-01-02T12:00:00Z")
    org.movement(RECEIPT, quantity="5", occurred_at="2026-01-01T12:00:00.000001Z")

    assert org.on_hand(query="&effective_as_of=2026-01-01T12:00:00Z") is None
    assert org.on_hand(query="&effective_as_of=2026-01-01T12:00:00.000001Z") == "5"
    assert org.on_hand(query="&effective_as_of=2026-01-02T11:59:59.999999Z") == "5"
    assert org.on_hand(query="&effective_as_of=2026-01-02T12:00:00Z") == "29"


def test_both_clocks_together_tell_what_was_known_then_of_what_had_happened(org: ApiOrg) -> None:
    size = org.log_size()
    known = org.movement(RECEIPT, occurred_at="2026-01-02T00:00:00Z")["recorded_at"]
    learned = org.movement(RECEIPT, quantity="5", occurred_at="2026-01-01T00:00:00Z")["recorded_at"]
    then = "&effective_as_of=2026-01-01T06:00:00Z"

    assert org.on_hand(query=f"&as_of={known}{then}") is None
    assert org.on_hand(query=f"&as_of={learned}{then}") == "5"
    assert org.on_hand(query=f"&at_size={size + 1}{then}") is None
    assert org.on_hand(query=f"&at_size={size + 2}{then}") == "5"


def test_sums_follow_both_clocks(org: ApiOrg) -> None:
    first = org.movement(RECEIPT, occurred_at="2026-01-02T00:00:00Z")["recorded_at"]
    org.movement(RECEIPT, target="B", occurred_at="2026-01-01T00:00:00Z")

    assert stock(org, f"&group_by=item&as_of={first}") == {("BOLT", None): "24"}
    assert stock(org, "&group_by=location&effective_as_of=2026-01-01T00:00:00Z") == {(None, "B"): "24"}


def test_an_instant_may_have_any_offset(org: ApiOrg) -> None:
    recorded = org.movement(RECEIPT)["recorded_at"]
    shifted = at(recorded, timedelta(hours=2)).replace("Z", "%2B02:00")

    assert org.on_hand(query=f"&as_of={shifted}") == "24"


def test_a_past_answer_never_changes(org: ApiOrg) -> None:
    org.movement(RECEIPT)
    instant = org.movement(ISSUE)["recorded_at"]
    before = org.get(f"/balances?as_of={instant}").json

    org.movement(RECEIPT, occurred_at="2020-01-01T00:00:00Z")

    assert org.get(f"/balances?as_of={instant}").json == before


def test_the_present_can_be_asked_for_by_its_instant(org: ApiOrg) -> None:
    recorded = org.movement(RECEIPT)["recorded_at"]

    assert org.on_hand(query=f"&as_of={max(recorded, at(datetime.now(UTC).isoformat()))}") == "24"


def test_as_of_in_the_future_is_refused(org: ApiOrg) -> None:
    later = at((datetime.now(UTC) + timedelta(minutes=1)).isoformat())

    reply = org.get(f"/balances?as_of={later}")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["as_of"])


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("as_of=yesterday", "as_of"),
        ("as_of=2026-01-01T00:00:00", "as_of"),
        ("as_of=2026-01-01T00:00:00+02:00", "as_of"),
        ("as_of=2026-01-01T00:00:00Z%00", "as_of"),
        ("as_of=", "as_of"),
        ("effective_as_of=2016-12-31T23:59:60Z", "effective_as_of"),
        ("effective_as_of=now", "effective_as_of"),
        ("at_size=-1", "at_size"),
        ("at_size=one", "at_size"),
        ("at_size=1.0", "at_size"),
        ("at_size=99999999999999999999", "at_size"),
        ("as_of=2026-01-01T00:00:00Z&at_size=0", "at_size"),
        ("group_by=lot", "group_by"),
        ("group_by=", "group_by"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(org: ApiOrg, query: str, pointer: str) -> None:
    reply = org.get(f"/balances?{query}")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [pointer])


@pytest.mark.parametrize("parameter", ["item", "location", "lot", "serial"])
@pytest.mark.parametrize("reference", ["NOPE", UNKNOWN_ID, "", "%00", "%ED%A0%80", "x" * 5_000])
def test_an_unknown_reference_is_named(org: ApiOrg, parameter: str, reference: str) -> None:
    reply = org.get(f"/balances?{parameter}={reference}")

    assert (reply.refused, reply.pointers) == ((400, "unknown-reference"), [parameter])


@pytest.mark.parametrize(("parameter", "code"), [("item", "BOLT"), ("location", "A")])
def test_a_foreign_reference_is_answered_as_an_unknown_one(
    org: ApiOrg, other_org: ApiOrg, parameter: str, code: str
) -> None:
    answers: list[Any] = [
        org.get(f"/balances?{parameter}={one}").json for one in (UNKNOWN_ID, other_org.ids[code])
    ]

    assert answers[0] | {"request_id": ""} == answers[1] | {"request_id": ""}
