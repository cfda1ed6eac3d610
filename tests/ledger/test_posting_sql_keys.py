"""A key is decided once, for ever: repeats, other meanings, refusals, notes."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from support.ledger_sql import OWNER, SUPERUSER, Connect, Org, issue
from support.postings import Request, fetch, keyed, noted, on_hand, posted_count, salt_of, shown, statuses

OrgFactory = Callable[..., Org]


@pytest.fixture
def org(module_org_factory: OrgFactory) -> Org:
    """Make an organisation with the items BOLT and NUT, the places A and B, and ten BOLT in A."""
    org = module_org_factory(items=["BOLT", "NUT"], locations=["A", "B"])
    org.receive("BOLT", "A", "10")
    return org


def test_a_repeat_returns_the_original_movement(org: Org) -> None:
    (first,) = org.post([keyed(issue("BOLT", "A", "3"))])

    (again,) = org.post([keyed(issue("BOLT", "A", "3.000"))])

    assert (again.status, again.replayed) == ("posted", True)
    assert again.movement == first.movement
    assert on_hand(org) == {"BOLT@A": "7"}


@pytest.mark.parametrize(
    "other",
    [
        issue("BOLT", "A", "4"),
        issue("NUT", "A", "3"),
        issue("BOLT", "B", "3"),
        issue("BOLT", "A", "3") | {"reference": "PO-1"},
        issue("BOLT", "A", "3") | {"reason": "because"},
        issue("BOLT", "A", "3") | {"source_guard": "10"},
        issue("BOLT", "A", "3") | {"occurred_at": "2026-01-01T00:00:00Z"},
    ],
)
def test_a_used_key_with_another_meaning_is_a_mismatch(org: Org, other: Request) -> None:
    org.post([keyed(issue("BOLT", "A", "3"))])

    (again,) = org.post([keyed(other)])

    assert (again.status, again.movement) == ("mismatch", None)
    assert posted_count(org) == 2


def test_a_reference_by_id_means_the_same_as_by_code(org: Org) -> None:
    (first,) = org.post([keyed(issue("BOLT", "A", "3"))])
    ids = {f"{name}_id": shown(first)[f"{name}_id"] for name in ("item", "source", "target")}

    (again,) = org.post([keyed({"kind": "issue", "quantity": "3"} | ids)])

    assert (again.status, again.replayed) == ("posted", True)


def test_a_refusal_is_remembered_even_when_stock_comes(org: Org) -> None:
    (refused,) = org.post([keyed(issue("BOLT", "A", "11"))])
    org.receive("BOLT", "A", "100")

    same, other = org.post([keyed(issue("BOLT", "A", "11")), keyed(issue("BOLT", "A", "12"))])

    assert refused.problem == {"code": "insufficient-stock", "available": "10"}
    assert (same.status, same.replayed, same.problem) == ("refused", True, refused.problem)
    assert other.status == "mismatch"


def test_an_invalid_request_does_not_use_up_its_key(org: Org) -> None:
    org.post([keyed(issue("GHOST", "A", "3"))])

    (posted,) = org.post([keyed(issue("BOLT", "A", "3"))])

    assert (posted.status, posted.replayed) == ("posted", False)


def test_the_key_of_an_item_cannot_be_used_by_a_movement(org: Org) -> None:
    decided = (
        "select idempotency_key from ledger.decision where org_id = %(org)s and outcome = 'created' limit 1"
    )
    ((key,),) = fetch(org, decided)

    (posted,) = org.post([keyed(issue("BOLT", "A", "3"), key)])

    assert (posted.status, posted.movement) == ("mismatch", None)


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ([issue("BOLT", "A", "3"), issue("BOLT", "A", "3.0")], [("posted", False), ("posted", True)]),
        ([issue("BOLT", "A", "3"), issue("BOLT", "A", "4")], [("posted", False), ("mismatch", True)]),
        ([issue("BOLT", "A", "99"), issue("BOLT", "A", "99")], [("refused", False), ("refused", True)]),
        ([issue("BOLT", "A", "99"), issue("BOLT", "A", "1")], [("refused", False), ("mismatch", True)]),
        ([issue("GHOST", "A", "3"), issue("BOLT", "A", "3")], [("invalid", False), ("posted", False)]),
        ([issue("BOLT", "A", "3"), issue("GHOST", "A", "3")], [("posted", False), ("invalid", False)]),
        (
            [noted(issue("BOLT", "A", "3"), "x"), noted(issue("BOLT", "A", "3"), "x")],
            [("posted", False), ("posted", True)],
        ),
        (
            [noted(issue("BOLT", "A", "3"), "x"), noted(issue("BOLT", "A", "3"), "y")],
            [("posted", False), ("mismatch", True)],
        ),
        (
            [noted(issue("BOLT", "A", "99"), "x"), noted(issue("BOLT", "A", "99"), "y")],
            [("refused", False), ("refused", True)],
        ),
    ],
)
def test_a_key_repeated_in_a_batch_is_decided_once(
    org: Org, requests: list[Request], expected: list[tuple[str, bool]]
) -> None:
    rows = org.post([keyed(request) for request in requests])

    assert statuses(rows) == expected
    posted = [row.movement["id"] for row in rows if row.movement is not None]
    assert len(set(posted)) <= 1
    assert posted_count(org) == 1 + bool(posted)


def test_an_atomic_batch_with_a_reused_key_posts_nothing(org: Org) -> None:
    rows = org.post([keyed(issue("BOLT", "A", "1")), keyed(issue("BOLT", "A", "2"))], atomic=True)

    assert [row.status for row in rows] == ["undecided", "mismatch"]
    assert posted_count(org) == 1


def test_a_note_stands_beside_its_movement_sealed_and_in_it_as_a_commitment(org: Org) -> None:
    request = noted(issue("BOLT", "A", "1"), "für Žofie")
    (row,) = org.post([request])

    ((commitment,),) = fetch(
        org, "select note_commitment from ledger.movement where org_id = %(org)s and kind = 'issue'"
    )

    salted = b"velaurum-pii/v1\x00" + salt_of("für Žofie") + '"für Žofie"'.encode()
    assert commitment == hashlib.sha256(salted).digest()
    assert shown(row)["note_sealed"] == request["note_sealed"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("x", "x", "posted"),
        ("x", "y", "mismatch"),
        ("x", None, "mismatch"),
        (None, "x", "mismatch"),
        (None, None, "posted"),
    ],
)
def test_a_repeat_means_the_same_with_the_same_note_only(
    org: Org, first: str | None, second: str | None, expected: str
) -> None:
    plain = keyed(issue("BOLT", "A", "1"))
    org.post([noted(plain, first) if first else plain])

    (again,) = org.post([noted(plain, second) if second else plain])

    assert (again.status, again.replayed) == (expected, True)


def test_a_repeat_stands_after_its_note_was_erased(org: Org, module_as_role: Connect) -> None:
    request = keyed(issue("BOLT", "A", "1"))
    (first,) = org.post([noted(request, "x")])
    with module_as_role(SUPERUSER) as owner:
        owner.execute(f"set role {OWNER}")
        replace(org, connection=owner).enter()
        owner.execute("delete from ledger.movement_note where org_id = %s", [org.org_id])

    noted_again, bare = org.post([noted(request, "x"), request])

    assert noted_again.movement == {**shown(first), "note_sealed": None}
    assert bare.status == "mismatch"


def test_a_repeat_inside_an_atomic_batch_that_fails_is_undecided_like_its_first(org: Org) -> None:
    first = keyed(issue("BOLT", "A", "1"), "first")

    rows = org.post([first, first, issue("BOLT", "A", "1000")], atomic=True)

    assert statuses(rows) == [("undecided", False), ("undecided", False), ("refused", False)]
