"""The second person where people sign in by a provider: who let somebody in is no second person for them (V-23)."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from support.ledger_sql import SUPERUSER, Connect, Org, receipt
from support.plain_logins import unsealed

SCRAP = {"kind": "scrap", "item_code": "BOLT", "source_code": "A", "target_code": "SCRAP", "reason": "gone"}
PROVIDER = (
    "insert into identity.provider (org_id, id, code, name, kind, issuer, client_id, client_auth, tenant_ids,"
    " created_by, updated_by) values (%s, %s, 'idp', 'x', 'generic', 'https://x', 'x', 'none', '{}', %s, %s)"
)
SUBJECT = (
    "insert into identity.provider_subject (org_id, id, provider_id, subject, principal_id, created_by)"
    " values (%s, %s, %s, %s, %s, %s)"
)
SESSION = (
    "insert into identity.session (org_id, id, principal_id, method, secret_hash, created_by, idle_after, expires_at)"
    " values (%s, %s, %s, %s, sha256('x'), %s, '1 hour', clock_timestamp() + interval '1 hour')"
)
APPROVAL = (
    "insert into ledger.approval (org_id, id, outcome, requested_by, decided_by, credential_id, request_id)"
    " values (%s, %s, 'approved', %s, %s, %s, gen_random_uuid())"
)
INVITATION = (
    "insert into identity.invitation (org_id, id, principal_id, login, secret_hash, created_by, expires_at,"
    " redeemed_at)"
    " values (%s, %s, %s, 'ada', sha256('x'), %s, clock_timestamp() + interval '1 hour', clock_timestamp())"
)
SETTING = (
    "insert into identity.password (org_id, id, principal_id, login, phc, invitation_id, created_by)"
    " values (%s, gen_random_uuid(), %s, 'ada', sha256('x'), %s, %s)"
)
ROLE = (
    "insert into identity.assignment (org_id, id, principal_id, role, created_by)"
    " values (%s, gen_random_uuid(), %s, 'controller', %s)"
)


@dataclass(frozen=True, slots=True)
class Desk:
    """An organisation in which every scrapping needs an approval, and a superuser's session in it."""

    org: Org
    admin: psycopg.Connection[Any]

    def person(self, method: str = "password") -> Org:
        """Make a controller with a session."""
        actor, session = (str(uuid.uuid4()) for _ in range(2))
        self.admin.execute(
            "select set_config('velaurum.acting', array[%s::uuid, null, null]::text, false)",
            [self.org.actor_id],
        )
        self.admin.execute(
            "insert into identity.principal (org_id, id, kind, name, created_by) values (%s, %s, 'user', 'erased', %s)",
            [self.org.org_id, actor, self.org.actor_id],
        )
        self.admin.execute(ROLE, [self.org.org_id, actor, self.org.actor_id])
        self.admin.execute(SESSION, [self.org.org_id, session, actor, method, actor])
        return replace(self.org, actor_id=actor, credential_id=session)

    def let_in(self, who: Org, provider_by: str, linked_by: str) -> None:
        provider = str(uuid.uuid4())
        self.admin.execute(PROVIDER, [self.org.org_id, provider, provider_by, provider_by])
        values = [self.org.org_id, str(uuid.uuid4()), provider, "ada", who.actor_id, linked_by]
        with unsealed(self.admin):
            self.admin.execute(SUBJECT, values)

    def invite(self, who: Org, by: str) -> None:
        invitation = str(uuid.uuid4())
        with unsealed(self.admin):
            self.admin.execute(INVITATION, [self.org.org_id, invitation, who.actor_id, by])
            self.admin.execute(SETTING, [self.org.org_id, who.actor_id, invitation, who.actor_id])

    def ask(self, who: Org) -> str:
        who.enter()
        asked = {**who._intake(), **SCRAP, "ord": 1, "quantity": "1"}
        row = who.connection.execute(
            "select r.outcome, r.record_id::text from ledger.request_approval(%s, %s, '1 day') as r",
            [who.org_id, Jsonb(asked)],
        ).fetchone()
        assert row is not None
        assert row[0] == "created", row
        return str(row[1])

    def approve(self, asker: Org, approver: Org) -> None:
        values = [self.org.org_id, self.ask(asker), asker.actor_id, approver.actor_id, approver.credential_id]
        self.admin.execute(APPROVAL, values)


@pytest.fixture
def desk(org_factory: Callable[..., Org], as_role: Connect) -> Desk:
    org = org_factory(items=["BOLT"], locations=["A"])
    org.post([receipt("BOLT", "A", "100")])
    rules = [org.org_id, org.actor_id, org.credential_id, str(uuid.uuid4()), 1, Jsonb({"scrap": None})]
    org.enter().execute("select ledger.set_approval_rules(%s, %s, %s, %s, %s, %s)", rules)
    return Desk(org, replace(org, connection=as_role(SUPERUSER)).enter())


@pytest.mark.parametrize("hand", ["the link", "the provider"])
def test_who_let_the_other_in_does_not_approve(desk: Desk, hand: str) -> None:
    asker, approver = desk.person("oidc"), desk.person()
    operator = desk.org.actor_id
    desk.let_in(
        asker,
        approver.actor_id if hand == "the provider" else operator,
        approver.actor_id if hand == "the link" else operator,
    )

    with pytest.raises(psycopg.Error) as refused:
        desk.approve(asker, approver)

    assert refused.value.sqlstate == "VL006"


def test_who_asked_did_not_let_the_approver_in(desk: Desk) -> None:
    asker, approver = desk.person(), desk.person("oidc")
    desk.let_in(approver, desk.org.actor_id, asker.actor_id)

    with pytest.raises(psycopg.Error) as refused:
        desk.approve(asker, approver)

    assert refused.value.sqlstate == "VL006"


def test_who_invited_the_other_does_not_approve(desk: Desk) -> None:
    asker, approver = desk.person(), desk.person()
    desk.invite(asker, approver.actor_id)

    with pytest.raises(psycopg.Error) as refused:
        desk.approve(asker, approver)

    assert refused.value.sqlstate == "VL006"


def test_a_third_may_invite_both(desk: Desk) -> None:
    asker, approver = desk.person(), desk.person()
    desk.invite(asker, desk.org.actor_id)

    desk.approve(asker, approver)


def test_a_third_may_let_both_in(desk: Desk) -> None:
    asker, approver = desk.person("oidc"), desk.person()
    desk.let_in(asker, desk.org.actor_id, desk.org.actor_id)

    desk.approve(asker, approver)


def test_a_session_that_came_otherwise_is_nobodys_hand(desk: Desk) -> None:
    asker, approver = desk.person("password"), desk.person()
    desk.let_in(asker, approver.actor_id, approver.actor_id)

    desk.approve(asker, approver)
