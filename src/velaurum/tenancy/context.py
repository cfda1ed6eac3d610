"""OrgContext: for which organisation, where in it, as whom, in which request. Verbs take it after the transaction."""

from dataclasses import dataclass, field, replace
from typing import NewType

from velaurum.db.tallies import Tally

OrgId = NewType("OrgId", str)


@dataclass(frozen=True, slots=True)
class OrgContext:
    """An organisation and the actor who works in it; identifiers are UUIDs in canonical text.

    `permission` is what the request was admitted for. `sub_org_ids` are the departments that the credential
    reaches with it, those below them among them; None is the whole organisation. `tally` counts what is run for it.
    """

    org_id: OrgId
    org_code: str
    actor_id: str
    credential_id: str
    request_id: str
    permission: str
    sub_org_ids: list[str] | None = None
    tally: Tally = field(default_factory=Tally, compare=False, repr=False)

    def scoped(self, sub_org_ids: list[str] | None) -> "OrgContext":
        """Return the context with the departments that the database says at this moment."""
        return replace(self, sub_org_ids=sub_org_ids)

    @property
    def is_whole(self) -> bool:
        """Tell whether the credential reaches the whole organisation, not departments alone."""
        return self.sub_org_ids is None

    def reaches(self, sub_org_id: str | None) -> bool:
        """Tell whether what belongs to a department, or to none, is within reach."""
        return self.sub_org_ids is None or sub_org_id in self.sub_org_ids
