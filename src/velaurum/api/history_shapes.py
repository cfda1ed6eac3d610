"""What is answered of a record's versions: each has the record in the very shape in which it is read."""

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

from velaurum.api.assignments import AssignmentAnswer
from velaurum.api.locations import LocationAnswer
from velaurum.api.organisation_keys import WrappingKeyAnswer
from velaurum.api.pages import Page
from velaurum.api.principals import PrincipalAnswer
from velaurum.api.provider_subjects import SubjectAnswer
from velaurum.api.roles import RoleAnswer
from velaurum.api.scim_links import ScimLinkAnswer
from velaurum.api.scim_mappings import ScimMappingAnswer
from velaurum.api.sub_orgs import SubOrgAnswer
from velaurum.api.tokens import TokenAnswer
from velaurum.api.webhooks import WebhookAnswer
from velaurum.audit.changes import Action
from velaurum.catalog.items import Item
from velaurum.catalog.lots import Lot
from velaurum.catalog.packs import Pack
from velaurum.catalog.serials import Serial
from velaurum.identity.providers import Provider
from velaurum.ledger.approval_rules import ApprovalRuleChange
from velaurum.ledger.approvals import ApprovalRequest
from velaurum.ledger.outcomes import Actor

Record = TypeVar("Record")


class VersionAnswer(BaseModel, Generic[Record]):
    """What a record was from `valid_from` until `valid_to` (null while it holds), by whom, and where in the log."""

    log_index: int
    previous: int | None = Field(description="The log index of the version before; null for the first.")
    valid_from: str
    valid_to: str | None
    action: Action
    actor: Actor
    credential: str | None
    request_id: str | None
    leaf_hash: str
    record: Record = Field(description="The whole record, as a read at this version answers it.")
    entry: str | None = Field(
        description="There with `proof=1`: the entry, in base64. Its hash is the leaf, and it names the version before."
    )
    proof: str | None = Field(
        description="There with `proof=1` where no newer version of the page names this one: a C2SP tlog-proof."
    )


class ItemVersion(VersionAnswer[Item]):
    """A version of an item."""


class LocationVersion(VersionAnswer[LocationAnswer]):
    """A version of a location."""


class PackVersion(VersionAnswer[Pack]):
    """A version of a pack; from the one with a `removed_at` on it holds no more."""


class LotVersion(VersionAnswer[Lot]):
    """A version of a lot."""


class SerialVersion(VersionAnswer[Serial]):
    """A version of a serial."""


class SubOrgVersion(VersionAnswer[SubOrgAnswer]):
    """A version of a department."""


class RoleVersion(VersionAnswer[RoleAnswer]):
    """A version of a role."""


class PrincipalVersion(VersionAnswer[PrincipalAnswer]):
    """A version of a principal."""


class TokenVersion(VersionAnswer[TokenAnswer]):
    """A version of a token."""


class AssignmentVersion(VersionAnswer[AssignmentAnswer]):
    """A version of a role that somebody was given."""


class ProviderVersion(VersionAnswer[Provider]):
    """A version of a provider."""


class SubjectVersion(VersionAnswer[SubjectAnswer]):
    """A version of a link of a provider's subject."""


class ScimLinkVersion(VersionAnswer[ScimLinkAnswer]):
    """A version of a user of the directory."""


class ScimMappingVersion(VersionAnswer[ScimMappingAnswer]):
    """A version of a role that a group gives."""


class ApprovalRequestVersion(VersionAnswer[ApprovalRequest]):
    """A version of an approval request: itself, or the decision on it."""


class ApprovalRuleVersion(VersionAnswer[ApprovalRuleChange]):
    """A version of the approval rules: one kind as it was set."""


class WebhookVersion(VersionAnswer[WebhookAnswer]):
    """A version of a webhook; its keys are those that signed when it became so."""


class WrappingKeyVersion(VersionAnswer[WrappingKeyAnswer]):
    """A version of a wrapping key."""


class ItemVersionPage(Page[ItemVersion]):
    """Versions of an item, the newest first."""


class LocationVersionPage(Page[LocationVersion]):
    """Versions of a location, the newest first."""


class PackVersionPage(Page[PackVersion]):
    """Versions of a pack, the newest first."""


class LotVersionPage(Page[LotVersion]):
    """Versions of a lot, the newest first."""


class SerialVersionPage(Page[SerialVersion]):
    """Versions of a serial, the newest first."""


class SubOrgVersionPage(Page[SubOrgVersion]):
    """Versions of a department, the newest first."""


class RoleVersionPage(Page[RoleVersion]):
    """Versions of a role, the newest first."""


class PrincipalVersionPage(Page[PrincipalVersion]):
    """Versions of a principal, the newest first."""


class TokenVersionPage(Page[TokenVersion]):
    """Versions of a token, the newest first."""


class AssignmentVersionPage(Page[AssignmentVersion]):
    """Versions of a role that somebody was given, the newest first."""


class ProviderVersionPage(Page[ProviderVersion]):
    """Versions of a provider, the newest first."""


class SubjectVersionPage(Page[SubjectVersion]):
    """Versions of a link of a provider's subject, the newest first."""


class ScimLinkVersionPage(Page[ScimLinkVersion]):
    """Versions of a user of the directory, the newest first."""


class ScimMappingVersionPage(Page[ScimMappingVersion]):
    """Versions of a role that a group gives, the newest first."""


class ApprovalRequestVersionPage(Page[ApprovalRequestVersion]):
    """Versions of an approval request: itself, or the decision on it, the newest first."""


class ApprovalRuleVersionPage(Page[ApprovalRuleVersion]):
    """Versions of the approval rules: one kind as it was set, the newest first."""


class WebhookVersionPage(Page[WebhookVersion]):
    """Versions of a webhook, the newest first."""


class WrappingKeyVersionPage(Page[WrappingKeyVersion]):
    """Versions of all wrapping keys, the newest first."""
