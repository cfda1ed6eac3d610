"""The order that postings leave: of the log, of every stock key, and of a batch against single calls."""

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.ledger_sql import (
    APP,
    SUPERUSER,
    Connect,
    Org,
    PostedRow,
    act_as,
    create_org,
    issue,
    receipt,
    transfer,
)
from support.postings import fetch, keyed, on_hand, sealed_note

ITEMS = ("BOLT", "NUT")
PLACES = ("A", "B", "C")
CLIENTS = 4
BATCHES = 6
ROWS_OF_A_BATCH = 1_000
MANY_ITEMS = 401
MANY_PLACES = [f"L{n}" for n in range(60)]
# Whatever the planner believes, a movement reads what it needs: its actor, item, two locations and a balance.
MOST_ROWS_READ = 10


def random_batches(org: Org, seed: int) -> None:
    for turn in range(BATCHES):
        item, source, target = ITEMS[turn % 2], PLACES[seed % 3], PLACES[(seed + 1 + turn % 2) % 3]
        org.post([receipt(item, source, "3"), issue(item, source, "1"), transfer(item, source, target, "1")])


@pytest.fixture
def busy_org(module_as_role: Connect) -> Org:
    """Make an organisation in which several clients post at the same time, each on its own connection."""
    org = create_org(module_as_role(APP), items=ITEMS, locations=PLACES)
    clients = [replace(org, connection=module_as_role(APP)) for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(random_batches, clients, range(CLIENTS)))
    return org


def test_the_log_is_dense_and_its_instants_strictly_increase(busy_org: Org) -> None:
    rows = fetch(
        busy_org,
        "select log_index, recorded_at from audit.leaf where org_id = %(org)s order by log_index",
    )

    assert len(rows) >= CLIENTS * BATCHES * 2
    assert [index for index, _ in rows] == list(range(len(rows)))
    instants = [instant for _, instant in rows]
    assert all(earlier < later for earlier, later in pairwise(instants))
    head = fetch(busy_org, "select size, recorded_at from ledger.head where org_id = %(org)s")
    assert head == [(len(rows), instants[-1])]


def test_every_stock_key_counts_its_movements_from_either_side(busy_org: Org) -> None:
    rows = fetch(
        busy_org,
        "select item_id, source_id, source_seq, source_on_hand, -quantity, log_index from ledger.movement"
        " where org_id = %(org)s and source_seq is not null union all"
        " select item_id, target_id, target_seq, target_on_hand, quantity, log_index from ledger.movement"
        " where org_id = %s and target_seq is not null order by 6",
        busy_org.org_id,
    )

    balances: dict[tuple[Any, Any], tuple[Any, int]] = defaultdict(lambda: (0, 0))
    for item, place, seq, left, change, _ in rows:
        before, count = balances[item, place]
        assert (left, seq) == (before + change, count + 1)
        balances[item, place] = (left, seq)
    kept = fetch(
        busy_org, "select item_id, location_id, on_hand, seq from ledger.balance where org_id = %(org)s"
    )
    assert {(item, place): (left, seq) for item, place, left, seq in kept} == balances


def rows_read(org: Org) -> int:
    """Count the rows that this connection read since it last reported them."""
    ((count,),) = org.connection.execute(
        "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables"
    ).fetchall()
    return int(count)


def rows_read_by_a_batch(org: Org, turn: int) -> int:
    """Post a batch on many stock keys and return how many rows each of its movements read."""
    batch = [receipt(f"I{(n + turn) % MANY_ITEMS}", f"L{n % 4}", "1") for n in range(ROWS_OF_A_BATCH)]
    with org.connection.transaction():
        before = rows_read(org)
        org.post(batch)
        return (rows_read(org) - before) // ROWS_OF_A_BATCH


@pytest.fixture
def large_org(as_role: Connect) -> Org:
    """Make an organisation with many people and many items in few places."""
    org = create_org(as_role(APP), items=[f"I{n}" for n in range(MANY_ITEMS)], locations=MANY_PLACES)
    superuser = as_role(SUPERUSER)
    act_as(superuser, org.actor_id)
    superuser.execute(
        "insert into identity.principal (org_id, id, kind, name, created_by)"
        " select %s, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'service', 'U' || n, %s"
        " from generate_series(1, 2000) as n",
        [org.org_id, org.actor_id],
    )
    return org


@pytest.mark.parametrize(
    "statement", ["select", "analyze ledger.movement, ledger.balance, catalog.item", "analyze"]
)
def test_a_movement_costs_the_same_in_an_empty_and_in_a_full_database(
    statement: str, large_org: Org, admin: psycopg.Connection[Any]
) -> None:
    read = [rows_read_by_a_batch(large_org, 0)]
    admin.execute(statement)

    read += [rows_read_by_a_batch(large_org, turn) for turn in range(1, 6)]

    assert max(read) <= MOST_ROWS_READ, read


keys = st.sampled_from([f"key-{n}" for n in range(8)])
places = st.sampled_from([*PLACES, "GHOST"])
quantities = st.sampled_from(["1", "1.0", "2", "0.000000001", "7.5"])
notes = st.sampled_from([None, None, "x", "y"])


@st.composite
def asked(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a request; `reverses` is the log index of a movement that both organisations begin with."""
    item, note = draw(st.sampled_from(ITEMS)), draw(notes)
    shape = draw(st.sampled_from(["receipt", "issue", "transfer", "reversal"]))
    if shape == "reversal":
        request: dict[str, Any] = {
            "kind": "reversal",
            "reason": "mistake",
            "reverses": draw(st.integers(0, 3)),
        }
    elif shape == "transfer":
        request = transfer(item, draw(places), draw(places), draw(quantities))
    else:
        make = receipt if shape == "receipt" else issue
        request = make(item, draw(places), draw(quantities))
        request |= draw(st.sampled_from([{}, {}, {"source_guard": "1"}, {"target_guard": "2.0"}]))
    return keyed(request, draw(keys)) | (sealed_note(note) if note else {})


def begun(org: Org) -> list[str]:
    """Post what both organisations begin with, and return the ids. The first note makes a key, which is an entry."""
    rows = org.post(
        [
            receipt("BOLT", "A", "3") | sealed_note("begun"),
            receipt("BOLT", "B", "2"),
            transfer("BOLT", "A", "B", "1"),
        ]
    )
    return [row.movement["id"] for row in rows if row.movement is not None]


def with_ids(request: Mapping[str, Any], ids: list[str]) -> dict[str, Any]:
    """Write `reverses` as an id; one past the end is a movement that there is not."""
    unknown = "01890000-0000-7000-8000-000000000000"
    index = request.get("reverses")
    named = {} if index is None else {"reverses_id": [*ids, unknown][index]}
    return {name: value for name, value in request.items() if name != "reverses"} | named


def comparable(row: PostedRow) -> tuple[Any, ...]:
    names = (
        "log_index",
        "kind",
        "item_code",
        "quantity",
        "source_code",
        "target_code",
        "note_sealed",
        "reason",
    )
    sides = ("source_on_hand", "source_seq", "target_on_hand", "target_seq", "idempotency_key")
    movement = row.movement and tuple(row.movement[name] for name in (*names, *sides))
    return row.status, row.replayed, row.problem, movement


@pytest.fixture(scope="module")
def connection(module_as_role: Connect) -> psycopg.Connection[Any]:
    return module_as_role(APP)


@given(requests=st.lists(asked(), min_size=2, max_size=12))
@settings(max_examples=50, deadline=None)
def test_a_batch_posts_the_same_as_as_many_single_calls(
    requests: list[dict[str, Any]], connection: psycopg.Connection[Any]
) -> None:
    batched, single = (create_org(connection, items=ITEMS, locations=PLACES) for _ in range(2))
    batched_ids, single_ids = begun(batched), begun(single)

    at_once = batched.post(with_ids(request, batched_ids) for request in requests)
    one_by_one = [single.post([with_ids(request, single_ids)])[0] for request in requests]

    assert [comparable(row) for row in at_once] == [comparable(row) for row in one_by_one]
    assert on_hand(batched) == on_hand(single)
