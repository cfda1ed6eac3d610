"""OrgContext: for which organisation, as whom, in which request. Every verb takes it after the transaction."""

from dataclasses import dataclass
from typing import NewType

OrgId = NewType("OrgId", str)


@dataclass(frozen=True, slots=True)
class OrgContext:
    """An organisation and the actor who works in it; identifiers are UUIDs in canonical text."""

    org_id: OrgId
    org_code: str
    actor_id: str
    credential_id: str
    request_id: str
