"""Lists over HTTP: pages that stay what they are while the ledger grows, and cursors that only their list takes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg

LISTS = ("/items", "/locations", "/movements", "/balances")


def pages(org: ApiOrg, path: str, *, limit: int) -> Iterator[list[Any]]:
    """Walk through a list, page by page."""
    separator = "&" if "?" in path else "?"
    cursor = ""
    while True:
        reply = org.get(f"{path}{separator}limit={limit}{cursor}")
        assert reply.status == 200, reply
        yield reply.json["data"]
        if reply.json["next_cursor"] is None:
            return
        cursor = f"&cursor={reply.json['next_cursor']}"


@pytest.mark.parametrize("path", LISTS)
def test_a_list_says_what_follows_and_which_state_it_speaks_of(org: ApiOrg, path: str) -> None:
    org.movement(RECEIPT)

    answer = org.get(path).json

    assert answer.keys() == {"data", "next_cursor", "as_of"}
    assert answer["as_of"].keys() == {"recorded_at", "log_size"}
    assert answer["as_of"]["log_size"] == org.log_size()


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 8, 200])
def test_pages_join_to_the_whole_list(org: ApiOrg, limit: int) -> None:
    for code in ("\u00c4", "b", "C", "\u4e2d"):
        org.item(code)
        org.movement(RECEIPT, item=code)
    whole = {path: org.get(f"{path}?limit=200").json["data"] for path in LISTS}

    for path in LISTS:
        walked = list(pages(org, path, limit=limit))
        assert [one for page in walked for one in page] == whole[path]
        assert all(len(page) == limit for page in walked[:-1])
        assert walked[-1]


@pytest.mark.parametrize(
    "query", ["group_by=item", "group_by=location", "item=BOLT", "at_size={size}&location=A"]
)
def test_pages_of_balances_join_for_every_choice(org: ApiOrg, query: str) -> None:
    org.item("NUT")
    for item in ("BOLT", "NUT"):
        for target in ("A", "B"):
            org.movement(RECEIPT, item=item, target=target)
    query = query.format(size=org.log_size() - 1)
    whole = org.get(f"/balances?{query}").json["data"]

    assert len(whole) > 1
    assert [one for (one,) in pages(org, f"/balances?{query}", limit=1)] == whole


def test_the_default_page_has_50_records_and_the_largest_200(org: ApiOrg) -> None:
    rows = [{**RECEIPT, "idempotency_key": f"k{n}"} for n in range(201)]
    org.post("/movements/batch", {"mode": "atomic", "movements": rows})

    assert len(org.get("/movements").json["data"]) == 50
    assert len(org.get("/movements?limit=200").json["data"]) == 200


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "limit", ["0", "201", "-1", "", "ten", "1.0", "+5", "%205", "5_0", "05", "%EF%BC%95"]
)
def test_any_other_limit_is_refused(org: ApiOrg, path: str, limit: str) -> None:
    reply = org.get(f"{path}?limit={limit}")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["limit"])


def test_the_next_page_of_movements_is_not_shifted_by_new_ones(org: ApiOrg) -> None:
    posted = [org.movement(RECEIPT)["id"] for _ in range(3)]
    first = org.get("/movements?limit=1").json

    for _ in range(2):
        org.movement(RECEIPT)
    second = org.get(f"/movements?limit=2&cursor={first['next_cursor']}").json

    assert [one["id"] for one in first["data"] + second["data"]] == posted[::-1]
    assert second["as_of"] == first["as_of"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("query", ["", "&group_by=item", "&group_by=location"])
def test_the_next_page_of_balances_shows_the_state_of_the_first(org: ApiOrg, query: str) -> None:
    org.item("NUT")
    org.movement(RECEIPT)
    org.movement(RECEIPT, item="NUT", target="B")
    first = org.get(f"/balances?limit=1{query}").json

    for item, target in (("BOLT", "A"), ("NUT", "B")):
        org.movement(RECEIPT, item=item, target=target)
    second = org.get(f"/balances?limit=1{query}&cursor={first['next_cursor']}").json

    assert [one["on_hand"] for one in (*first["data"], *second["data"])] == ["24", "24"]
    assert second["as_of"] == first["as_of"]


def test_movements_are_listed_newest_first(org: ApiOrg) -> None:
    size = org.log_size()
    for _ in range(3):
        org.movement(RECEIPT)

    assert [one["log_index"] - size for one in org.get("/movements").json["data"]] == [2, 1, 0]


def test_movements_are_chosen_by_what_they_are(org: ApiOrg) -> None:
    org.item("NUT")
    received = org.movement(RECEIPT)
    nut = org.movement(RECEIPT, item="NUT", target="B")
    issued = org.post("/movements", ISSUE, role="integration").json

    def ids(query: str) -> list[str]:
        reply = org.get(f"/movements?{query}")
        assert reply.status == 200, reply
        return [one["id"] for one in reply.json["data"]]

    assert ids("item=NUT") == [nut["id"]]
    assert ids("location=A") == [issued["id"], received["id"]]
    assert ids("location=SUPPLIER") == [nut["id"], received["id"]]
    assert ids("kind=issue") == [issued["id"]]
    assert ids("kind=reversal") == []
    assert ids(f"actor={issued['actor']['id']}") == [issued["id"]]
    assert ids(f"item={org.ids['BOLT']}&location=A&kind=receipt") == [received["id"]]


def test_recorded_from_is_inclusive_and_recorded_to_is_not(org: ApiOrg) -> None:
    first, second, third = (org.movement(RECEIPT) for _ in range(3))
    after = (datetime.fromisoformat(second["recorded_at"]) + timedelta(microseconds=1)).isoformat()
    after = after.replace("+00:00", "Z")

    def ids(query: str) -> list[str]:
        return [one["id"] for one in org.get(f"/movements?{query}").json["data"]]

    assert ids(f"recorded_from={second['recorded_at']}") == [third["id"], second["id"]]
    assert ids(f"recorded_from={after}") == [third["id"]]
    assert ids(f"recorded_to={second['recorded_at']}") == [first["id"]]
    assert ids(f"recorded_to={after}") == [second["id"], first["id"]]
    assert ids(f"recorded_from={second['recorded_at']}&recorded_to={third['recorded_at']}") == [second["id"]]
    assert len(ids("recorded_to=2999-01-01T00:00:00Z")) == 3
    assert ids("recorded_from=2999-01-01T00:00:00Z") == []


def test_movements_are_listed_as_of_both_clocks(org: ApiOrg) -> None:
    late = org.movement(RECEIPT, occurred_at="2026-01-02T00:00:00Z")
    early = org.movement(RECEIPT, occurred_at="2026-01-01T00:00:00Z")

    def ids(query: str) -> list[str]:
        return [one["id"] for one in org.get(f"/movements?{query}").json["data"]]

    assert ids(f"as_of={late['recorded_at']}") == [late["id"]]
    assert ids(f"at_size={late['log_index'] + 1}") == [late["id"]]
    assert ids("effective_as_of=2026-01-01T00:00:00Z") == [early["id"]]
    assert ids(f"effective_as_of=2026-01-01T00:00:00Z&at_size={late['log_index'] + 1}") == []


@pytest.mark.parametrize("query", ["kind=sale", "recorded_from=today", "recorded_to=2026-01-01"])
def test_a_filter_that_cannot_be_read_is_named(org: ApiOrg, query: str) -> None:
    reply = org.get(f"/movements?{query}")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [query.partition("=")[0]])


@pytest.mark.parametrize("query", ["item=NOPE", "location=%00", "lot=L1", "serial=S1", "actor=me"])
def test_a_filter_that_names_nothing_is_refused(org: ApiOrg, query: str) -> None:
    assert org.get(f"/movements?{query}").refused == (400, "unknown-reference")


@pytest.fixture
def cursor(org: ApiOrg) -> str:
    """Return where the second page of movements of BOLT begins."""
    for _ in range(2):
        org.movement(RECEIPT)
    found: str = org.get("/movements?item=BOLT&limit=1").json["next_cursor"]
    return found


def test_a_cursor_may_be_used_again_and_with_another_limit(org: ApiOrg, cursor: str) -> None:
    for limit in (1, 1, 200):
        reply = org.get(f"/movements?item=BOLT&limit={limit}&cursor={cursor}")
        assert [one["log_index"] for one in reply.json["data"]] == [org.log_size() - 2]


@pytest.mark.parametrize(
    "path", ["/movements?", "/movements?item=BOLT&kind=receipt&", "/balances?item=BOLT&"]
)
def test_a_cursor_belongs_to_its_list_and_filters(org: ApiOrg, cursor: str, path: str) -> None:
    reply = org.get(f"{path}cursor={cursor}")

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["cursor"])


def test_a_cursor_belongs_to_its_organisation(org: ApiOrg, other_org: ApiOrg, cursor: str) -> None:
    assert org.get(f"/movements?item=BOLT&cursor={cursor}").status == 200

    assert other_org.get(f"/movements?item=BOLT&cursor={cursor}").refused == (400, "invalid-field")


def test_a_cursor_that_was_altered_is_refused(org: ApiOrg, cursor: str) -> None:
    altered = [
        cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :] for place in (0, 30)
    ]

    for one in (*altered, cursor[:-3], cursor + "AAAA", "", "x", "%00", "\u00e9".encode().hex(), "A" * 1_001):
        reply = org.get(f"/movements?item=BOLT&cursor={one}")
        assert (reply.refused, reply.pointers) == ((400, "invalid-field"), ["cursor"])
