"""What ledger.post_movements does to balances: one movement, a batch, all or nothing."""

from collections.abc import Callable

import pytest

from support.ledger_sql import Org, issue, transfer
from support.postings import keyed, on_hand, posted_count, shown, statuses

OrgFactory = Callable[..., Org]


@pytest.fixture
def org(module_org_factory: OrgFactory) -> Org:
    """Make an organisation with the items BOLT and NUT, the places A and B, and ten BOLT in A."""
    org = module_org_factory(items=["BOLT", "NUT"], locations=["A", "B"])
    org.receive("BOLT", "A", "10")
    return org


def test_a_movement_changes_both_of_its_balances(org: Org) -> None:
    (moved,) = org.post([transfer("BOLT", "A", "B", "2.50")])

    movement = shown(moved)
    named = {name: movement[name] for name in ("quantity", "unit", "actor_id")}
    assert named == {"quantity": "2.5", "unit": "EA", "actor_id": org.actor_id}
    sides = [movement[f"{side}_{name}"] for side in ("source", "target") for name in ("on_hand", "seq")]
    assert sides == ["7.5", 2, "2.5", 1]
    assert on_hand(org) == {"BOLT@A": "7.5", "BOLT@B": "2.5"}


def test_a_virtual_side_has_no_balance(org: Org) -> None:
    received = org.receive("BOLT", "A", "1")

    assert shown(received)["source_on_hand"] is None
    assert shown(received)["source_seq"] is None


def test_no_movements_post_nothing(org: Org) -> None:
    assert org.post([]) == []
    assert posted_count(org) == 1


def test_movements_of_a_batch_see_what_those_before_them_left(org: Org) -> None:
    rows = org.post(
        [
            transfer("BOLT", "B", "A", "4"),
            transfer("BOLT", "A", "B", "4"),
            transfer("BOLT", "B", "A", "4"),
            issue("BOLT", "A", "10.000000001"),
            issue("BOLT", "A", "10"),
            issue("BOLT", "A", "0.1"),
        ]
    )

    assert [row.status for row in rows] == ["refused", "posted", "posted", "refused", "posted", "refused"]
    available = [row.problem["available"] for row in rows if row.problem is not None]
    assert available == ["0", "10", "0"]
    assert on_hand(org) == {"BOLT@A": "0", "BOLT@B": "0"}


def test_an_atomic_batch_posts_all(org: Org) -> None:
    rows = org.post([issue("BOLT", "A", "4"), issue("BOLT", "A", "6")], atomic=True)

    assert statuses(rows) == [("posted", False)] * 2
    assert on_hand(org) == {"BOLT@A": "0"}


def test_an_atomic_batch_with_a_refusal_posts_nothing(org: Org) -> None:
    (old,) = org.post([keyed(issue("BOLT", "A", "1"), "old")])
    requests = [
        keyed(issue("BOLT", "A", "4"), "a"),
        keyed(issue("BOLT", "A", "6"), "b"),
        keyed(issue("BOLT", "A", "1"), "old"),
        keyed(issue("BOLT", "A", "5"), "c"),
    ]

    rows = org.post(requests, atomic=True)

    assert statuses(rows) == [
        ("undecided", False),
        ("refused", False),
        ("posted", True),
        ("undecided", False),
    ]
    assert rows[2].movement == old.movement
    assert (on_hand(org), posted_count(org)) == ({"BOLT@A": "9"}, 2)
    assert statuses(org.post(requests)) == [
        ("posted", False),
        ("refused", True),
        ("posted", True),
        ("posted", False),
    ]


@pytest.mark.parametrize(
    ("member", "right", "held"), [("source_guard", "10.0", "10"), ("target_guard", "0", "0")]
)
def test_a_guard_that_misses_refuses(org: Org, member: str, right: str, held: str) -> None:
    org.post([transfer("BOLT", "A", "B", "1"), transfer("BOLT", "B", "A", "1")])
    rows = org.post(
        [transfer("BOLT", "A", "B", "1") | {member: "9"}, transfer("BOLT", "A", "B", "1") | {member: right}]
    )

    pointer = f"/guard/{member.removesuffix('_guard')}_on_hand"
    assert rows[0].problem == {"code": "stale-guard", "pointer": pointer, "on_hand": held}
    assert rows[1].status == "posted"


def test_a_guard_on_a_virtual_side_always_misses(org: Org) -> None:
    row = org.receive("BOLT", "A", "1", source_guard="0")

    assert row.problem == {"code": "stale-guard", "pointer": "/guard/source_on_hand", "on_hand": None}
