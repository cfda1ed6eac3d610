"""What counts run: one is left in each state, and each step that may come next is tried and undone."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from proof.rehearsals import rehearsed
from support.tenants import LIFE, new_token
from velaurum.catalog import items, locations, lots
from velaurum.catalog.locations import NewLocation
from velaurum.catalog.lots import NewLot
from velaurum.counting import count_lines, counts, variances
from velaurum.counting.count_lines import NewLine
from velaurum.counting.counts import LAST, Count, NewCount
from velaurum.db.connection import Tx
from velaurum.identity import tokens
from velaurum.identity.roles import Permission, Role
from velaurum.identity.tokens import NewToken
from velaurum.ledger import intakes, movements
from velaurum.ledger.intakes import NewMovement
from velaurum.tenancy.context import OrgContext

_LINES = (
    NewLine("one", "BOLT", "200"),
    NewLine("two", "BOLT", "1", status="blocked"),
    NewLine("three", "MILK", "9", lot="L1", status="quarantine"),
    NewLine("four", "PUMP", "0", serial="S1"),
)
_NEAR = NewLine("near", "BOLT", "200")
_NEW = (
    NewLine("new-1", "BOLT", "201"),
    NewLine("new-2", "MILK", "9", lot="L1"),
    NewLine("new-3", "PUMP", "1", serial="S1"),
)
# Of a stock key that nobody ever moved: it comes to the same wherever it is counted.
_FREE = NewLine("free", "BOLT", "1", status="damaged")
WIDE = "999999"
Step = Callable[[Tx, OrgContext, str], object]


def run(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    """Call every verb; there is a count in each state afterwards."""
    ann, ben = (_member(outside, org, "counter", "count", name) for name in ("Ann", "Ben"))
    approver = _member(outside, org, "controller", "approve", "Cora", kind="user")
    reader = _who_reads_and_counts(outside, org)
    tx, keeper = outside.enter(org)
    ours = items.get(tx, keeper, "OURS").id
    lots.create(tx, keeper, "MILK", NewLot("OURS"), idempotency_key="lot-of-ours").require()
    places = [_place(outside, org, poster, name) for name in ("OPEN", "WAITS", "APPROVED", "GIVEN-UP")]
    open_, waits, counted, approved, given_up, narrow = (
        _opened(
            outside,
            poster,
            NewCount(code, place, item, tolerance=tolerance, is_blind=blind, zero_uncounted=zero),
        ).id
        for code, place, item, tolerance, blind, zero in (
            ("OPEN", places[0], None, WIDE, True, True),
            ("WAITS", places[1], None, "0", False, False),
            ("COUNTED", "A", None, WIDE, True, False),
            ("APPROVED", places[2], None, WIDE, True, False),
            ("GIVEN-UP", places[3], "BOLT", WIDE, True, False),
            ("NARROW", "B", None, WIDE, True, False),
        )
    )
    for count, lines in ((open_, _LINES), (waits, _LINES), (counted, [_NEAR]), (approved, _LINES)):
        _add(outside, ann, count, lines)
    _add(
        outside,
        ben,
        open_,
        [replace(_NEAR, idempotency_key="recount"), NewLine("again", "MILK", "2", lot="L1")],
    )
    _add(outside, ann, approved, [_FREE])
    missing_there = [
        NewLine("again", "MILK", "3", lot="L1"),
        NewLine("recount", "BOLT", "3", status="quarantine"),
    ]
    _add(outside, ann, waits, missing_there)
    _add(outside, ben, narrow, [_NEAR])
    for count in (counted, approved):
        _do(outside, poster, counts.finish, count)
    _do(outside, approver, counts.approve, approved)
    _do(outside, poster, counts.cancel, given_up)
    _try_lines(outside, (ann, ben, reader), (open_, waits), ours)
    other = _member(outside, org, "storekeeper", "post", "Kim")
    _try(outside, lambda: _post_alike(outside, other, approved))
    _rehearse(outside, poster, approver, (open_, waits, counted, approved))
    for count in (open_, waits, counted, approved, given_up, narrow):
        _read(outside, poster, count)
        _do(outside, ann, lambda tx, who, of: count_lines.list_page(tx, who, of, after=0, limit=10), count)


def _try_lines(
    outside: Tx, counters: tuple[OrgContext, OrgContext, OrgContext], counts_: tuple[str, str], ours: str
) -> None:
    """Add lines to an open count, and to one that waits, as who counts and as who reads as well."""
    ann, ben, reader = counters
    tried = [_NEW, _LINES, [NewLine("ours", "OURS", "1")], [NewLine("by-id", ours, "1")]]
    for who, lines in (
        (ben, _NEW),
        *((ann, one) for one in (*tried, [NewLine("lot", "MILK", "1", lot="OURS")])),
    ):
        _try(outside, lambda who=who, lines=lines: _add(outside, who, counts_[0], lines))
    for count in counts_:
        _try(outside, lambda count=count: _add(outside, reader, count, _NEW))


def _rehearse(outside: Tx, poster: OrgContext, approver: OrgContext, tried: Sequence[str]) -> None:
    steps: tuple[tuple[OrgContext, Step], ...] = (
        (poster, counts.finish),
        (approver, counts.approve),
        (poster, counts.approve),
        (poster, counts.post),
        (approver, counts.post),
        (poster, counts.cancel),
    )
    for count in tried:
        for who, step in steps:
            _try(outside, lambda who=who, step=step, count=count: _do(outside, who, step, count))
    new = NewCount("RECEIPT", "COUNT-GIVEN-UP")
    for key in ("receipt-0", "ours-item"):
        _try(
            outside,
            lambda key=key: _do(
                outside, poster, lambda tx, who, _: counts.create(tx, who, new, idempotency_key=key), ""
            ),
        )


def _post_alike(outside: Tx, poster: OrgContext, count: str) -> None:
    """Post by hand what the last line of an approved count comes to."""
    alike = NewMovement(
        kind="adjustment",
        item="BOLT",
        quantity=_FREE.quantity,
        target="COUNT-APPROVED",
        target_status=_FREE.status,
        reason="count APPROVED",
        reference="APPROVED",
    )
    tx, keeper = outside.enter(poster)
    movements.post(tx, keeper, [intakes.movement(alike, f"count:{count}:{len(_LINES) + 1}")])


def _place(outside: Tx, org: OrgContext, poster: OrgContext, name: str) -> str:
    """Make a place of its own, because no other count overlaps, with some of what is counted."""
    code = f"COUNT-{name}"
    tx, ruler = outside.enter(org)
    locations.create(
        tx, ruler, NewLocation(code, code, "storage", None, None), idempotency_key=code
    ).require()
    tx, keeper = outside.enter(poster)
    stock = (
        NewMovement(kind="receipt", item="BOLT", quantity="190", target=code),
        NewMovement(kind="receipt", item="MILK", quantity="5", lot="L1", target=code),
    )
    asked = [intakes.movement(one, f"{code}-{n}") for n, one in enumerate(stock)]
    movements.post(tx, keeper, asked)
    return code


def _opened(outside: Tx, poster: OrgContext, new: NewCount) -> Count:
    tx, keeper = outside.enter(poster)
    return counts.create(tx, keeper, new, idempotency_key=f"count-{new.code}").require()


def _add(outside: Tx, who: OrgContext, count: str, lines: Sequence[NewLine]) -> None:
    tx, counter = outside.enter(who)
    count_lines.add(tx, counter, count, lines)


def _do(outside: Tx, who: OrgContext, step: Step, count: str) -> None:
    tx, entered = outside.enter(who)
    step(tx, entered, count)


def _try(outside: Tx, do: Callable[[], None]) -> None:
    with rehearsed(outside):
        do()


def _read(outside: Tx, who: OrgContext, count: str) -> None:
    tx, org = outside.enter(who)
    code = counts.get(tx, org, count).code
    for reference in (count, code):
        counts.find(tx, org, reference)
    for state in (None, "open"):
        counts.list_page(tx, org, state=state, before=LAST, limit=10)
    count_lines.list_page(tx, org, count, after=1, limit=10)
    variances.list_page(tx, org, count, after="", limit=10)
    variances.uncounted(tx, org, count, limit=10)


def _member(
    outside: Tx, org: OrgContext, role: Role, permission: Permission, name: str, kind: str = "service"
) -> OrgContext:
    credential = tokens.verify(outside, new_token(outside, org, role, name, kind=kind))
    assert credential is not None
    return credential.context(org.request_id, permission)


def _who_reads_and_counts(outside: Tx, org: OrgContext) -> OrgContext:
    """Return somebody who counts with one token and reads with another."""
    person = _member(outside, org, "integration", "read", "Rob").actor_id
    tx, ruler = outside.enter(replace(org, permission="manage-identity"))
    token = tokens.issue(tx, ruler, person, NewToken("counter", LIFE), idempotency_key="rob-counts").token
    assert token is not None
    credential = tokens.verify(outside, token)
    assert credential is not None
    return credential.context(org.request_id, "count")
