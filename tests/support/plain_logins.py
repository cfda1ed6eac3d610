"""Logins and subjects as they stood before they were sealed: plain, without an index."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from support.api_orgs import ApiOrg
from support.browsers import operator
from support.guests import Guest
from velaurum.db.connection import Database
from velaurum.identity import hashing, secrets

INVITATION = (
    "insert into identity.invitation (org_id, id, principal_id, login, secret_hash, created_by, expires_at)"
    " values (%s, %s, %s, %s, %s, %s, %s)"
)
REDEEMED = "update identity.invitation set redeemed_at = clock_timestamp() where org_id = %s and id = %s"
SET = (
    "insert into identity.password (org_id, id, principal_id, login, phc, invitation_id, created_by)"
    " values (%s, gen_random_uuid(), %s, %s, %s, %s, %s)"
)
SUBJECT = (
    "insert into identity.provider_subject (org_id, id, provider_id, subject, principal_id, created_by)"
    " values (%s, gen_random_uuid(), %s, %s, %s, %s)"
)


@contextmanager
def unsealed(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Write as it was done before, for the length of a block: all else holds."""
    walls = (("invitation", "login"), ("password", "login"), ("provider_subject", "subject"))
    with connection.transaction():
        connection.execute("set local event_triggers = off")  # the fence lets nobody alter a table
        for word in ("disable", "enable always"):
            for table, column in walls:
                trigger = f"alter table identity.{table} {word} trigger {column}_is_written_sealed"
                connection.execute(trigger)  # type: ignore[arg-type]
            if word == "disable":
                yield


def invited(door: Database, org: ApiOrg, principal_id: str, login: str) -> Guest:
    """Invite somebody as it was done before."""
    secret = secrets.mint(org.org_id, str(uuid.uuid4()), secrets.INVITATION_PREFIX)
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    with operator(door, org) as (connection, operator_id), unsealed(connection):
        connection.execute(
            INVITATION,
            [org.org_id, secret.token_id, principal_id, login, secret.secret_hash, operator_id, expires_at],
        )
    return Guest(org, principal_id, login, secret.text)


def with_password(door: Database, org: ApiOrg, principal_id: str, login: str, password: str) -> Guest:
    """Let somebody have set a password before."""
    guest = invited(door, org, principal_id, login)
    invitation = secrets.parse(guest.secret, (secrets.INVITATION_PREFIX,))
    assert invitation is not None
    with operator(door, org) as (connection, _), unsealed(connection):
        connection.execute(REDEEMED, [org.org_id, invitation.token_id])
        connection.execute(
            SET,
            [
                org.org_id,
                principal_id,
                login,
                hashing.hashed(password),
                invitation.token_id,
                principal_id,
            ],
        )
    return guest


def linked(door: Database, org: ApiOrg, provider_id: str, subject: str, principal_id: str) -> None:
    """Let a provider have vouched for somebody before."""
    with operator(door, org) as (connection, operator_id), unsealed(connection):
        connection.execute(SUBJECT, [org.org_id, provider_id, subject, principal_id, operator_id])
