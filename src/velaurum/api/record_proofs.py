"""Portable proofs of records over HTTP: of the newest version, of one that is asked for, or of that of an instant."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BeforeValidator, Field
from starlette.responses import PlainTextResponse

from velaurum.api import (
    approvals,
    assignments,
    items,
    locations,
    logs,
    lots,
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
from velaurum.api.pages import LARGEST_SIZE, PastOfRecords, plain
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit import history
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.tenancy.context import OrgContext

router = APIRouter(prefix="/v1/orgs/{org}", tags=["history"], route_class=StrictRoute)
NumberParameter = Annotated[
    Annotated[int, Field(ge=1, le=LARGEST_SIZE), BeforeValidator(plain)] | None,
    Query(alias="version", description="The record's own version, that of its ETag; left out: the newest."),
]


class AskedVersion:
    """Which version of a record that counts its versions is to be proven."""

    def __init__(self, request: Request, past: PastOfRecords, number: NumberParameter = None) -> None:
        """Read a past, or the number of a version, or both."""
        self.request, self.past, self.number = request, past, number


class AskedState:
    """When a record that counts no versions is to be proven."""

    number = None

    def __init__(self, request: Request, past: PastOfRecords) -> None:
        """Read a past."""
        self.request, self.past = request, past


AskedVersionParameters = Annotated[AskedVersion, Depends(AskedVersion)]
AskedStateParameters = Annotated[AskedState, Depends(AskedState)]


def _proof(
    admitted: OrgContext,
    door: Database,
    asked: AskedVersion | AskedState,
    shown: Shown[Any, Any],
    reference: str,
) -> Response:
    with door.transaction(admitted) as (tx, org):
        record = shown.noun.get(tx, org, reference)
        shown.tell_of(org, record)
        found = history.list_page(
            tx,
            org,
            (shown.noun.subject, *shown.noun.steps),
            record.id,
            size=asked.past.resolve(tx, org, None).log_size,
            is_at=asked.past.is_set,
            period=history.Period(),
            before=history.LAST,
            limit=1,
            version=asked.number,
        )
        if not found:
            raise Refusal("not-found", "It has no such version.")
        made = logs.proof_of(tx, org, found[0].log_index, asked.request.app.state.witnesses)
    # Without a number or a past the next change makes this the proof of another version.
    is_fixed = made.is_final and (asked.number is not None or asked.past.is_set)
    return logs.text(made.text, logs.FOR_EVER if is_fixed else logs.FOR_NOW)


@router.get(
    "/items/{item}/proof",
    operation_id="getItemProof",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_item_proof(admitted: Admitted, door: Door, item: str, asked: AskedVersionParameters) -> Response:
    """Get an item's portable proof (C2SP tlog-proof); its `extra` is the version's entry, whose hash is the leaf."""
    return _proof(admitted, door, asked, items.SHOWN, item)


@router.get(
    "/items/{item}/packs/{pack:id}/proof",
    operation_id="getPackProof",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_pack_proof(
    admitted: Admitted, door: Door, item: str, pack: str, asked: AskedVersionParameters
) -> Response:
    """Get a pack's portable proof."""
    return _proof(admitted, door, asked, packs.shown_of(item), pack)


@router.get(
    "/lots/{lot:id}/proof",
    operation_id="getLotProof",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_lot_proof(admitted: Admitted, door: Door, lot: str, asked: AskedVersionParameters) -> Response:
    """Get a lot's portable proof."""
    return _proof(admitted, door, asked, lots.SHOWN, lot)


@router.get(
    "/serials/{serial:id}/proof",
    operation_id="getSerialProof",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_serial_proof(admitted: Admitted, door: Door, serial: str, asked: AskedVersionParameters) -> Response:
    """Get a serial's portable proof."""
    return _proof(admitted, door, asked, serials.SHOWN, serial)


@router.get(
    "/locations/{location}/proof",
    operation_id="getLocationProof",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_location_proof(
    admitted: Admitted, door: Door, location: str, asked: AskedVersionParameters
) -> Response:
    """Get a location's portable proof."""
    return _proof(admitted, door, asked, locations.SHOWN, location)


@router.get(
    "/sub-orgs/{sub_org}/proof",
    operation_id="getSubOrgProof",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_sub_org_proof(
    admitted: Admitted, door: Door, sub_org: str, asked: AskedVersionParameters
) -> Response:
    """Get a department's portable proof."""
    return _proof(admitted, door, asked, sub_orgs.SHOWN, sub_org)


@router.get(
    "/roles/{role}/proof",
    operation_id="getRoleProof",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_role_proof(admitted: Admitted, door: Door, role: str, asked: AskedVersionParameters) -> Response:
    """Get a role's portable proof."""
    return _proof(admitted, door, asked, roles.SHOWN, role)


@router.get(
    "/principals/{principal:id}/proof",
    operation_id="getPrincipalProof",
    openapi_extra=permits("read-assurance"),
    response_class=PlainTextResponse,
)
def get_principal_proof(
    admitted: Admitted, door: Door, principal: str, asked: AskedVersionParameters
) -> Response:
    """Get a principal's portable proof; what it is called stands in it as a commitment."""
    return _proof(admitted, door, asked, principals.SHOWN, principal)


@router.get(
    "/tokens/{token:id}/proof",
    operation_id="getTokenProof",
    openapi_extra=permits("read-assurance"),
    response_class=PlainTextResponse,
)
def get_token_proof(admitted: Admitted, door: Door, token: str, asked: AskedStateParameters) -> Response:
    """Get a token's portable proof; a token counts no versions, so that a past tells which one."""
    return _proof(admitted, door, asked, tokens.SHOWN, token)


@router.get(
    "/principals/{principal:id}/assignments/{assignment:id}/proof",
    operation_id="getAssignmentProof",
    openapi_extra=permits("read-assurance"),
    response_class=PlainTextResponse,
)
def get_assignment_proof(
    admitted: Admitted, door: Door, principal: str, assignment: str, asked: AskedStateParameters
) -> Response:
    """Get the portable proof of a role that somebody was given."""
    return _proof(admitted, door, asked, assignments.shown_of(principal), assignment)


@router.get(
    "/providers/{provider}/proof",
    operation_id="getProviderProof",
    openapi_extra=permits("read-assurance"),
    response_class=PlainTextResponse,
)
def get_provider_proof(
    admitted: Admitted, door: Door, provider: str, asked: AskedVersionParameters
) -> Response:
    """Get a provider's portable proof."""
    return _proof(admitted, door, asked, providers.SHOWN, provider)


@router.get(
    "/webhooks/{webhook}/proof",
    operation_id="getWebhookProof",
    openapi_extra=permits("read-assurance"),
    response_class=PlainTextResponse,
)
def get_webhook_proof(
    admitted: Admitted,
    door: Door,
    signing: webhooks.SigningKey,
    webhook: str,
    asked: AskedVersionParameters,
) -> Response:
    """Get a webhook's portable proof."""
    shown = webhooks.shown_of(signing, admitted.org_id, is_past=True)
    return _proof(admitted, door, asked, shown, webhook)


@router.get(
    "/providers/{provider}/subjects/{link:id}/proof",
    operation_id="getSubjectProof",
    openapi_extra=permits("read-assurance"),
    response_class=PlainTextResponse,
)
def get_subject_proof(
    admitted: Admitted, door: Door, provider: str, link: str, asked: AskedStateParameters
) -> Response:
    """Get the portable proof of a link; the subject stands in it as a commitment."""
    return _proof(admitted, door, asked, provider_subjects.shown_of(provider), link)


@router.get(
    "/scim-users/{user:id}/proof",
    operation_id="getScimUserProof",
    openapi_extra=permits("read-assurance"),
    response_class=PlainTextResponse,
)
def get_scim_user_proof(admitted: Admitted, door: Door, user: str, asked: AskedStateParameters) -> Response:
    """Get the portable proof of a user of the directory; what it is called stands in it as a commitment."""
    return _proof(admitted, door, asked, scim_links.SHOWN, user)


@router.get(
    "/scim-groups/{group:id}/mappings/{mapping:id}/proof",
    operation_id="getScimMappingProof",
    openapi_extra=permits("read-assurance"),
    response_class=PlainTextResponse,
)
def get_scim_mapping_proof(
    admitted: Admitted, door: Door, group: str, mapping: str, asked: AskedStateParameters
) -> Response:
    """Get the portable proof of a role that a group gives."""
    return _proof(admitted, door, asked, scim_mappings.shown_of(group), mapping)


@router.get(
    "/approval-requests/{approval:id}/proof",
    operation_id="getApprovalRequestProof",
    openapi_extra=permits("read"),
    response_class=PlainTextResponse,
)
def get_approval_request_proof(
    admitted: Admitted, door: Door, approval: str, asked: AskedStateParameters
) -> Response:
    """Get the portable proof of the decision on an approval request, or of the request while there is none."""
    return _proof(admitted, door, asked, approvals.SHOWN, approval)
