"""Rows that ended long ago, planted by the superuser: what the product itself would have to wait months for."""

import uuid
from typing import Any

import psycopg

OPERATOR = "(select p.id from identity.principal as p where p.org_id = %(org)s and p.created_by = p.id)"
Superuser = psycopg.Connection[Any]


def jobs(
    superuser: Superuser, org_id: str, number: int, *, days: float, state: str = "succeeded"
) -> list[str]:
    """Plant jobs that ended (or began to wait) so many days ago, each with two attempts and an act upon it."""
    ids = [str(uuid.uuid4()) for _ in range(number)]
    given = {
        "org": org_id,
        "ids": ids,
        "days": days,
        "state": state,
        "ended": state not in ("queued", "running"),
    }
    at = "clock_timestamp() - make_interval(secs => 86400 * %(days)s)"
    with superuser.transaction():
        _triggers(superuser, "jobs.job", "disable")
        superuser.execute(
            "insert into jobs.job (org_id, id, kind, lane, permission, payload, state, attempts, max_attempts, run_at,"
            " ticket, tag, requested_by, request_id, created_at, started_at, ended_at, error_code, error_detail)"
            f" select %(org)s, x, 'planted', 'light', 'read', '{{}}', %(state)s, 2, 5, {at}, 0, 0, {OPERATOR}, x, {at},"
            f" {at}, case when %(ended)s then {at} end, case when %(state)s = 'failed' then 'planted' end,"
            " case when %(state)s = 'failed' then 'It was planted.' end from unnest(%(ids)s::uuid[]) as x",
            given,
        )
        superuser.execute(
            "insert into jobs.attempt (org_id, job_id, number, actor_id, began_at, ended_at, outcome, error_code)"
            f" select %(org)s, x, n, {OPERATOR}, {at}, {at}, 'failed', 'planted'"
            " from unnest(%(ids)s::uuid[]) as x cross join generate_series(1, 2) as n",
            given,
        )
        superuser.execute(
            "insert into jobs.act (org_id, id, job_id, action, actor_id, credential_id, request_id, created_at)"
            f" select %(org)s, x, x, 'retried', {OPERATOR}, x, x, {at} from unnest(%(ids)s::uuid[]) as x",
            given,
        )
        _triggers(superuser, "jobs.job", "enable")
    return ids


def deliveries(
    superuser: Superuser, org_id: str, number: int, *, days: float, state: str = "delivered"
) -> list[str]:
    """Plant deliveries to the organisation's one endpoint, each with an attempt and an act upon it."""
    ids = [str(uuid.uuid4()) for _ in range(number)]
    given = {"org": org_id, "ids": ids, "days": days, "state": state}
    at = "clock_timestamp() - make_interval(secs => 86400 * %(days)s)"
    superuser.execute(
        "insert into webhooks.delivery (org_id, id, endpoint_id, event_id, type, body, state, attempts, tries, due_at,"
        " tried_at, created_at, ended_at, error_code)"
        f" select %(org)s, x, e.id, x::text, 'velaurum.planted', '{{}}', %(state)s, 1, 1, {at}, {at}, {at},"
        f" case when %(state)s <> 'pending' then {at} end, case when %(state)s = 'dead' then 'planted' end"
        " from unnest(%(ids)s::uuid[]) as x, webhooks.endpoint as e where e.org_id = %(org)s",
        given,
    )
    superuser.execute(
        "insert into webhooks.attempt (org_id, delivery_id, number, began_at, ended_at, outcome, latency_ms,"
        f" error_code) select %(org)s, x, 1, {at}, {at}, 'failed', 1, 'planted' from unnest(%(ids)s::uuid[]) as x",
        given,
    )
    superuser.execute(
        "insert into webhooks.act (org_id, id, delivery_id, action, actor_id, credential_id, request_id, created_at)"
        f" select %(org)s, x, x, 'tested', {OPERATOR}, x, x, {at} from unnest(%(ids)s::uuid[]) as x",
        given,
    )
    return ids


def messages(
    superuser: Superuser, org_id: str, indexes: list[int], *, days: float, is_dead: bool = True
) -> None:
    """Plant messages that were published, and set aside where they are dead, so many days ago."""
    given = {"org": org_id, "indexes": indexes, "days": days, "is_dead": is_dead}
    at = "clock_timestamp() - make_interval(secs => 86400 * %(days)s)"
    superuser.execute(
        "insert into transport.queue (org_id, published_through) values (%(org)s, 1000) on conflict do nothing",
        given,
    )
    superuser.execute(
        "insert into transport.message (org_id, log_index, subject, content_type, body, published_at, dead_at,"
        f" dead_code, dead_reason) select %(org)s, x, 'planted', 'text/plain', '', {at},"
        f" case when %(is_dead)s then {at} end, case when %(is_dead)s then 'planted' end,"
        " case when %(is_dead)s then 'It was planted.' end from unnest(%(indexes)s::bigint[]) as x",
        given,
    )


def taken(superuser: Superuser, org_id: str, message_ids: list[str], *, days: float) -> None:
    """Plant messages that a consumer took so many days ago."""
    superuser.execute(
        "insert into events.inbox (org_id, consumer, message_id, taken_at) select %(org)s, 'consumer', x,"
        " clock_timestamp() - make_interval(secs => 86400 * %(days)s) from unnest(%(ids)s::text[]) as x",
        {"org": org_id, "ids": message_ids, "days": days},
    )


def old_log(superuser: Superuser, org_id: str, *, days: float) -> None:
    """Let every entry of an organisation's log have been recorded so many days ago."""
    with superuser.transaction():
        for table in ("ledger.movement", "audit.version", "ledger.head"):
            _triggers(superuser, table, "disable")
            superuser.execute(
                f"update {table} set recorded_at = recorded_at - make_interval(secs => 86400 * %s) where org_id = %s",
                [days, org_id],
            )
            _triggers(superuser, table, "enable")


def count(superuser: Superuser, table: str, org_id: str) -> int:
    row = superuser.execute(f"select count(*) from {table} where org_id = %s", [org_id]).fetchone()
    assert row is not None
    return int(row[0])


def _triggers(superuser: Superuser, table: str, word: str) -> None:
    superuser.execute("set local event_triggers = off")  # the fence lets nobody alter a table
    superuser.execute(f"alter table {table} {word} trigger user")  # type: ignore[call-overload]
