"""Jobs in each state that the verbs meet them in, each verb called once on one; what ends a job is undone again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import msgspec

from support.keyrings import keyring_within
from velaurum.db.connection import Tx
from velaurum.identity import sessions, tokens
from velaurum.identity.sessions import Limits
from velaurum.jobs import jobs
from velaurum.jobs.jobs import Begun, Error, Ticket
from velaurum.jobs.kinds import Kind
from velaurum.tenancy.context import OrgContext

LIFE = timedelta(days=1)
NOBODY = "00000000-0000-0000-0000-000000000000"


class _Payload(msgspec.Struct):
    pass


def _kind(permission: str, lane: str = "light") -> Kind[_Payload]:
    return Kind("story", lane, permission, _Payload, lambda *_: None, max_attempts=2)


def play(outside: Tx, org: OrgContext) -> None:
    """Ask, begin, end, fail, try again, call off, and read."""
    tx, org = outside.enter(org)
    waiting, running, failed = (
        jobs.enqueue(tx, org, _kind("manage-catalog"), _Payload(), dedupe_key=key)
        for key in ("waits", "runs", "fails")
    )
    jobs.enqueue(tx, org, _kind("manage-catalog"), _Payload(), dedupe_key="waits")
    with _undone(outside):
        # What is asked for without a key is always a new one.
        jobs.enqueue(tx, org, _kind("manage-catalog"), _Payload())
    for _ in range(2):
        jobs.request(tx, org, _kind("manage-catalog"), _Payload(), idempotency_key="job").require()
    with _undone(outside):
        _begin(outside, org, waiting)
    held, begun = _begin(outside, org, running)
    _begin(outside, org, running)
    _fail_for_good(outside, org, failed)
    tx = outside.within(org.org_id)
    for end in (_progress, _succeed, _fail, _cancel):
        with _undone(outside):
            end(tx, org, held, replace(begun, number=begun.number + 1))
    for job_id in (waiting, running, failed):
        with _undone(outside):
            if job_id == failed:
                jobs.retry(tx, org, job_id, 2)
            else:
                jobs.cancel(tx, org, job_id)
        jobs.get(tx, org, job_id)
    with _undone(outside):
        # It was taken over as often as it may be.
        _begin(outside, org, running)
    for sub_org_ids in (None, []):
        jobs.list_page(tx, replace(org, sub_org_ids=sub_org_ids), state=None, before=jobs.LAST, limit=10)
    for reader in (org, replace(org, sub_org_ids=[]), replace(org, sub_org_ids=[], actor_id=NOBODY)):
        jobs.summary(tx, reader)
    jobs.list_page(tx, org, state="failed", before=jobs.LAST, limit=10)
    # Whoever asked for none of them sees them in the whole organisation alone.
    stranger = replace(org, actor_id=NOBODY)
    jobs.get(tx, stranger, running)
    jobs.list_page(tx, stranger, state=None, before=jobs.LAST, limit=10)
    _enter(outside, org, begun)


def _begin(outside: Tx, org: OrgContext, job_id: str) -> tuple[Ticket, Begun]:
    tx = outside.within(org.org_id)
    row = tx.connection.execute("select /* story */ ticket from jobs.job where id = %s", [job_id]).fetchone()
    assert row is not None
    ticket = Ticket(org.org_id, job_id, int(row[0]))
    begun = jobs.begin(tx, ticket)
    if begun is None:
        return ticket, Begun(job_id, "story", "read", {}, 0, 0, "", "", None, "")
    return ticket, begun


def _fail_for_good(outside: Tx, org: OrgContext, job_id: str) -> None:
    ticket, begun = _begin(outside, org, job_id)
    assert jobs.fail(outside.within(org.org_id), ticket, begun, Error("refused", "No."), None) == "failed"


def _progress(tx: Tx, _org: OrgContext, ticket: Ticket, begun: Begun) -> None:
    assert jobs.note_progress(tx, ticket, begun, 1, 2)


def _succeed(tx: Tx, _org: OrgContext, ticket: Ticket, begun: Begun) -> None:
    jobs.succeed(tx, ticket, begun, {"done": True})


def _fail(tx: Tx, _org: OrgContext, ticket: Ticket, begun: Begun) -> None:
    assert jobs.fail(tx, ticket, begun, Error("later", "Not now."), timedelta(0)) == "failed"


def _cancel(tx: Tx, org: OrgContext, ticket: Ticket, _begun: Begun) -> None:
    jobs.cancel(tx, org, ticket.job_id)


def _enter(outside: Tx, org: OrgContext, begun: Begun) -> None:
    """Judge who asked: by a token, in departments, by a session, and as a process of the product."""
    ticket = Ticket(org.org_id, begun.id, 0)
    jobs.enter(outside, ticket, begun)
    narrow = tokens.create(
        outside.within(org.org_id),
        org.org_id,
        keyring_within(outside),
        "auditor",
        kind="service",
        name="narrow job",
        life=LIFE,
        sub_org="DEPARTMENT",
    )
    within = outside.within(org.org_id)
    credential = tokens.verify(outside, narrow)
    assert credential is not None
    told = credential.context(org.request_id, "read-assurance")
    jobs.enter(outside, ticket, _by(begun, told.actor_id, told.credential_id, told.permission))
    people = (
        outside.within(org.org_id)
        .connection.execute(
            "select /* story */ a.principal_id::text, r.permissions[1] from identity.assignment as a"
            " inner join identity.role as r on r.org_id = a.org_id and r.code = a.role"
            " inner join identity.principal as p on p.org_id = a.org_id and p.id = a.principal_id"
            " where a.revoked_at is null and p.kind = 'user' and p.disabled_at is null"
            " order by a.id"
        )
        .fetchall()
    )
    for person, permission in people:
        secret = sessions.open_session(within, org.org_id, person, "password", Limits())
        opened = sessions.verify(outside, secret)
        assert opened is not None
        told = opened.context(org.request_id, permission)
        jobs.enter(outside, ticket, _by(begun, person, told.credential_id, permission))
    row = within.connection.execute(
        "select /* story */ id::text from identity.principal where org_id = %s and created_by = id",
        [org.org_id],
    ).fetchone()
    assert row is not None
    jobs.enter(outside, ticket, _by(begun, row[0], None, "manage-catalog"))


def _by(begun: Begun, who: str, credential_id: str | None, permission: str) -> Begun:
    return replace(begun, requested_by=who, credential_id=credential_id, permission=permission)


@contextmanager
def _undone(outside: Tx) -> Iterator[None]:
    with outside.connection.transaction(force_rollback=True):
        yield
