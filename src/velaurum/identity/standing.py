"""Standing: who a credential is, what it may do and where, as the database says at this moment."""

from dataclasses import dataclass
from typing import Annotated

from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.identity.principals import Kind
from velaurum.tenancy.context import OrgContext

QUERIES = queries(__package__, "standing.sql")


@dataclass(frozen=True, slots=True)
class Standing:
    """One role for which a credential stands; `sub_org_id` is None for the whole organisation.

    `expires_at` is RFC 3339 in UTC.
    """

    principal_id: str
    principal_kind: Kind
    principal_name: Annotated[str | None, PersonName("principal_id")]
    role: str
    permissions: list[str]
    sub_org_id: str | None
    sub_org_code: str | None
    expires_at: str


def own(tx: Tx, org: OrgContext) -> list[Standing]:
    """Return what the credential of this request stands for, a row a role."""
    return tx.all(
        QUERIES["own"],
        Standing,
        org_id=org.org_id,
        sub_org_ids=org.sub_org_ids,
        credential_id=org.credential_id,
    )
