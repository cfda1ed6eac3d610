"""Users of a directory, and passkeys, as they stood before what is said of them was sealed: plain, without an index."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from support.api_orgs import ApiOrg
from support.browsers import operator
from velaurum.db.connection import Database

_WALLS = {
    "identity.scim_user": (
        "user_name_is_only_sealed",
        "external_id_is_only_sealed",
        "attributes_are_only_sealed",
        "digest_is_only_sealed",
    ),
    "identity.passkey": ("name_is_written_sealed",),
}
USER = (
    "insert into identity.scim_user (org_id, id, principal_id, user_name, user_name_key, display_name_key, external_id,"
    " attributes, attributes_digest, is_linked, created_by, updated_by)"
    " select %(org)s, gen_random_uuid(), %(person)s, %(name)s, lower(%(name)s), lower(%(shown)s), %(external)s,"
    " %(attributes)s, encode(sha256(convert_to(%(attributes)s, 'UTF8')), 'hex'), true, %(operator)s, %(operator)s"
    " returning id::text"
)
PASSKEY = (
    "insert into identity.passkey (org_id, id, principal_id, credential_id, public_key, transports, name, created_by)"
    " values (%(org)s, gen_random_uuid(), %(person)s, sha256(convert_to(%(name)s, 'UTF8')), sha256('key'), '{}',"
    " %(name)s, %(person)s) returning id::text"
)


@contextmanager
def unsealed(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Write as it was done before, for the length of a block: all else holds."""
    with connection.transaction():
        connection.execute("set local event_triggers = off")  # the fence lets nobody alter a table
        for word in ("disable", "enable always"):
            for table, names in _WALLS.items():
                for name in names:
                    connection.execute(f"alter table {table} {word} trigger {name}".encode())
            if word == "disable":
                yield


def user(
    door: Database,
    org: ApiOrg,
    person: str,
    name: str,
    *,
    external_id: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> str:
    """Let the directory have kept somebody before, and return the user's id."""
    said = dict(attributes or {})
    with operator(door, org) as (connection, operator_id), unsealed(connection):
        made = connection.execute(
            USER,
            {
                "org": org.org_id,
                "person": person,
                "name": name,
                "shown": said.get("displayName"),
                "external": external_id,
                "attributes": json.dumps(said),
                "operator": operator_id,
            },
        ).fetchone()
    assert made is not None
    return str(made[0])


def passkey(door: Database, org: ApiOrg, person: str, name: str) -> str:
    """Let somebody have registered a passkey before, and return its id."""
    with operator(door, org) as (connection, _), unsealed(connection):
        given = {"org": org.org_id, "person": person, "name": name}
        made = connection.execute(PASSKEY, given).fetchone()
    assert made is not None
    return str(made[0])
