"""Approvals over HTTP: to ask for one, to decide, and to look at them."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from velaurum import texts
from velaurum.api import keys, posting, record_reads
from velaurum.api.pages import AsOf, Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import BODY_LIMIT, Admitted, Door, StrictRoute, permits, read_object
from velaurum.audit.records import APPROVAL_REQUESTS
from velaurum.db.connection import Database
from velaurum.errors import FieldError, Refusal, invalid_field
from velaurum.ledger import approvals, balances, intakes
from velaurum.ledger.approvals import ApprovalRequest, Status
from velaurum.ledger.intakes import Intake, NewMovement
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.decisions import Created

MOST_DAYS = 30
PATH = "/v1/orgs/{org}/approval-requests"
router = APIRouter(prefix=PATH, tags=["approvals"], route_class=StrictRoute)


class NewReversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The movement to reverse, by its id, and why."""

    movement: str
    reason: str


class NewApprovalRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be approved: a movement as it would be posted, without a note, or a reversal; one of them."""

    movement: NewMovement | None = None
    reversal: NewReversal | None = None
    expires_in_days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] = approvals.LIFE.days


class RejectionBody(BaseModel):
    """Why a request is rejected."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str


class ApprovalRequestPage(Page[ApprovalRequest]):
    """Approval requests, the newest first."""


async def request_approval(request: Request) -> Response:
    """Ask for the approval of one movement."""
    await posting.admit(request)
    key = keys.read(request)
    asked = posting.convert(await read_object(request, BODY_LIMIT), NewApprovalRequest)
    org = await posting.admit(request)
    life = timedelta(days=asked.expires_in_days)
    created = await run_in_threadpool(_create, request.app.state.database, org, asked, key, life)
    headers = {"Idempotent-Replayed": "true"} if created.replayed else None
    answer = msgspec.json.encode(created.require())
    return Response(answer, 200 if created.replayed else 201, headers, posting.MEDIA_TYPE)


@router.get("", operation_id="listApprovalRequests", openapi_extra=permits("read"))
def list_approval_requests(
    admitted: Admitted,
    door: Door,
    past: PastOfRecords,
    paging: PagingParameters,
    status: Status | None = None,
) -> ApprovalRequestPage:
    """List the approval requests, the newest first, as they stand or as they stood."""
    if past.is_set:
        return record_reads.list_page(
            ApprovalRequestPage,
            admitted,
            door,
            SHOWN,
            past,
            paging,
            lambda one: status is None or one.status == status,
        )
    before = paging.position["before"] if paging.position else approvals.LAST
    with door.transaction(admitted) as (tx, org):
        found = approvals.list_page(tx, org, status=status, before=before, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(ApprovalRequestPage, found, as_of, lambda last: {"before": last.id})


@router.get("/{approval:id}", operation_id="getApprovalRequest", openapi_extra=permits("read"))
def get_approval_request(
    admitted: Admitted, door: Door, approval: str, past: PastOfRecords
) -> ApprovalRequest:
    """Get an approval request by its id, as it stands or as it stood."""
    return record_reads.get(admitted, door, SHOWN, approval, past)


@router.post("/{approval:id}/approve", operation_id="approveRequest", openapi_extra=permits("approve"))
def approve_request(admitted: Admitted, door: Door, approval: str) -> ApprovalRequest:
    """Approve what somebody else asked for."""
    with door.transaction(admitted) as (tx, org):
        return approvals.decide(tx, org, approval, "approved")


@router.post("/{approval:id}/reject", operation_id="rejectRequest", openapi_extra=permits("approve"))
def reject_request(admitted: Admitted, door: Door, approval: str, body: RejectionBody) -> ApprovalRequest:
    """Reject what somebody else asked for."""
    with door.transaction(admitted) as (tx, org):
        return approvals.decide(tx, org, approval, "rejected", reason=body.reason)


def _create(
    door: Database, admitted: OrgContext, asked: NewApprovalRequest, key: str, life: timedelta
) -> Created[ApprovalRequest]:
    within, intake = _intake(asked, key)
    with door.transaction(admitted) as (tx, org):
        try:
            return approvals.create(tx, org, intake, life=life)
        except Refusal as refusal:
            raise _within(within, refusal) from None


def _intake(asked: NewApprovalRequest, key: str) -> tuple[str, Intake]:
    """Return where in the body the movement stands, and what it asks for."""
    within = "/movement" if asked.reversal is None else "/reversal"
    try:
        if asked.movement is not None and asked.reversal is None:
            return within, intakes.for_approval(asked.movement, key)
        if asked.movement is None and asked.reversal is not None:
            if not texts.is_uuid(asked.reversal.movement):
                raise invalid_field("/movement", "A movement is named by its id.")
            return within, intakes.reversal(asked.reversal.movement, asked.reversal.reason, key)
    except Refusal as refusal:
        raise _within(within, refusal) from None
    raise invalid_field("/movement", "Give a movement or a reversal, and not both.")


def _within(place: str, refusal: Refusal) -> Refusal:
    errors = tuple(FieldError(place + one.pointer, one.code, one.detail) for one in refusal.errors)
    return Refusal(refusal.code, refusal.detail, errors, refusal.extra, refusal.retry_after_s)


def _answer(request: ApprovalRequest) -> ApprovalRequest:
    return request


SHOWN = Shown(APPROVAL_REQUESTS, _answer)
ROUTES = [Route(PATH, request_approval, methods=["POST"], name="requestApproval")]
