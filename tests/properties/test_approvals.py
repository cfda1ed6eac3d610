"""Whoever asks, approves and posts, in whatever order: nobody posts what they approved, or what nobody did."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from support.ledger_sql import APP, SUPERUSER, Connect, Org, act_as, receipt

KINDS = ("user", "user", "user", "service")
ROLES = ("controller", "controller", "storekeeper", "controller")
SCRAP = {"kind": "scrap", "item_code": "BOLT", "source_code": "A", "target_code": "SCRAP", "reason": "gone"}
people = st.integers(0, len(KINDS) - 1)
quantities = st.integers(1, 3)
requests = st.integers(0, 5)
steps = st.one_of(
    st.tuples(st.just("ask"), people, quantities, st.none()),
    st.tuples(st.just("decide"), people, requests, st.sampled_from(["approved", "approved", "rejected"])),
    st.tuples(st.just("post"), people, quantities, st.none() | requests),
    st.tuples(st.just("use"), people, requests, st.none()),
    st.tuples(st.just("round"), people, people, people),
    st.tuples(st.just("rule"), st.just(0), st.sampled_from([0, 1, 2]), st.none()),
)
BROKEN = """
select m.log_index from ledger.movement as m
left join ledger.approval_request as r on r.org_id = m.org_id and r.id = m.approval_id
left join ledger.approval as a on a.org_id = m.org_id and a.id = m.approval_id
left join identity.principal as p on p.org_id = a.org_id and p.id = a.decided_by
where m.org_id = %(org_id)s and m.kind = 'scrap' and (
    case when m.approval_id is null then m.log_index = any(%(unruled)s) is not true
    else a.outcome is distinct from 'approved' or a.decided_by = m.actor_id or p.kind <> 'user'
        or r.request_hash <> m.request_hash or r.requested_by <> m.actor_id end
)
"""


@pytest.fixture(scope="module")
def make(module_org_factory: Callable[..., Org], module_as_role: Connect) -> Callable[[], list[Org]]:
    """Make an organisation with a hundred bolts and its people."""
    connection, admin = module_as_role(APP), module_as_role(SUPERUSER)

    def made() -> list[Org]:
        org = replace(module_org_factory(items=["BOLT"], locations=["A"]), connection=connection)
        org.post([receipt("BOLT", "A", "100")])
        act_as(admin, org.actor_id)
        found = []
        for kind, role in zip(KINDS, ROLES, strict=True):
            actor, token = str(uuid.uuid4()), str(uuid.uuid4())
            admin.execute(
                "insert into identity.principal (org_id, id, kind, name, created_by) values (%s, %s, %s, 'erased', %s)",
                [org.org_id, actor, kind, org.actor_id],
            )
            admin.execute(
                "insert into identity.token"
                " (org_id, id, principal_id, role, secret_hash, created_by, expires_at)"
                " values (%s, %s, %s, %s, sha256(%s), %s, 'infinity')",
                [org.org_id, token, actor, role, token.encode(), org.actor_id],
            )
            found.append(replace(org, actor_id=actor, credential_id=token))
        return found

    return made


class Desk:
    """What a run does, and what it remembers."""

    def __init__(self, members: list[Org]) -> None:
        self.members = members
        self.requests: list[str] = []
        self.quantities: list[int] = []
        self.above: int | None = None
        self.unruled: list[int] = []

    def rule(self, _: Org, above: int, __: None) -> None:
        self.above = above
        org = self.members[0].enter()
        poster = self.members[0]
        values = [poster.org_id, poster.actor_id, poster.credential_id, str(uuid.uuid4())]
        rules = Jsonb({"scrap": str(above) if above else None})
        org.execute(
            "select ledger.set_approval_rules(%s, %s, %s, %s, ledger.approval_rules_version(%s), %s)",
            [*values, self.members[0].org_id, rules],
        )

    def ask(self, who: Org, quantity: int, _: None) -> None:
        asked = {**who._intake(), **SCRAP, "ord": 1, "quantity": str(quantity)}
        row = who.enter().execute(
            "select r.record_id::text from ledger.request_approval(%s, %s, '1 day') as r",
            [who.org_id, Jsonb(asked)],
        )
        self.quantities.append(quantity)
        self.requests.append(str((row.fetchone() or ("",))[0]))

    def decide(self, who: Org, n: int, outcome: str) -> None:
        if n >= len(self.requests):
            return
        values = [who.org_id, who.actor_id, who.credential_id, str(uuid.uuid4()), self.requests[n], outcome]
        try:
            who.enter().execute("select ledger.decide_approval(%s, %s, %s, %s, %s, %s, 'why')", values)
        except psycopg.Error as error:
            if error.sqlstate not in ("VL005", "VL006"):
                raise

    def use(self, who: Org, n: int, _: None) -> None:
        if n < len(self.requests):
            self.post(who, self.quantities[n], n)

    def round(self, asker: Org, approver: int, poster: int) -> None:
        self.ask(asker, 1, None)
        self.decide(self.members[approver], len(self.requests) - 1, "approved")
        self.use(self.members[poster], len(self.requests) - 1, None)

    def post(self, who: Org, quantity: int, n: int | None) -> None:
        named = {} if n is None or n >= len(self.requests) else {"approval_id": self.requests[n]}
        (row,) = who.post([{**SCRAP, "quantity": str(quantity), **named}])
        needs = self.above is not None and quantity > self.above
        if row.movement is not None and not needs:
            self.unruled.append(row.movement["log_index"])
        if not named:
            assert row.status == ("invalid" if needs else "posted")


@given(run=st.lists(steps, min_size=8, max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_movement_is_approved_by_who_posts_it(
    run: list[tuple[str, int, int, Any]], make: Callable[[], list[Org]]
) -> None:
    desk = Desk(make())

    for verb, who, first, second in run:
        getattr(desk, verb)(desk.members[who], first, second)

    org = desk.members[0]
    broken = org.enter().execute(BROKEN, {"org_id": org.org_id, "unruled": desk.unruled}).fetchall()
    assert not broken
