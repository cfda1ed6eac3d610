"""A movement alone, and out of memory: the shorter ways of posting say what the longer ways say."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from support.ledger_sql import SUPERUSER, Connect, Org, PostedRow, issue, receipt, transfer
from support.postings import Request, fetch, keyed, noted, reversal, shown

NO_SUCH_ID = "01890000-0000-7000-8000-000000000000"
POSTED, REFUSED, NOTED = "decided-posted", "decided-refused", "decided-noted"

# What one movement may be asked like: each is decided by both plans.
REQUESTS: dict[str, Request] = {
    "a receipt": receipt("BOLT", "A", "1.50"),
    "an issue": issue("BOLT", "A", "1"),
    "a transfer": transfer("BOLT", "A", "B", "1"),
    "of what was never moved": receipt("NUT", "B", "1"),
    "with a note": noted(receipt("BOLT", "A", "1"), "for Ada"),
    "with a guard": receipt("BOLT", "A", "1") | {"target_guard": "10"},
    "of another unit": receipt("BOLT", "A", "1") | {"unit": "kg"},
    "in a pack": receipt("BOLT", "A", "2") | {"unit": "CS"},
    "in its own unit": receipt("BOLT", "A", "2") | {"unit": "EA"},
    "in a unit of its dimension": receipt("BOLT", "A", "2") | {"unit": "DZN"},
    "that is not exact": receipt("BOLT", "A", "1") | {"unit": "THIRD"},
    "of a kind under a rule, in a pack": receipt("BOLT", "A", "1")
    | {"kind": "return", "source_code": "CONSUMPTION", "unit": "CS"},
    "of a lot": receipt("MILK", "A", "1") | {"lot_code": "L1", "target_status": "blocked"},
    "of a lot that is there": issue("MILK", "A", "1") | {"lot_code": "L1"},
    "of an expired lot": issue("MILK", "A", "1") | {"lot_code": "L2"},
    "of no lot": receipt("MILK", "A", "1"),
    "of an unknown lot": receipt("MILK", "A", "1") | {"lot_code": "L9"},
    "of a serial": receipt("PUMP", "B", "1") | {"serial_code": "S1"},
    "of a serial that moves": transfer("PUMP", "A", "B", "1") | {"serial_code": "S1"},
    "of two of a serial": receipt("PUMP", "A", "2") | {"serial_code": "S1"},
    "into a status": receipt("BOLT", "A", "1") | {"target_status": "damaged"},
    "into the plain status": receipt("BOLT", "A", "1") | {"target_status": "available"},
    "in a status where there is none": receipt("BOLT", "A", "1") | {"source_status": "damaged"},
    "of another status": transfer("BOLT", "A", "A", "1")
    | {"kind": "status-change", "target_status": "damaged", "reason": "bent"},
    "of nothing": receipt("BOLT", "A", "0"),
    "of an unknown item": receipt("NAIL", "A", "1"),
    "from an unknown place": transfer("BOLT", "Z", "A", "1"),
    "to where it is": transfer("BOLT", "A", "A", "1"),
    "against its direction": transfer("BOLT", "SUPPLIER", "CONSUMPTION", "1"),
    "by somebody unknown": receipt("BOLT", "A", "1") | {"credential_id": NO_SUCH_ID},
    "by somebody else": receipt("BOLT", "A", "1") | {"actor_id": NO_SUCH_ID},
    "of a kind under a rule": receipt("BOLT", "A", "1") | {"kind": "return", "source_code": "CONSUMPTION"},
    "with an unknown approval": receipt("BOLT", "A", "1") | {"approval_id": NO_SUCH_ID},
    "reversing nothing": {"kind": "reversal", "reverses_id": NO_SUCH_ID, "reason": "mistake"},
    "again": keyed(receipt("BOLT", "A", "10"), POSTED),
    "again and otherwise": keyed(receipt("BOLT", "A", "11"), POSTED),
    "again what was refused": keyed(issue("BOLT", "A", "99"), REFUSED),
    "again with another note": keyed(noted(receipt("BOLT", "A", "1"), "for Bob"), NOTED),
    "again without its note": keyed(receipt("BOLT", "A", "1"), NOTED),
}


@pytest.fixture(scope="module")
def org(module_org_factory: Callable[..., Org]) -> Org:
    """Make an organisation in which some keys were decided."""
    made = module_org_factory(items=["NUT"], locations=["A", "B"])
    bolt = made.item("BOLT")
    made.pack(bolt, "CS", 12)
    made.pack(bolt, "THIRD", 1, 3)
    milk, pump = made.item("MILK", tracking="lot"), made.item("PUMP", tracking="serial")
    made.lot(milk, "L1")
    made.lot(milk, "L2", expires_on="2026-01-31")
    made.serial(pump, "S1")
    made.post([receipt("MILK", "A", "9") | {"lot_code": code} for code in ("L1", "L2")])
    made.post([receipt("PUMP", "A", "1") | {"serial_code": "S1"}])
    made.post([keyed(receipt("BOLT", "A", "10"), POSTED)])
    made.post([keyed(issue("BOLT", "A", "99"), REFUSED)])
    made.post([keyed(noted(receipt("BOLT", "A", "1"), "for Ada"), NOTED)])
    return made


@contextmanager
def as_owner(org: Org, connect: Connect) -> Iterator[Callable[[str, Request], dict[str, Any]]]:
    """Ask the inner routines as post_movements does: by its owner, inside of the organisation."""
    connection = connect(SUPERUSER)
    with connection.transaction(force_rollback=True), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("set local role velaurum_owner")
        cursor.execute("select tenancy.enter_installation(%s)", [org.org_id])

        def ask(routine: str, request: Request) -> dict[str, Any]:
            row = request_row(org) | dict(request)
            query = sql.SQL("select to_jsonb(c.candidate) as c from ledger.{}(%s, %s) as c")
            cursor.execute(query.format(sql.Identifier(routine)), [org.org_id, Jsonb([row])])
            (found,) = cursor.fetchall()
            answer: dict[str, Any] = found["c"]
            return answer

        yield ask


def request_row(org: Org) -> dict[str, Any]:
    return {
        "ord": 1,
        "idempotency_key": "new",
        "actor_id": org.actor_id,
        "credential_id": org.credential_id,
        "request_id": str(uuid.UUID(int=1)),
    }


@pytest.mark.parametrize("name", REQUESTS)
def test_one_movement_is_judged_as_it_would_be_among_many(
    name: str, org: Org, module_as_role: Connect
) -> None:
    with as_owner(org, module_as_role) as ask:
        alone = ask("lone_candidate", REQUESTS[name])
        among = ask("candidates", REQUESTS[name])

    slots = [(one.pop("source_slot"), one.pop("target_slot")) for one in (alone, among)]
    assert alone == among
    assert [slot is None for slot in slots[0]] == [slot is None for slot in slots[1]]
    assert slots[0][0] != slots[0][1] or slots[0] == (None, None)


def test_what_was_just_written_is_answered_as_it_is_read(org: Org) -> None:
    org.post([keyed(receipt("BOLT", "B", "5"), "to-reverse")])
    (again,) = org.post([keyed(receipt("BOLT", "B", "5"), "to-reverse")])
    asked = [
        receipt("BOLT", "A", "0.5000"),
        noted(issue("BOLT", "A", "0.25") | {"reference": "WO-7", "reason": "used"}, "for Ada"),
        transfer("BOLT", "A", "B", "0.1") | {"occurred_at": "2020-02-29T23:59:59+14:00"},
        receipt("BOLT", "A", "0.5") | {"unit": "CS"},
        receipt("MILK", "B", "3") | {"lot_code": "L1", "target_status": "quarantine"},
        reversal(again),
    ]

    together = org.post(asked)
    alone = [row for one in asked[:5] for row in org.post([one])]

    assert all(not row.replayed for row in [*together, *alone])
    for row in [*together, *alone]:
        assert read(org, row) == shown(row)


def read(org: Org, row: PostedRow) -> Any:
    """Return a movement as the view shows it."""
    query = (
        "select to_jsonb(x) from ledger.movement_answer as x where x.org_id = %(org)s and x.log_index = %s"
    )
    return fetch(org, query, shown(row)["log_index"])[0][0]
