"""Assurance over HTTP: the tenancy attestation of an organisation, signed."""

import threading
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from velaurum import texts
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.errors import FieldError, OperationError, Refusal
from velaurum.ops import attestation, signing
from velaurum.ops.attestation import OrgRef, Period, TenancyReport
from velaurum.tenancy import access_events

router = APIRouter(prefix="/v1/orgs/{org}/assurance", tags=["assurance"], route_class=StrictRoute)
WAIT_S = 10.0
RETRY_AFTER_S = 5
# The comparison opens sessions of its own: one at a time in a process.
_one_at_a_time = threading.Lock()


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
    request.app.state.accesses.recorder.flush()
    with door.transaction(admitted) as (tx, org):
        totals = access_events.totals(tx, org.org_id, period.from_at, period.to_at)
    if not _one_at_a_time.acquire(timeout=WAIT_S):
        raise Refusal("overloaded", "Another attestation is being made.", retry_after_s=RETRY_AFTER_S)
    try:
        compared, rules = attestation.examine(request.app.state.conninfo)
    except OperationError as error:
        raise Refusal("overloaded", str(error), retry_after_s=RETRY_AFTER_S) from error
    finally:
        _one_at_a_time.release()
    made = attestation.report(OrgRef(org.org_id, org.org_code), period, [totals], compared, rules)
    signed = signing.sign(request.app.state.report_key, asdict(made))
    return SignedTenancyReport(report=made, signature=Signature(**signed["signature"]))


def _instant(parameter: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = texts.instant(text)
    if moment is None:
        detail = "Write an instant like 2026-11-22T10:05:00Z."
        raise Refusal("invalid-field", detail, (FieldError(parameter, "invalid-field", detail),))
    return moment
