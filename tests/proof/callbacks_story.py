"""Integration jobs in each state that the verbs meet them in, and each verb called on one; what ends one is undone."""

from dataclasses import replace
from datetime import timedelta

from proof.rehearsals import rehearsed
from support.keyrings import keyring_within
from velaurum.db.connection import Tx
from velaurum.identity import tokens
from velaurum.jobs import callbacks, integration_jobs
from velaurum.jobs.callback_secrets import CallbackSecret
from velaurum.jobs.integration_jobs import Issued, NewIntegrationJob
from velaurum.ledger import movements
from velaurum.tenancy.context import OrgContext

LIFE = timedelta(days=1)
NOBODY = "00000000-0000-0000-0000-000000000000"
ABOUT = ({"item": "BOLT"}, {"location": "A"})


def play(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    """Ask for jobs, say that one was sent, take one in hand, end them, read."""
    tx, poster = outside.enter(poster)
    made = [_ask(tx, poster, n, NewIntegrationJob("story", **about)) for n, about in enumerate((*ABOUT, {}))]
    (movement, *_) = movements.list_page(
        tx, poster, keyring_within(tx), movements.Filter(to_size=1_000), limit=1
    )
    made.append(_ask(tx, poster, 3, NewIntegrationJob("story", {"a": 1}, movement=movement.id)))
    _ask(tx, poster, 3, NewIntegrationJob("story", {"a": 1}, movement=movement.id))
    waiting, sent, taken, other = (one.created.require().id for one in made)
    assert integration_jobs.of_other_keys(tx, org.org_id, "1" * 16) == 4
    integration_jobs.note_sent(tx, poster, sent)
    secrets = [one.secret for one in made if one.secret is not None]
    _take(outside, poster, secrets[2])
    with rehearsed(outside):
        _take(outside, poster, secrets[0])
    for secret in secrets:
        with rehearsed(outside):
            _use(outside, poster, secret)
    for secret in (replace(secrets[0], secret=b"wrong"), replace(secrets[0], job_id=NOBODY)):
        _use(outside, poster, secret)
        _take(outside, poster, secret)
    _act(outside, poster, (waiting, sent, taken))
    _use(outside, poster, secrets[3])
    _use(outside, poster, secrets[3])
    _narrow(outside, org, poster)
    _read(outside, poster, (waiting, sent, taken, other))
    callbacks.with_overdue(outside)
    callbacks.expire(outside.within(poster.org_id), poster.org_id)


def _ask(tx: Tx, org: OrgContext, n: int, new: NewIntegrationJob) -> Issued:
    return integration_jobs.create(tx, org, new, key_id="0" * 16, idempotency_key=f"integration-{n}")


def _act(outside: Tx, org: OrgContext, job_ids: tuple[str, ...]) -> None:
    tx, org = outside.enter(org)
    for job_id in job_ids:
        with rehearsed(outside):
            integration_jobs.cancel(tx, org, job_id)
    with rehearsed(outside):
        integration_jobs.note_sent(tx, org, job_ids[1])


def _narrow(outside: Tx, org: OrgContext, poster: OrgContext) -> None:
    """Ask in a department."""
    tx = outside.within(org.org_id)
    token = tokens.create(
        tx,
        org.org_id,
        keyring_within(tx),
        "storekeeper",
        kind="service",
        name="narrow poster",
        life=LIFE,
        sub_org="DEPARTMENT",
    )
    credential = tokens.verify(outside, token)
    assert credential is not None
    tx, narrow = outside.enter(credential.context(poster.request_id, "post"))
    job = _ask(tx, narrow, 4, NewIntegrationJob("narrow", location="B")).created.require()
    integration_jobs.list_page(tx, narrow, state=None, before=integration_jobs.LAST, limit=10)
    integration_jobs.get(tx, narrow, job.id)
    with rehearsed(outside):
        integration_jobs.cancel(tx, narrow, job.id)


def _read(outside: Tx, org: OrgContext, job_ids: tuple[str, ...]) -> None:
    tx, org = outside.enter(org)
    stranger = replace(org, actor_id=NOBODY)
    for job_id in job_ids:
        integration_jobs.steps(tx, org, integration_jobs.get(tx, org, job_id))
    integration_jobs.get(tx, stranger, job_ids[0])
    for state in (None, "queued"):
        for reader in (org, stranger):
            integration_jobs.list_page(tx, reader, state=state, before=integration_jobs.LAST, limit=10)


def _take(outside: Tx, org: OrgContext, secret: CallbackSecret) -> None:
    tx = outside.within(org.org_id)
    callbacks.process(tx, org.org_id)
    callbacks.take(tx, secret, org.request_id)


def _use(outside: Tx, org: OrgContext, secret: CallbackSecret) -> None:
    callbacks.use(outside.within(org.org_id), secret, org.request_id, "succeeded", {"done": True})
