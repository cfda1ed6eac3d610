"""What counts run: opened, counted by two people, finished, approved by a third, posted under a rule, and cancelled."""

from collections.abc import Callable
from dataclasses import replace

from support.tenants import new_token
from velaurum.counting import count_lines, counts, variances
from velaurum.counting.count_lines import NewLine
from velaurum.counting.counts import LAST, NewCount
from velaurum.db.connection import Tx
from velaurum.identity import tokens
from velaurum.identity.roles import Permission, Role
from velaurum.ledger import approval_rules
from velaurum.ledger.approval_rules import ApprovalRule
from velaurum.tenancy.context import OrgContext

CODE, OTHER, NARROW = "CYCLE", "GIVEN-UP", "IN-DEPARTMENT"
_LINES = (
    NewLine("one", "BOLT", "200"),
    NewLine("two", "BOLT", "1", status="blocked"),
    NewLine("three", "MILK", "9", lot="L1", status="quarantine"),
    NewLine("four", "PUMP", "0", serial="S1"),
)


def run(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    """Call every verb; there are a posted count, one that was given up, and one of a department that is open."""
    tx, ruler = outside.enter(replace(org, permission="manage-identity"))
    rules = approval_rules.get(tx, ruler)
    approval_rules.replace(tx, ruler, rules.version, [ApprovalRule("scrap", "2"), ApprovalRule("adjustment")])
    ann, ben = (_member(outside, org, "counter", "count", name) for name in ("Ann", "Ben"))
    approver = _member(outside, org, "controller", "approve", "Cora", kind="user")
    tx, keeper = outside.enter(poster)
    new = NewCount(CODE, "A", tolerance="1", zero_uncounted=True)
    made = counts.create(tx, keeper, new, idempotency_key="count").require()
    for code, location, item in ((OTHER, "A", "BOLT"), (NARROW, "B", None)):
        counts.create(tx, keeper, NewCount(code, location, item), idempotency_key=f"count-{code}").require()
    for who, lines in (
        (ann, _LINES),
        (ann, _LINES[:1]),
        (ben, [replace(one, idempotency_key=f"{one.item}{n}") for n, one in enumerate(_LINES)]),
    ):
        tx, counter = outside.enter(who)
        count_lines.add(tx, counter, made.id, lines)
        count_lines.list_page(tx, counter, made.id, after=0, limit=10)
    count_lines.add(tx, counter, NARROW, [NewLine("narrow", "BOLT", "3")])
    tx, keeper = outside.enter(poster)
    _read(tx, keeper, made.id)
    _stepped(outside, poster, lambda tx, who: counts.finish(tx, who, made.id))
    _stepped(outside, approver, lambda tx, who: counts.approve(tx, who, made.id))
    tx, keeper = outside.enter(poster)
    _read(tx, keeper, made.id)
    _stepped(outside, poster, lambda tx, who: counts.post(tx, who, made.id))
    _stepped(outside, poster, lambda tx, who: counts.cancel(tx, who, OTHER))


def _stepped(outside: Tx, who: OrgContext, step: Callable[[Tx, OrgContext], object]) -> None:
    tx, entered = outside.enter(who)
    step(tx, entered)


def _read(tx: Tx, org: OrgContext, count_id: str) -> None:
    for reference in (count_id, CODE):
        counts.find(tx, org, reference)
    for state in (None, "open"):
        counts.list_page(tx, org, state=state, before=LAST, limit=10)
    count_lines.list_page(tx, org, count_id, after=1, limit=10)
    variances.list_page(tx, org, count_id, after="", limit=10)
    variances.uncounted(tx, org, count_id, limit=10)


def _member(
    outside: Tx, org: OrgContext, role: Role, permission: Permission, name: str, kind: str = "service"
) -> OrgContext:
    credential = tokens.verify(outside, new_token(outside, org, role, name, kind=kind))
    assert credential is not None
    return credential.context(org.request_id, permission)
