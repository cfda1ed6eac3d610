"""Batches over HTTP: a key and a result per movement, all or each for itself."""

from typing import Any

import pytest

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.http_client import Reply

TYPED = "do-not-echo"


def post(org: ApiOrg, mode: str, *movements: Any, **more: Any) -> Reply:
    return org.post("/movements/batch", {"mode": mode, "movements": list(movements), **more}, key="")


def row(key: str, body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**body, "idempotency_key": key, **changes}


def results(reply: Reply) -> list[tuple[int, str | None]]:
    """Status and code of each result, after a batch that could be read."""
    assert reply.status == 200, reply
    return [(one["status"], one.get("problem", {}).get("code")) for one in reply.json["results"]]


@pytest.mark.parametrize("mode", ["atomic", "independent"])
def test_a_batch_posts_its_movements_in_their_order(org: ApiOrg, mode: str) -> None:
    size = org.log_size()
    reply = post(org, mode, row("b1", RECEIPT), row("b2", ISSUE), row("b3", ISSUE))

    assert results(reply) == [(201, None)] * 3
    posted = [one["movement"] for one in reply.json["results"]]
    assert [one["log_index"] - size for one in posted] == [0, 1, 2]
    assert [one["idempotency_key"] for one in posted] == ["b1", "b2", "b3"]
    assert posted == [org.get(f"/movements/{one['id']}").json for one in posted]


def test_an_independent_batch_decides_each_movement_for_itself(org: ApiOrg) -> None:
    reply = post(
        org,
        "independent",
        row("b1", ISSUE),
        row("b2", RECEIPT),
        row("b3", ISSUE),
        row("b4", RECEIPT, item="NOPE"),
        row("b5", RECEIPT, quantity="1e3"),
    )

    assert results(reply) == [
        *((409, "insufficient-stock"), (201, None), (201, None)),
        *((400, "unknown-reference"), (400, "invalid-field")),
    ]
    assert org.on_hand() == "23"


def test_an_atomic_batch_posts_all_or_none(org: ApiOrg) -> None:
    reply = post(org, "atomic", row("b1", RECEIPT), row("b2", ISSUE, quantity="25"), row("b3", RECEIPT))

    assert results(reply) == [(409, "conflict"), (409, "insufficient-stock"), (409, "conflict")]
    assert org.on_hand() is None
    assert org.get("/movements").json["data"] == []


def test_a_refused_atomic_batch_decides_what_was_refused_and_nothing_else(org: ApiOrg) -> None:
    post(org, "atomic", row("b1", RECEIPT), row("b2", ISSUE, quantity="25"))

    assert org.move(RECEIPT, key="b1").status == 201
    again = org.move(ISSUE, key="b2", quantity="25")
    assert (again.refused, again.is_replayed) == ((409, "insufficient-stock"), True)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"item": "NOPE"}, "unknown-reference"),
        ({"quantity": "x"}, "invalid-field"),
        ({"idempotency_key": ""}, "idempotency-key-invalid"),
    ],
)
def test_a_movement_that_cannot_be_read_stops_an_atomic_batch_and_decides_nothing(
    org: ApiOrg, bad: dict[str, Any], code: str
) -> None:
    reply = post(org, "atomic", row("b1", RECEIPT), row("b2", RECEIPT, **bad))

    assert results(reply) == [(409, "conflict"), (400, code)]
    assert [org.move(RECEIPT, key=key).status for key in ("b1", "b2")] == [201, 201]


def test_problems_point_into_the_batch_and_carry_its_request_id(org: ApiOrg) -> None:
    reply = post(org, "independent", row("b1", RECEIPT), row("b2", RECEIPT, guard={"source_on_hand": "x"}))

    problem = reply.json["results"][1]["problem"]
    assert problem["errors"][0]["pointer"] == "/movements/1/guard/source_on_hand"
    assert problem["request_id"] == reply.headers["x-request-id"]


@pytest.mark.parametrize("mode", ["atomic", "independent"])
def test_a_movement_is_recognised_in_any_batch_and_alone(org: ApiOrg, mode: str) -> None:
    alone = org.movement(RECEIPT, key="b1")

    reply = post(org, mode, row("b2", RECEIPT), row('"b1"', RECEIPT, quantity="24.0"))

    assert results(reply) == [(201, None), (200, None)]
    assert reply.json["results"][1] == {"status": 200, "movement": alone, "replayed": True}
    assert org.move(RECEIPT, key="b2").is_replayed


def test_two_movements_with_one_key_are_a_repeat_or_a_reused_key(org: ApiOrg) -> None:
    reply = post(org, "independent", row("b1", RECEIPT), row("b1", RECEIPT), row("b1", ISSUE))

    assert results(reply) == [(201, None), (200, None), (422, "idempotency-key-reused")]
    assert org.on_hand() == "24"


def test_a_refusal_is_replayed_in_a_batch(org: ApiOrg) -> None:
    org.move(ISSUE, key="b1")

    reply = post(org, "independent", row("b1", ISSUE))

    assert results(reply) == [(409, "insufficient-stock")]
    assert reply.json["results"][0]["replayed"] is True


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "invalid-field"),
        ("", "idempotency-key-invalid"),
        ("a b", "idempotency-key-invalid"),
        ('"a', "idempotency-key-invalid"),
        ("x" * 256, "idempotency-key-invalid"),
        ("k\u00e9", "idempotency-key-invalid"),
        (7, "invalid-field"),
    ],
)
def test_every_movement_of_a_batch_needs_a_good_key(org: ApiOrg, key: Any, code: str) -> None:
    reply = post(org, "independent", {**RECEIPT, "idempotency_key": key})

    assert results(reply) == [(400, code)]


def test_a_movement_of_a_batch_without_a_key_is_refused(org: ApiOrg) -> None:
    assert results(post(org, "independent", RECEIPT)) == [(400, "idempotency-key-missing")]


def test_the_header_is_optional_and_decides_nothing(org: ApiOrg) -> None:
    for key in ("h1", "h1", ""):
        body = {"mode": "atomic", "movements": [row(f"b{key}", RECEIPT)]}
        assert org.post("/movements/batch", body, key=key).status == 200

    assert org.move(RECEIPT, key="h1").status == 201


def test_a_malformed_header_is_refused_all_the_same(org: ApiOrg) -> None:
    body = {"mode": "atomic", "movements": [row("b1", RECEIPT)]}

    assert org.post("/movements/batch", body, key="a b").refused == (400, "idempotency-key-invalid")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"movements": [RECEIPT]}, "/mode"),
        ({"mode": "maybe", "movements": [RECEIPT]}, "/mode"),
        ({"mode": "atomic"}, "/movements"),
        ({"mode": "atomic", "movements": []}, "/movements"),
        ({"mode": "atomic", "movements": {}}, "/movements"),
        ({"mode": "atomic", "movements": ["x"]}, "/movements/0"),
        ({"mode": "atomic", "movements": [RECEIPT], "dry_run": True}, "/dry_run"),
        ({"mode": "atomic", "movements": [{}] * 1_001}, "/movements"),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused_as_a_whole(org: ApiOrg, body: Any, pointer: str) -> None:
    reply = org.post("/movements/batch", body)

    assert (reply.refused, reply.pointers) == ((400, "invalid-field"), [pointer])


def test_a_batch_holds_a_thousand_movements(org: ApiOrg) -> None:
    rows = [row(f"b{n}", RECEIPT, quantity="1", note="n" * 1_000) for n in range(1_000)]

    reply = post(org, "atomic", *rows)

    assert results(reply) == [(201, None)] * 1_000
    assert org.on_hand() == "1000"


def test_a_reversal_is_no_movement_of_a_batch(org: ApiOrg) -> None:
    assert results(post(org, "independent", row("b1", RECEIPT, kind="reversal"))) == [(400, "invalid-field")]


def test_a_result_repeats_nothing_of_the_request(org: ApiOrg) -> None:
    reply = post(org, "independent", row("b1", RECEIPT, item=TYPED), row("b2", RECEIPT, kind=TYPED))

    assert results(reply) == [(400, "unknown-reference"), (400, "invalid-field")]
    assert TYPED.encode() not in reply.body
