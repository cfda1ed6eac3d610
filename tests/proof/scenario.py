"""The verbs of the product, each called once, with a record of what every statement was given.

A new statement belongs here: call its verb in `_run`, so that each of its ties is tried on a real database.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from proof import (
    broken_glass,
    callbacks_story,
    counts_story,
    history_story,
    jobs_story,
    keys_story,
    location_story,
    log_story,
    passwords_story,
    periods_story,
    reports_story,
    reservations_story,
    scim_story,
    sessions_story,
    shipments_story,
    sign_ins_story,
    stock_keys_story,
    subjects_story,
    units_story,
    webhooks_story,
)
from proof.rehearsals import rehearse
from support.keyrings import keyring_within, sealed, with_names
from support.tenants import LIFE, create_context, new_context, new_token
from velaurum.audit import changes
from velaurum.catalog import items
from velaurum.catalog.items import ItemChange, NewItem
from velaurum.db import connection
from velaurum.db.connection import Database, Tx
from velaurum.identity import assignments, principals, roles, standing, tokens
from velaurum.identity.assignments import NewAssignment
from velaurum.identity.principals import NewPrincipal, PrincipalChange
from velaurum.identity.roles import NewRole, RoleChange
from velaurum.identity.tokens import NewToken
from velaurum.ledger import approval_rules, approvals, balances, intakes, movements
from velaurum.ledger.approval_rules import ApprovalRule
from velaurum.ledger.intakes import NewMovement
from velaurum.ops import schedules
from velaurum.proofs import tiles
from velaurum.tenancy import access_events, orgs, statement_tallies, sub_orgs
from velaurum.tenancy.access_events import AccessEvent
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.statement_tallies import Boot, StatementTally
from velaurum.tenancy.sub_orgs import NewSubOrg, SubOrgChange

Recorded = Mapping[str, list[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened in one organisation: its id, and the parameters of every statement that ran."""

    org_id: str
    recorded: Recorded


def play(conninfo: str, afterwards: Callable[[Database], None] = lambda _: None) -> Story:
    """Run every verb in a new organisation; `afterwards` gets the door that it went through."""
    recorded: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    database = Database(conninfo, max_connections=1)
    with closing(database):
        with _recording(recorded), database.installation() as unnamed:
            outside = with_names(unnamed)
            org = create_context(outside)
            _run(outside, org)
            broken_glass.play(outside, org)
            _suspend(outside, org)
            _attest(outside, org.org_id)
        with _recording(recorded):
            log_story.follow(conninfo, database, org)
        afterwards(database)
    return Story(org.org_id, recorded)


@contextmanager
def _recording(recorded: dict[str, list[Mapping[str, Any]]]) -> Iterator[None]:
    require_applied = connection.require_applied

    def remember(query: Any, org_id: str | None, parameters: Mapping[str, Any]) -> None:
        require_applied(query, org_id, parameters)
        recorded[query.name].append(dict(parameters))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "require_applied", remember)
        yield


def _run(outside: Tx, org: OrgContext) -> None:
    tx, org = outside.enter(org)
    department = _divide(tx, org)
    _prepare(tx, org, department)
    _give_places(tx)
    for reference in (department, "DEPARTMENT"):
        narrow = new_token(tx, org, "auditor", "narrow", sub_org=reference)
        standing.own(tx, replace(org, credential_id=narrow.token_id))
    revoked = new_token(tx, org, "auditor", "revoked")
    tokens.revoke(tx, org.org_id, revoked.token_id)
    _give_places(tx)
    for story in (sessions_story, sign_ins_story, passwords_story, keys_story):
        story.run(outside, org)
    tx, poster = outside.enter(new_context(outside, org.org_id, "storekeeper", "post"))
    _post(tx, poster)
    _approve(outside, org, poster)
    periods_story.run(outside, org, poster)
    reservations_story.run(outside, org, poster)
    rehearse(outside, org, poster)
    counts_story.run(outside, org, poster)
    shipments_story.run(outside, org, poster)
    _give_places(tx)
    tx, reader = outside.enter(new_context(outside, org.org_id, "auditor", "read"))
    _read(tx, reader)
    _read(tx, replace(reader, sub_org_ids=[department]))
    _people(outside, replace(org, permission="manage-identity"), department)
    subjects_story.run(outside, org, poster)
    scim_story.run(outside, org)
    webhooks_story.run(outside, org)
    jobs_story.play(outside, org)
    callbacks_story.play(outside, org, poster)


def _give_places(tx: Tx) -> None:
    """Give changes their places in the log, as the commit does: all of this is one transaction."""
    for when in ("immediate", "deferred"):
        tx.connection.execute(f"set constraints all {when}")


def _divide(tx: Tx, org: OrgContext) -> str:
    department = sub_orgs.create(
        tx, org, NewSubOrg("DEPARTMENT", "Department"), idempotency_key="department"
    ).record
    inner = sub_orgs.create(
        tx, org, NewSubOrg("INNER", "Inner", "DEPARTMENT"), idempotency_key="inner"
    ).record
    for reference in (inner.id, "INNER"):
        sub_orgs.find(tx, org, reference)
    sub_orgs.list_page(tx, org, after="", limit=10)
    sub_orgs.update(tx, org, inner.id, 1, SubOrgChange(name="inside"))
    orgs.region(tx, org)
    return department.id


def _prepare(tx: Tx, org: OrgContext, department: str) -> None:
    item = items.create(tx, org, NewItem("BOLT", "Bolt"), idempotency_key="item").record
    items.update(tx, org, item.id, 1, ItemChange(name="A bolt"))
    items.list_page(tx, org, after="", limit=10)
    units_story.keep(tx, org)
    location_story.make(tx, org, department)


def _post(tx: Tx, org: OrgContext) -> None:
    for n, target in enumerate("ABAB"):
        new = NewMovement(kind="receipt", item="BOLT", quantity="5", target=target, note="for shelf 3")
        movements.post(tx, org, sealed(tx, org, [intakes.movement(new, f"receipt-{n}")]))
    new = NewMovement(kind="receipt", item="BOLT", quantity="1", target="A")
    movements.post(tx, org, [intakes.movement(new, f"tile-{n}") for n in range(tiles.WIDTH)])
    (last, *_) = movements.list_page(tx, org, keyring_within(tx), movements.Filter(to_size=1_000), limit=1)
    movements.post(tx, org, [intakes.reversal(last.id, "mistake", "reversed")])
    location_story.post(tx, org)
    stock_keys_story.post(tx, org)


def _approve(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    tx, ruler = outside.enter(replace(org, permission="manage-identity"))
    for above in ("1", "2"):
        version = approval_rules.get(tx, ruler).version
        approval_rules.replace(tx, ruler, version, [ApprovalRule("scrap", above), ApprovalRule("adjustment")])
    token = new_token(tx, org, "controller", "approver", kind="user")
    credential = tokens.verify(outside, token)
    assert credential is not None
    new = NewMovement(kind="scrap", item="BOLT", quantity="2", source="A", reason="corroded")
    for n, verdict in enumerate(("approved", "rejected")):
        tx, poster = outside.enter(poster)
        asked = intakes.for_approval(new, f"request-{n}")
        request = approvals.create(tx, poster, asked).require()
        tx, approver = outside.enter(credential.context(org.request_id, "approve"))
        approvals.decide(tx, approver, request.id, verdict, reason="seen")
        approvals.get(tx, replace(approver, sub_org_ids=poster.sub_org_ids), request.id)
        approvals.list_page(tx, approver, status=verdict, before=approvals.LAST, limit=10)
    tx, poster = outside.enter(poster)
    for key, of_a_part in stock_keys_story.asked().items():
        request = approvals.create(tx, poster, intakes.for_approval(of_a_part, key)).require()
        approvals.get(tx, poster, request.id)


def _read(tx: Tx, org: OrgContext) -> None:
    soon, size = datetime.now(UTC) + timedelta(minutes=1), balances.now(tx, org).log_size
    balances.as_of(tx, org, datetime.now(UTC))
    balances.size_before(tx, org, soon)
    location_story.read(tx, org, size, soon)
    keyring = keyring_within(tx)
    for movement in movements.list_page(tx, org, keyring, movements.Filter(to_size=size), limit=10):
        movements.get(tx, org, keyring, movement.id)
    history_story.read(tx, org, size, soon)
    reports_story.read(tx, org, size)


def _people(outside: Tx, org: OrgContext, department: str) -> None:
    tx, org = outside.enter(org)
    role = roles.create(tx, org, NewRole("packer", "Packer", ["read"]), idempotency_key="role").require()
    for reference in (role.id, "packer"):
        roles.find(tx, org, reference)
    roles.update(tx, org, role.id, 1, RoleChange(permissions=["read", "post"]))
    roles.list_page(tx, org, after="", limit=10)
    new = NewPrincipal("Ada", "user", department)
    made = principals.create(tx, org, keyring_within(tx), new, idempotency_key="principal").require().id
    principals.update(tx, org, keyring_within(tx), made, 1, PrincipalChange(name="Ada B."))
    principals.list_page(tx, org, after=principals.FIRST, limit=50)
    given = assignments.create(
        tx, org, made, NewAssignment("packer", department), idempotency_key="assignment"
    ).require()
    assignments.list_page(tx, org, made, after=principals.FIRST, limit=10)
    asked = NewToken("packer", LIFE, department)
    token, _ = (
        tokens.issue(tx, org, made, asked, idempotency_key=f"token-{n}").created.require().id
        for n in range(2)
    )
    tokens.note_use(tx, org.org_id, token)
    tx, org = outside.enter(org)
    tokens.list_page(tx, org, after=principals.FIRST, limit=50)
    tokens.withdraw(tx, org, token)
    assignments.revoke(tx, org, made, given.id)
    principals.disable(tx, org, made)
    principals.enable(tx, org, made)
    _give_places(tx)
    changes.list_of_rights(tx, org, before=changes.LAST, limit=1_000)


def _suspend(outside: Tx, org: OrgContext) -> None:
    found = orgs.find(outside, org.org_code)
    assert found is not None
    orgs.suspend(outside, found, "unpaid")
    orgs.resume(outside, found, "paid")
    orgs.suspensions(outside, found)


def _attest(outside: Tx, org_id: OrgId) -> None:
    noter = schedules.Noter(None, "telling", "worker", timedelta(minutes=1))
    schedules.note(outside, noter, datetime.now(UTC), has_failed=False)
    schedules.list_all(outside)
    boot, now = Boot(str(uuid.uuid4())), datetime.now(UTC)
    statement_tallies.record(outside, boot, [StatementTally("x.y.z", [25], 1, 0, 0)])
    for n in range(2):
        at, ids = now + timedelta(seconds=n), [str(uuid.uuid4())]
        event = AccessEvent(str(uuid.uuid4()), at.isoformat(), ids, ["getItem"], ids, ids, [200], 2, 2, 0)
        access_events.record(outside, org_id, boot, [event])
    later = now + timedelta(minutes=1)
    access_events.totals(outside.within(org_id), org_id, "2026-01-01T00:00:00Z", later.isoformat())
