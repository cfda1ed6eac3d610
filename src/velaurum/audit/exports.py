"""Exports: who carried an organisation away is an entry of its log, before the first byte leaves (V-19, V-23)."""

from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "exports.sql")


def record(tx: Tx, org_id: OrgId, export_id: str, *, by: OrgContext | None, recipient: str | None) -> bool:
    """Record an export as the next entry of the log; False when it was recorded before. Refuses `read-only` if held.

    `by` is who asked for it, None for the operator's own hand. `recipient` is the key that it is encrypted to.
    """
    return tx.value(
        QUERIES["record"],
        bool,
        org_id=org_id,
        id=export_id,
        actor_id=by.actor_id if by else None,
        credential_id=by.credential_id if by else None,
        request_id=by.request_id if by else None,
        recipient=recipient,
    )
