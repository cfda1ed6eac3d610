"""Reservations over HTTP: hard, soft and expiring, consumed by movements, and counted in what is available (V-24)."""

import time

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.reservations import ask, release, reserved, shown, soon, stock

TRANSFER = {"kind": "transfer", "item": "BOLT", "source": "A", "target": "B"}


@pytest.fixture
def stocked(org: ApiOrg) -> ApiOrg:
    """Put 24 bolts at A."""
    org.movement(RECEIPT)
    return org


def test_what_is_reserved_is_kept_for_its_demand_until_it_is_consumed(stocked: ApiOrg) -> None:
    first = reserved(stocked, "20", reference="WO-4711")
    others = stocked.move(ISSUE, quantity="5")
    within = stocked.move(ISSUE, quantity="4")
    consumed = stocked.movement(ISSUE, quantity="12", reservation=first["id"])

    assert (others.status, others.code, others.json["available"]) == (409, "insufficient-available", "4")
    assert others.pointers == ["/quantity"]
    assert within.status == 201
    now = shown(stocked, first["id"])
    assert (now["state"], now["remaining"], now["movement"]) == ("open", "8", consumed["id"])
    assert stock(stocked) == ("8", "8", "0")

    last = stocked.movement(ISSUE, quantity="8", reservation=first["id"])

    now = shown(stocked, first["id"])
    assert (now["state"], now["remaining"], now["movement"]) == ("consumed", "0", last["id"])
    assert stock(stocked) == ("0", "0", "0")


def test_no_more_is_reserved_hard_than_there_is_and_a_repeat_gets_the_same(stocked: ApiOrg) -> None:
    first = ask(stocked, "20", key="first")
    again = ask(stocked, "20.0", key="first")
    refused = ask(stocked, "5", key="more")
    stocked.movement(RECEIPT)
    still = ask(stocked, "5", key="more")
    other = ask(stocked, "6", key="more")

    assert (first.status, again.status, again.is_replayed) == (201, 200, True)
    assert again.json == first.json
    assert (refused.status, refused.code, refused.json["available"]) == (409, "insufficient-available", "4")
    assert (still.refused, still.is_replayed, still.json["available"]) == (refused.refused, True, "4")
    assert other.refused == (422, "idempotency-key-reused")


def test_a_soft_one_lowers_what_is_available_and_keeps_nothing(stocked: ApiOrg) -> None:
    soft = reserved(stocked, "30", kind="soft")

    assert stock(stocked) == ("24", "30", "-6")
    assert shown(stocked, soft["id"])["shortage"] == "6"
    assert stocked.move(ISSUE, quantity="20").status == 201
    hard = reserved(stocked, "4")
    refused = stocked.move(ISSUE, quantity="1", reservation=soft["id"])
    assert (refused.code, refused.json["available"]) == ("insufficient-available", "0")
    assert release(stocked, hard["id"]).status == 200
    assert stocked.move(ISSUE, quantity="4", reservation=soft["id"]).status == 201
    assert shown(stocked, soft["id"])["remaining"] == "26"


def test_what_has_expired_counts_no_more_without_anybody_marking_it(stocked: ApiOrg) -> None:
    brief = reserved(stocked, "24", expires_at=soon(1.5))
    before = stocked.move(ISSUE, quantity="1")
    time.sleep(1.6)
    after = stocked.move(ISSUE, quantity="1")
    late = stocked.move(ISSUE, quantity="1", reservation=brief["id"])

    assert before.code == "insufficient-available"
    assert after.status == 201
    assert (late.refused, late.pointers) == ((409, "reservation-ended"), ["/reservation"])
    assert stock(stocked) == ("23", "0", "23")
    assert (shown(stocked, brief["id"])["state"], shown(stocked, brief["id"])["shortage"]) == ("expired", "0")
    listed = stocked.get("/reservations?state=expired").json["data"]
    assert [one["id"] for one in listed] == [brief["id"]]
    assert ask(stocked, "1", expires_at=soon(-1)).pointers == ["/expires_at"]


def test_a_release_is_decided_once_for_its_key_and_ends_it(stocked: ApiOrg) -> None:
    first = reserved(stocked, "20")
    stocked.movement(ISSUE, quantity="5", reservation=first["id"])

    released = release(stocked, first["id"], key="done")
    again = release(stocked, first["id"], key="done")
    twice = release(stocked, first["id"])
    used = stocked.move(ISSUE, quantity="1", reservation=first["id"])

    assert (released.status, released.json["state"], released.json["remaining"]) == (200, "released", "15")
    assert (again.status, again.is_replayed, again.json) == (200, True, released.json)
    assert twice.refused == (409, "conflict")
    assert used.refused == (409, "reservation-ended")
    assert stocked.move(ISSUE, quantity="19").status == 201


def test_more_than_a_reservation_holds_is_refused_with_what_it_holds(stocked: ApiOrg) -> None:
    first = reserved(stocked, "5")

    refused = stocked.move(ISSUE, quantity="6", reservation=first["id"])

    assert (refused.code, refused.json["available"]) == ("insufficient-available", "5")
    assert shown(stocked, first["id"])["remaining"] == "5"


def test_a_reservation_of_another_stock_key_reads_as_none(stocked: ApiOrg) -> None:
    first = reserved(stocked, "5")
    stocked.movement(RECEIPT, target="B")
    stocked.item("NUT")
    stocked.movement(RECEIPT, item="NUT")

    for changes in ({"source": "B"}, {"item": "NUT"}):
        refused = stocked.move(ISSUE, reservation=first["id"], **changes)
        assert (refused.refused, refused.pointers) == ((400, "unknown-reference"), ["/reservation"])


def test_a_repeat_with_another_reservation_is_another_request(stocked: ApiOrg) -> None:
    first, other = reserved(stocked, "5"), reserved(stocked, "5")

    posted = stocked.move(ISSUE, key="one", reservation=first["id"])
    again = stocked.move(ISSUE, key="one", reservation=first["id"])
    mistaken = stocked.move(ISSUE, key="one", reservation=other["id"])
    without = stocked.move(ISSUE, key="one")

    assert (posted.status, again.status, again.json) == (201, 200, posted.json)
    assert mistaken.refused == without.refused == (422, "idempotency-key-reused")
    assert [shown(stocked, one["id"])["remaining"] for one in (first, other)] == ["4", "5"]


def test_a_transfer_consumes_too_and_keeps_what_others_reserved(stocked: ApiOrg) -> None:
    first = reserved(stocked, "20")

    refused = stocked.move(TRANSFER, quantity="5")
    moved = stocked.move(TRANSFER, quantity="20", reservation=first["id"])

    assert refused.code == "insufficient-available"
    assert moved.status == 201
    assert stock(stocked) == ("4", "0", "4")


def test_what_is_backdated_takes_nothing_that_is_reserved_now(stocked: ApiOrg) -> None:
    happened = "2020-01-01T00:00:00Z"
    stocked.movement(RECEIPT, occurred_at=happened)
    reserved(stocked, "40")

    refused = stocked.move(ISSUE, quantity="9", occurred_at=happened)
    posted = stocked.move(ISSUE, quantity="8", occurred_at=happened)

    assert (refused.code, refused.json["available"]) == ("insufficient-available", "8")
    assert posted.status == 201


def test_a_reversal_takes_nothing_that_is_reserved_and_opens_no_reservation_again(stocked: ApiOrg) -> None:
    second = stocked.movement(RECEIPT, quantity="6")
    first = reserved(stocked, "28")
    issued = stocked.movement(ISSUE, quantity="20", reservation=first["id"])
    back = {"reason": "mistake"}

    refused = stocked.post(f"/movements/{second['id']}/reversal", back)
    returned = stocked.post(f"/movements/{issued['id']}/reversal", back)

    assert (refused.code, refused.json["available"]) == ("insufficient-available", "2")
    assert returned.status == 201
    assert shown(stocked, first["id"])["remaining"] == "8"
    assert stock(stocked) == ("30", "8", "22")


def test_a_batch_sees_what_its_own_movements_consumed(stocked: ApiOrg) -> None:
    first = reserved(stocked, "20")
    takes = {**ISSUE, "quantity": "12", "reservation": first["id"]}
    rows = [
        {**takes, "idempotency_key": "one"},
        {**takes, "idempotency_key": "two"},
        {**ISSUE, "quantity": "5", "idempotency_key": "three"},
        {**takes, "quantity": "8", "idempotency_key": "four"},
        {**takes, "quantity": "1", "idempotency_key": "five"},
        {**ISSUE, "quantity": "4", "idempotency_key": "six"},
        {**takes, "idempotency_key": "one"},
    ]

    done = stocked.post("/movements/batch", {"mode": "independent", "movements": rows}, key="")

    results = done.json["results"]
    assert [one["status"] for one in results] == [201, 409, 409, 201, 409, 201, 200]
    problems = [
        (one["problem"]["code"], one["problem"].get("available")) for one in results if "problem" in one
    ]
    assert problems[:2] == [("insufficient-available", "8"), ("insufficient-available", "4")]
    assert problems[2] == ("reservation-ended", None)
    now = shown(stocked, first["id"])
    assert (now["state"], now["remaining"], now["version"]) == ("consumed", "0", 3)
    assert stock(stocked) == ("0", "0", "0")


def test_an_atomic_batch_that_is_refused_consumes_nothing(stocked: ApiOrg) -> None:
    first = reserved(stocked, "20")
    rows = [
        {**ISSUE, "quantity": "12", "reservation": first["id"], "idempotency_key": "one"},
        {**ISSUE, "quantity": "99", "idempotency_key": "two"},
    ]

    stocked.post("/movements/batch", {"mode": "atomic", "movements": rows}, key="")

    assert (shown(stocked, first["id"])["remaining"], stock(stocked)) == ("20", ("24", "20", "4"))


def test_a_dry_run_consumes_nothing(stocked: ApiOrg) -> None:
    first = reserved(stocked, "20")

    tried = stocked.post("/movements?dry_run=true", {**ISSUE, "reservation": first["id"]})

    assert tried.status == 200, tried
    assert shown(stocked, first["id"])["remaining"] == "20"


def test_balances_show_sums_now_and_nothing_reserved_in_the_past(stocked: ApiOrg) -> None:
    stocked.movement(RECEIPT, target="B")
    reserved(stocked, "20")
    stocked.movement(
        {"kind": "status-change", "item": "BOLT", "source": "B", "quantity": "4", "reason": "wet"},
        target_status="quarantine",
    )
    size = stocked.log_size()

    assert stock(stocked, "?group_by=item") == ("48", "20", "24")
    assert stock(stocked, "?group_by=location&location=A") == ("24", "20", "4")
    assert stock(stocked, "?location=B&status=quarantine") == ("4", "0", "0")
    assert stock(stocked, "?within=A") == ("24", "20", "4")
    assert stock(stocked, "?within=A&group_by=item") == ("24", "20", "4")
    assert stock(stocked, f"?item=BOLT&location=A&at_size={size}") == ("24", None, None)
    assert stock(stocked, f"?location=A&effective_as_of={soon(0).replace('+', '%2B')}") == ("24", None, None)


def test_a_part_of_an_item_is_reserved_for_itself(stocked: ApiOrg) -> None:
    stocked.item("MILK", tracking="lot")
    stocked.item("PUMP", tracking="serial")
    for code in ("L1", "L2"):
        stocked.post("/lots", {"item": "MILK", "code": code}, role="org-admin")
        stocked.movement(RECEIPT, item="MILK", lot=code)
    stocked.post("/serials", {"item": "PUMP", "code": "S1"}, role="org-admin")
    stocked.movement(RECEIPT, item="PUMP", serial="S1", quantity="1")

    of_lot = reserved(stocked, "24", item="MILK", lot="L1")
    of_serial = reserved(stocked, "1", item="PUMP", serial="S1")

    assert (of_lot["lot"]["code"], of_serial["serial"]["code"]) == ("L1", "S1")
    assert stocked.move(ISSUE, item="MILK", lot="L1").code == "insufficient-available"
    assert stocked.move(ISSUE, item="MILK", lot="L2").status == 201
    assert stocked.move(ISSUE, item="MILK", lot="L2", reservation=of_lot["id"]).code == "unknown-reference"
    assert stocked.move(ISSUE, item="PUMP", serial="S1").code == "insufficient-available"
    assert stocked.move(ISSUE, item="PUMP", serial="S1", reservation=of_serial["id"]).status == 201
    assert ask(stocked, "1", item="MILK").pointers == ["/lot"]
    assert ask(stocked, "1", lot="L1").pointers == ["/lot"]
    assert ask(stocked, "2", item="PUMP", serial="S1", kind="soft").pointers == ["/quantity"]
    assert ask(stocked, "1", location="SUPPLIER").pointers == ["/location"]
    assert ask(stocked, "0").pointers == ["/quantity"]
