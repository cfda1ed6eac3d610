"""The second person as the tables have it: triggers and constraints, whoever writes the row."""

import hashlib
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from support.ledger_sql import APP, SUPERUSER, Connect, Org, act_as, receipt

SCRAP = {"kind": "scrap", "item_code": "BOLT", "source_code": "A", "target_code": "SCRAP", "reason": "gone"}
INSERT_APPROVAL = (
    "insert into ledger.approval (org_id, id, outcome, requested_by, decided_by, credential_id, request_id)"
    " values (%s, %s, 'approved', %s, %s, %s, gen_random_uuid())"
)


@dataclass(frozen=True, slots=True)
class Desk:
    """An organisation with a rule on every scrapping, and a superuser's session in it."""

    org: Org
    admin: psycopg.Connection[Any]

    def person(self, role: str = "controller", *, kind: str = "user", made_by: str | None = None) -> Org:
        """Make somebody with a credential; by default the operator's own make."""
        actor, token = (str(uuid.uuid4()) for _ in range(2))
        maker = made_by or self.org.actor_id
        self.admin.execute(
            "insert into identity.principal (org_id, id, kind, name, created_by) values (%s, %s, %s, 'erased', %s)",
            [self.org.org_id, actor, kind, maker],
        )
        return replace(self.org, actor_id=actor, credential_id=self.token(actor, role, maker, token))

    def token(self, actor: str, role: str, maker: str, token: str) -> str:
        self.admin.execute(
            "insert into identity.token (org_id, id, principal_id, role, secret_hash, created_by, expires_at)"
            " values (%s, %s, %s, %s, %s, %s, 'infinity')",
            [self.org.org_id, token, actor, role, hashlib.sha256(token.encode()).digest(), maker],
        )
        return token

    def ask(self, who: Org, life: str = "1 day") -> str:
        who.enter()
        asked = {**who._intake(), **SCRAP, "ord": 1, "quantity": "1"}
        row = who.connection.execute(
            "select r.outcome, r.record_id::text from ledger.request_approval(%s, %s, %s) as r",
            [who.org_id, Jsonb(asked), life],
        ).fetchone()
        assert row is not None
        assert row[0] == "created", row
        return str(row[1])

    def approve(self, asker: Org, request: str, approver: Org) -> None:
        values = [self.org.org_id, request, asker.actor_id, approver.actor_id, approver.credential_id]
        self.admin.execute(INSERT_APPROVAL, values)


@pytest.fixture
def desk(org_factory: Callable[..., Org], as_role: Connect) -> Desk:
    org = org_factory(items=["BOLT"], locations=["A", "B"])
    org.post([receipt("BOLT", "A", "100")])
    rules = [org.org_id, org.actor_id, org.credential_id, str(uuid.uuid4()), 1, Jsonb({"scrap": None})]
    org.enter().execute("select ledger.set_approval_rules(%s, %s, %s, %s, %s, %s)", rules)
    admin = replace(org, connection=as_role(SUPERUSER)).enter()
    act_as(admin, org.actor_id)
    return Desk(org, admin)


def post(who: Org, approval: str | None = None) -> str:
    (row,) = who.post([{**SCRAP, "quantity": "1", **({"approval_id": approval} if approval else {})}])
    return row.status if row.problem is None else str(row.problem["code"])


def test_another_person_approves_and_the_one_who_asked_posts(desk: Desk) -> None:
    asker, approver = desk.person("storekeeper"), desk.person()
    request = desk.ask(asker)

    desk.approve(asker, request, approver)

    assert post(asker) == "approval-required"
    assert post(approver, request) == "approval-invalid"
    assert post(asker, request) == "posted"
    assert post(asker, request) == "approval-invalid"


def test_the_table_itself_refuses_that_one_person_is_both(desk: Desk) -> None:
    asker = desk.person()
    request = desk.ask(asker)
    with desk.admin.transaction(force_rollback=True):
        desk.admin.execute("select fence.open()")
        desk.admin.execute("alter table ledger.approval disable trigger user")

        with pytest.raises(psycopg.errors.CheckViolation, match="approval_second_person_check"):
            desk.approve(asker, request, asker)


def test_the_table_itself_holds_who_asked_to_the_request(desk: Desk) -> None:
    asker, approver, third = desk.person(), desk.person(), desk.person()
    request = desk.ask(asker)
    with desk.admin.transaction(force_rollback=True):
        desk.admin.execute("select fence.open()")
        desk.admin.execute("alter table ledger.approval disable trigger user")

        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            desk.approve(third, request, approver)


@pytest.mark.parametrize("kind", ["service", "process"])
def test_no_machine_approves(desk: Desk, kind: str) -> None:
    asker = desk.person("storekeeper")

    with pytest.raises(psycopg.Error) as refused:
        desk.approve(asker, desk.ask(asker), desk.person(kind=kind))

    assert refused.value.sqlstate == "VL006"


def test_who_made_the_credential_that_asked_does_not_approve(desk: Desk) -> None:
    approver = desk.person()
    asker = desk.person("storekeeper", made_by=approver.actor_id)

    with pytest.raises(psycopg.Error) as refused:
        desk.approve(asker, desk.ask(asker), approver)

    assert refused.value.sqlstate == "VL006"


def test_who_asked_did_not_make_the_credential_that_approves(desk: Desk) -> None:
    asker = desk.person("storekeeper")
    approver = desk.person(made_by=asker.actor_id)

    with pytest.raises(psycopg.Error) as refused:
        desk.approve(asker, desk.ask(asker), approver)

    assert refused.value.sqlstate == "VL006"


def test_the_approver_did_not_make_the_credential_that_posts(desk: Desk) -> None:
    asker, approver = desk.person("storekeeper"), desk.person()
    request = desk.ask(asker)
    desk.approve(asker, request, approver)
    other = desk.token(asker.actor_id, "storekeeper", approver.actor_id, str(uuid.uuid4()))

    assert post(replace(asker, credential_id=other), request) == "approval-invalid"
    assert post(asker, request) == "posted"


@pytest.mark.parametrize("role", ["storekeeper", "org-admin", "auditor"])
def test_it_takes_the_permission_also_at_the_table(desk: Desk, role: str) -> None:
    asker = desk.person("storekeeper")

    with pytest.raises(psycopg.Error) as refused:
        desk.approve(asker, desk.ask(asker), desk.person(role))

    assert refused.value.sqlstate == "VL005"


@pytest.mark.parametrize("of_a", ["00000000-0000-4000-8000-000000000001", None])
def test_an_approver_of_one_department_does_not_approve_what_leaves_it(desk: Desk, of_a: str | None) -> None:
    asker, approver, narrow = desk.person("storekeeper"), desk.person(), desk.person()
    desk.admin.execute(
        "insert into tenancy.sub_org (org_id, id, code, code_key, name, path, created_by, updated_by)"
        " select %s, d, d::text, d::text, 'D', array[d], %s, %s"
        " from unnest(array['00000000-0000-4000-8000-000000000001'::uuid,"
        " '00000000-0000-4000-8000-000000000002']) as d",
        [desk.org.org_id, desk.org.actor_id, desk.org.actor_id],
    )
    desk.admin.execute(
        "update catalog.location set sub_org_id = case code when 'A' then"
        " %s::uuid else '00000000-0000-4000-8000-000000000002' end where holds_stock and org_id = %s",
        [of_a, desk.org.org_id],
    )
    desk.admin.execute(
        "update identity.token set sub_org_id = '00000000-0000-4000-8000-000000000002' where id = %s",
        [narrow.credential_id],
    )
    request = desk.ask(asker)

    with pytest.raises(psycopg.Error) as refused:
        desk.approve(asker, request, narrow)
    desk.approve(asker, request, approver)

    assert refused.value.sqlstate == "VL005"


def test_a_rule_that_comes_while_a_posting_waits_holds_for_it(desk: Desk, as_role: Connect) -> None:
    asker = desk.person("storekeeper")
    poster = replace(asker, connection=as_role(APP))
    rules = [desk.org.org_id, desk.org.actor_id, desk.org.credential_id, str(uuid.uuid4())]
    set_rules = "select ledger.set_approval_rules(%s, %s, %s, %s, %s, %s)"
    desk.org.enter().execute(set_rules, [*rules, 2, Jsonb({})])
    answers: list[str] = []

    with desk.org.connection.transaction():
        desk.org.connection.execute(set_rules, [*rules, 3, Jsonb({"scrap": None})])
        waiting = threading.Thread(target=lambda: answers.append(post(poster)))
        waiting.start()
        waiting.join(0.2)
        assert not answers
    waiting.join()

    assert answers == ["approval-required"]


def test_a_role_is_never_both_who_hands_out_credentials_and_who_approves(desk: Desk) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="role_approver_check"):
        desk.admin.execute(
            "update identity.role set permissions = permissions || array['approve'] where code = 'org-admin'"
        )
