"""Provisioners: service accounts through which a directory keeps an organisation's people and groups."""

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "provisioners.sql")


def require(tx: Tx, org: OrgContext) -> None:
    """Refuse `forbidden` to whoever is no service account, and to who reaches departments alone."""
    if not org.is_whole or not tx.value(
        QUERIES["is_service"], bool, org_id=org.org_id, actor_id=org.actor_id
    ):
        raise Refusal("forbidden", "Only a service account provisions, in the whole organisation.")
