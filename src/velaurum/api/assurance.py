"""Assurance over HTTP: the tenancy attestation of an organisation, signed, and what verifications found."""

import threading
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from velaurum import texts
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit import verifications
from velaurum.audit.verifications import Verification
from velaurum.errors import FieldError, OperationError, Refusal
from velaurum.ledger import balances
from velaurum.ledger.outcomes import Actor
from velaurum.ops import attestation, signing
from velaurum.ops.attestation import OrgRef, Period, TenancyReport
from velaurum.tenancy import access_events

router = APIRouter(prefix="/v1/orgs/{org}/assurance", tags=["assurance"], route_class=StrictRoute)
WAIT_S = 10.0
RETRY_AFTER_S = 5
# The comparison opens sessions of its own: one at a time in a process. Whoever waits keeps a thread from everybody
# else, so that few do.
_one_at_a_time = threading.Lock()
_few_at_a_time = threading.BoundedSemaphore(3)


class Signature(BaseModel):
    """An Ed25519 signature of the report's canonical JSON (RFC 8785), by the key of this id."""

    algorithm: str
    key_id: str
    value: str


class SignedTenancyReport(BaseModel):
    """A report and its signature: `velaurum verify report` checks it without a server."""

    report: TenancyReport
    signature: Signature


@router.get(
    "/tenancy",
    operation_id="getTenancyAttestation",
    openapi_extra=permits("read-assurance"),
)
def get_tenancy_attestation(
    request: Request,
    admitted: Admitted,
    door: Door,
    from_: Annotated[str | None, Query(alias="from", description="Where the period begins.")] = None,
    to: Annotated[str | None, Query(description="Where it ends; left out: now.")] = None,
) -> SignedTenancyReport:
    """Get one answer to whether every statement applied its organisation, signed, with what it rests on."""
    period = Period.of(_instant("from", from_), _instant("to", to))
    if not _few_at_a_time.acquire(blocking=False):
        raise _overloaded("Other attestations are being made.")
    try:
        return _attested(request, admitted, door, period)
    finally:
        _few_at_a_time.release()


def _attested(request: Request, admitted: Admitted, door: Door, period: Period) -> SignedTenancyReport:
    request.app.state.accesses.recorder.flush()
    with door.transaction(admitted) as (tx, org):
        totals = access_events.totals(tx, org.org_id, period.from_at, period.to_at)
    if not _one_at_a_time.acquire(timeout=WAIT_S):
        raise _overloaded("Another attestation is being made.")
    try:
        compared, rules = attestation.examine(request.app.state.conninfo)
    except OperationError as error:
        raise _overloaded(str(error)) from error
    finally:
        _one_at_a_time.release()
    made = attestation.report(OrgRef(org.org_id, org.org_code), period, [totals], compared, rules)
    signed = signing.sign(request.app.state.report_key, asdict(made))
    return SignedTenancyReport(report=made, signature=Signature(**signed["signature"]))


def _overloaded(detail: str) -> Refusal:
    return Refusal("overloaded", detail, retry_after_s=RETRY_AFTER_S)


class VerificationAnswer(BaseModel):
    """What a verification of the database found of this log and of what guards it, and the entry that says so.

    `size` and `root` are of what was read, null where it could not be read to the end. `report_sha256` is of the
    operator's report; `log_index` is where the log has the entry `change.verification`.
    """

    id: str
    log_index: int | None
    began_at: str
    ended_at: str
    size: int | None
    root: str | None
    findings: int
    codes: list[str]
    program: str
    report_sha256: str
    is_scheduled: bool
    actor: Actor


class VerificationPage(Page[VerificationAnswer]):
    """Verifications, the newest first."""


@router.get("/log", operation_id="listVerifications", openapi_extra=permits("read-assurance"))
def list_verifications(admitted: Admitted, door: Door, paging: PagingParameters) -> VerificationPage:
    """List what verifications of the database found of this organisation's log, the newest first."""
    before_id = paging.position["id"] if paging.position else verifications.LAST
    with door.transaction(admitted) as (tx, org):
        found = verifications.list_all(tx, org, before_id=before_id, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    answers = [_verification(one) for one in found]
    return paging.page(VerificationPage, answers, as_of, lambda last: {"id": last.id})


def _verification(found: Verification) -> VerificationAnswer:
    given = asdict(found)
    actor = Actor(*(given.pop(f"actor_{name}") for name in ("id", "kind", "name")))
    return VerificationAnswer(**given, actor=actor)


def _instant(parameter: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = texts.instant(text)
    if moment is None:
        detail = "Write an instant like 2026-11-22T10:05:00Z."
        raise Refusal("invalid-field", detail, (FieldError(parameter, "invalid-field", detail),))
    return moment
