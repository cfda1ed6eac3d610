"""Causes of reminders, planted by the superuser: what would take days to come about, or an accident."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from support import old_rows

Superuser = psycopg.Connection[Any]
OPERATOR = old_rows.OPERATOR
SOMEBODY = (
    "(select p.id from identity.principal as p where p.org_id = %(org)s and p.created_by <> p.id limit 1)"
)
DAYS = "interval '1 day'"


def job(superuser: Superuser, org_id: str) -> str:
    (job_id,) = old_rows.jobs(superuser, org_id, 1, days=1, state="failed")
    return job_id


def dead_letter(superuser: Superuser, org_id: str) -> str:
    old_rows.messages(superuser, org_id, [7], days=1)
    return "7"


def token(superuser: Superuser, org_id: str, *, lives_days: int = 90, ends_in_days: float = 6) -> str:
    """Plant a token that was made long ago and ends soon."""
    return _plant(
        superuser,
        org_id,
        "identity.token",
        "insert into identity.token (org_id, id, principal_id, role, secret_hash, created_at, created_by, expires_at)"
        f" select %(org)s, %(id)s, {SOMEBODY}, 'auditor', sha256('x'),"
        f" clock_timestamp() + {DAYS} * (%(ends)s - %(lives)s), {OPERATOR}, clock_timestamp() + {DAYS} * %(ends)s",
        ends=ends_in_days,
        lives=lives_days,
    )


def invitation(superuser: Superuser, org_id: str) -> str:
    return _plant(
        superuser,
        org_id,
        "identity.invitation",
        "insert into identity.invitation (org_id, id, principal_id, login, secret_hash, created_at, created_by,"
        f" expires_at) select %(org)s, %(id)s, {SOMEBODY}, 'grace', sha256('x'), clock_timestamp() - interval '6 days',"
        f" {OPERATOR}, clock_timestamp() + interval '1 hour'",
    )


def broken_glass(superuser: Superuser, org_id: str) -> str:
    """Plant an access of the operator that ends in a few minutes."""
    return _plant(
        superuser,
        org_id,
        "identity.break_glass",
        "insert into identity.break_glass (org_id, id, reason, life, requested_by, credential_id, request_id)"
        f" select %(org)s, %(id)s, 'a reason for it', interval '1 hour', {OPERATOR}, %(id)s, %(id)s",
        "identity.break_glass_step",
        "insert into identity.break_glass_step (org_id, id, step, requested_by, actor_id, credential_id, request_id,"
        f" at, expires_at) select %(org)s, %(id)s, 'approved', {OPERATOR}, {SOMEBODY}, %(id)s, %(id)s,"
        " clock_timestamp() - interval '50 minutes', clock_timestamp() + interval '10 minutes'",
    )


def webhook(superuser: Superuser, org_id: str) -> str:
    return _plant(
        superuser,
        org_id,
        "webhooks.endpoint",
        "insert into webhooks.endpoint (org_id, id, code, name, url, event_types, key_id, from_index, created_by,"
        " updated_by, disabled_at, disabled_by, disabled_reason) select %(org)s, %(id)s, 'gone', 'Gone',"
        f" 'https://gone.example.com/', array['velaurum.item.*'], '0123456789abcdef', 0, {OPERATOR}, {OPERATOR},"
        f" clock_timestamp(), {OPERATOR}, 'gone'",
    )


def held_log(superuser: Superuser, org_id: str) -> str:
    superuser.execute(
        "update tenancy.org set held_since = clock_timestamp(), held_reason = 'planted' where org_id = %s",
        [org_id],
    )
    return org_id


def overdue(superuser: Superuser, org_id: str) -> str:
    superuser.execute(
        "update tenancy.org set created_at = clock_timestamp() - interval '9 days' where org_id = %s",
        [org_id],
    )
    return org_id


PLANTED: Mapping[str, Callable[[Superuser, str], str]] = {
    "job-failed": job,
    "dead-letter": dead_letter,
    "token-expiring": token,
    "invitation-expiring": invitation,
    "break-glass-ending": broken_glass,
    "webhook-gone": webhook,
    "log-held": held_log,
    "verification-overdue": overdue,
}
GONE: Mapping[str, str] = {
    "job-failed": "update jobs.job set state = 'queued', ended_at = null where org_id = %s",
    "dead-letter": "update transport.message set (dead_at, dead_code, dead_reason) = (null, null, null)"
    " where org_id = %s",
    "token-expiring": "update identity.token set revoked_at = created_at, revoked_by = created_by where org_id = %s",
    "invitation-expiring": "update identity.invitation set redeemed_at = created_at where org_id = %s",
    "break-glass-ending": "insert into identity.break_glass_step"
    " (org_id, id, step, requested_by, actor_id, credential_id, request_id)"
    " select s.org_id, s.id, 'ended', s.requested_by, s.actor_id, s.credential_id, s.request_id"
    " from identity.break_glass_step as s where s.org_id = %s",
    "webhook-gone": "update webhooks.endpoint set disabled_at = null, disabled_by = null, disabled_reason = null"
    " where org_id = %s",
    "log-held": "update tenancy.org set held_since = null, held_reason = null where org_id = %s",
    "verification-overdue": "update tenancy.org set created_at = clock_timestamp() where org_id = %s",
}
_TABLES: Mapping[str, tuple[str, ...]] = {
    "job-failed": ("jobs.job",),
    "token-expiring": ("identity.token",),
    "invitation-expiring": ("identity.invitation",),
    "break-glass-ending": ("identity.break_glass_step",),
    "webhook-gone": ("webhooks.endpoint",),
}


def remove(superuser: Superuser, kind: str, org_id: str) -> None:
    """Let what was planted be over."""
    with unguarded(superuser, *_TABLES.get(kind, ())):
        superuser.execute(GONE[kind], [org_id])  # type: ignore[call-overload]


@contextmanager
def unguarded(superuser: Superuser, *tables: str) -> Iterator[None]:
    """Write without the triggers of tables for the length of a block."""
    with superuser.transaction():
        superuser.execute("set local event_triggers = off")  # the fence lets nobody alter a table
        for table in tables:
            superuser.execute("alter table " + table + " disable trigger user")  # type: ignore[call-overload]
        yield
        for table in tables:
            superuser.execute("alter table " + table + " enable trigger user")  # type: ignore[call-overload]


def _plant(superuser: Superuser, org_id: str, *tables_and_texts: str, **given: Any) -> str:
    new_id = str(uuid.uuid4())
    tables, texts = tables_and_texts[::2], tables_and_texts[1::2]
    with unguarded(superuser, *tables):
        for text in texts:
            superuser.execute(text, {"org": org_id, "id": new_id, **given})  # type: ignore[call-overload]
    return new_id
