"""The application's own doors to the database, and who goes through them."""

import uuid

from benchmarks.site import Site
from velaurum.db import embedded, external
from velaurum.db.connection import Database
from velaurum.identity import secrets, tokens
from velaurum.identity.roles import Permission
from velaurum.tenancy.context import OrgContext


def conninfo(place: Site, role: str = external.APP_ROLE) -> str:
    """Return where a role connects to the database that is measured."""
    return place.cluster.conninfo(user=role, dbname=embedded.DATABASE)


def admitted(door: Database, place: Site, permission: Permission) -> OrgContext:
    """Return the context of whoever holds the token of the place, as the gate would."""
    with door.installation() as tx:
        token = secrets.parse(place.token)
        credential = None if token is None else tokens.verify(tx, token)
    if credential is None:
        raise RuntimeError("nobody may do this")
    return credential.context(str(uuid.uuid4()), permission)
