"""The history of records over HTTP: every version, at an instant, at a log size, or of a period (V-21)."""

from fastapi import APIRouter

from velaurum.api import (
    approval_rules,
    approvals,
    assignments,
    items,
    locations,
    lots,
    organisation_keys,
    packs,
    principals,
    provider_subjects,
    providers,
    roles,
    scim_links,
    scim_mappings,
    serials,
    sub_orgs,
    tokens,
    webhooks,
)
from velaurum.api.history_shapes import (
    ApprovalRequestVersionPage,
    ApprovalRuleVersionPage,
    AssignmentVersionPage,
    ItemVersionPage,
    LocationVersionPage,
    LotVersionPage,
    PackVersionPage,
    PrincipalVersionPage,
    ProviderVersionPage,
    RoleVersionPage,
    ScimLinkVersionPage,
    ScimMappingVersionPage,
    SerialVersionPage,
    SubjectVersionPage,
    SubOrgVersionPage,
    TokenVersionPage,
    WebhookVersionPage,
    WrappingKeyVersionPage,
)
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.version_pages import AskedParameters, of_record, read

router = APIRouter(prefix="/v1/orgs/{org}", tags=["history"], route_class=StrictRoute)


@router.get("/items/{item}/history", operation_id="listItemVersions", openapi_extra=permits("read"))
def list_item_versions(admitted: Admitted, door: Door, item: str, asked: AskedParameters) -> ItemVersionPage:
    """List the versions of an item, the newest first."""
    return read(ItemVersionPage, admitted, door, asked, of_record(items.SHOWN, item))


@router.get(
    "/locations/{location}/history", operation_id="listLocationVersions", openapi_extra=permits("read")
)
def list_location_versions(
    admitted: Admitted, door: Door, location: str, asked: AskedParameters
) -> LocationVersionPage:
    """List the versions of a location, the newest first."""
    return read(LocationVersionPage, admitted, door, asked, of_record(locations.SHOWN, location))


@router.get(
    "/items/{item}/packs/{pack:id}/history", operation_id="listPackVersions", openapi_extra=permits("read")
)
def list_pack_versions(
    admitted: Admitted, door: Door, item: str, pack: str, asked: AskedParameters
) -> PackVersionPage:
    """List the versions of a pack, the newest first."""
    return read(PackVersionPage, admitted, door, asked, of_record(packs.shown_of(item), pack))


@router.get("/lots/{lot:id}/history", operation_id="listLotVersions", openapi_extra=permits("read"))
def list_lot_versions(admitted: Admitted, door: Door, lot: str, asked: AskedParameters) -> LotVersionPage:
    """List the versions of a lot, the newest first."""
    return read(LotVersionPage, admitted, door, asked, of_record(lots.SHOWN, lot))


@router.get("/serials/{serial:id}/history", operation_id="listSerialVersions", openapi_extra=permits("read"))
def list_serial_versions(
    admitted: Admitted, door: Door, serial: str, asked: AskedParameters
) -> SerialVersionPage:
    """List the versions of a serial, the newest first; where it was say its movements."""
    return read(SerialVersionPage, admitted, door, asked, of_record(serials.SHOWN, serial))


@router.get("/sub-orgs/{sub_org}/history", operation_id="listSubOrgVersions", openapi_extra=permits("read"))
def list_sub_org_versions(
    admitted: Admitted, door: Door, sub_org: str, asked: AskedParameters
) -> SubOrgVersionPage:
    """List the versions of a department, the newest first."""
    return read(SubOrgVersionPage, admitted, door, asked, of_record(sub_orgs.SHOWN, sub_org))


@router.get("/roles/{role}/history", operation_id="listRoleVersions", openapi_extra=permits("read"))
def list_role_versions(admitted: Admitted, door: Door, role: str, asked: AskedParameters) -> RoleVersionPage:
    """List the versions of a role, the newest first."""
    return read(RoleVersionPage, admitted, door, asked, of_record(roles.SHOWN, role))


@router.get(
    "/principals/{principal:id}/history",
    operation_id="listPrincipalVersions",
    openapi_extra=permits("read-assurance"),
)
def list_principal_versions(
    admitted: Admitted, door: Door, principal: str, asked: AskedParameters
) -> PrincipalVersionPage:
    """List the versions of a principal, the newest first."""
    return read(PrincipalVersionPage, admitted, door, asked, of_record(principals.SHOWN, principal))


@router.get(
    "/tokens/{token:id}/history", operation_id="listTokenVersions", openapi_extra=permits("read-assurance")
)
def list_token_versions(
    admitted: Admitted, door: Door, token: str, asked: AskedParameters
) -> TokenVersionPage:
    """List the versions of a token, the newest first; no secret is in any."""
    return read(TokenVersionPage, admitted, door, asked, of_record(tokens.SHOWN, token))


@router.get(
    "/principals/{principal:id}/assignments/{assignment:id}/history",
    operation_id="listAssignmentVersions",
    openapi_extra=permits("read-assurance"),
)
def list_assignment_versions(
    admitted: Admitted, door: Door, principal: str, assignment: str, asked: AskedParameters
) -> AssignmentVersionPage:
    """List the versions of a role that somebody was given, the newest first."""
    kept = of_record(assignments.shown_of(principal), assignment)
    return read(AssignmentVersionPage, admitted, door, asked, kept)


@router.get(
    "/providers/{provider}/history",
    operation_id="listProviderVersions",
    openapi_extra=permits("read-assurance"),
)
def list_provider_versions(
    admitted: Admitted, door: Door, provider: str, asked: AskedParameters
) -> ProviderVersionPage:
    """List the versions of a provider, the newest first."""
    return read(ProviderVersionPage, admitted, door, asked, of_record(providers.SHOWN, provider))


@router.get(
    "/providers/{provider}/subjects/{link:id}/history",
    operation_id="listSubjectVersions",
    openapi_extra=permits("read-assurance"),
)
def list_subject_versions(
    admitted: Admitted, door: Door, provider: str, link: str, asked: AskedParameters
) -> SubjectVersionPage:
    """List the versions of a link to whom a provider vouches for, the newest first."""
    kept = of_record(provider_subjects.shown_of(provider), link)
    return read(SubjectVersionPage, admitted, door, asked, kept)


@router.get(
    "/scim-users/{user:id}/history",
    operation_id="listScimUserVersions",
    openapi_extra=permits("read-assurance"),
)
def list_scim_user_versions(
    admitted: Admitted, door: Door, user: str, asked: AskedParameters
) -> ScimLinkVersionPage:
    """List the versions of a user of the directory, the newest first."""
    return read(ScimLinkVersionPage, admitted, door, asked, of_record(scim_links.SHOWN, user))


@router.get(
    "/scim-groups/{group:id}/mappings/{mapping:id}/history",
    operation_id="listScimMappingVersions",
    openapi_extra=permits("read-assurance"),
)
def list_scim_mapping_versions(
    admitted: Admitted, door: Door, group: str, mapping: str, asked: AskedParameters
) -> ScimMappingVersionPage:
    """List the versions of a role that a group gives, the newest first."""
    kept = of_record(scim_mappings.shown_of(group), mapping)
    return read(ScimMappingVersionPage, admitted, door, asked, kept)


@router.get(
    "/approval-requests/{approval:id}/history",
    operation_id="listApprovalRequestVersions",
    openapi_extra=permits("read"),
)
def list_approval_request_versions(
    admitted: Admitted, door: Door, approval: str, asked: AskedParameters
) -> ApprovalRequestVersionPage:
    """List what the log has of an approval request and of its decision, the newest first; neither ever changes."""
    return read(ApprovalRequestVersionPage, admitted, door, asked, of_record(approvals.SHOWN, approval))


@router.get("/approval-rules/history", operation_id="listApprovalRuleVersions", openapi_extra=permits("read"))
def list_approval_rule_versions(
    admitted: Admitted, door: Door, asked: AskedParameters
) -> ApprovalRuleVersionPage:
    """List every setting of a kind in the approval rules, the newest first; none ever changes."""
    return read(ApprovalRuleVersionPage, admitted, door, asked, approval_rules.SETTINGS)


@router.get(
    "/webhooks/{webhook}/history", operation_id="listWebhookVersions", openapi_extra=permits("read-assurance")
)
def list_webhook_versions(
    admitted: Admitted, door: Door, signing: webhooks.SigningKey, webhook: str, asked: AskedParameters
) -> WebhookVersionPage:
    """List the versions of a webhook, the newest first; no secret is in any."""
    shown = webhooks.shown_of(signing, admitted.org_id, is_past=True)
    return read(WebhookVersionPage, admitted, door, asked, of_record(shown, webhook))


@router.get("/keys/history", operation_id="listWrappingKeyVersions", openapi_extra=permits("read-assurance"))
def list_wrapping_key_versions(
    admitted: Admitted, door: Door, asked: AskedParameters
) -> WrappingKeyVersionPage:
    """List the versions of all wrapping keys, the newest first; no key itself is in any."""
    return read(WrappingKeyVersionPage, admitted, door, asked, organisation_keys.VERSIONS)
