"""Data subjects over HTTP: what is held about a person, a legal hold on it, and its erasure."""

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from velaurum.api.routes import Admitted, Door, Keys, StrictRoute, permits
from velaurum.exchange import kept_exports, org_pages
from velaurum.identity import erasures
from velaurum.ops import bundling

if TYPE_CHECKING:
    from velaurum.ops.erasing import Eraser

router = APIRouter(prefix="/v1/orgs/{org}/principals", tags=["people"], route_class=StrictRoute)
MANAGE = permits("manage-identity")


class LegalHoldBody(BaseModel):
    """Why a person's data must be kept, or need be no longer. Write nothing personal here: it is not erased."""

    model_config = ConfigDict(extra="forbid", strict=True)
    action: Literal["place", "release"]
    reason: str


class LegalHoldStep(BaseModel):
    """One step of a legal hold; the last one says whether the person is held."""

    id: str
    action: Literal["placed", "released"]
    reason: str
    created_by: str
    created_at: str


class LegalHold(BaseModel):
    """Whether a legal hold keeps a person, and how that came."""

    principal: str
    is_held: bool
    steps: list[LegalHoldStep]


class SignedReport(BaseModel):
    """A report with the installation's signature, which `GET /.well-known/velaurum/keys` verifies."""

    report: dict[str, Any]
    signature: dict[str, str]


class ErasureAnswer(BaseModel):
    """That a person was erased, and the receipt: it names the day when the last backup that has them expires."""

    principal: str
    erased_at: str
    receipt: SignedReport


class Bundle(BaseModel):
    """What is held about a person, by where it is held."""

    principal: str
    made_at: str
    held: dict[str, list[dict[str, Any]]]
    unavailable: list[str]


@router.post("/{principal:id}/legal-hold", operation_id="holdPrincipal", openapi_extra=MANAGE)
def hold_principal(admitted: Admitted, door: Door, principal: str, asked: LegalHoldBody) -> LegalHold:
    """Place a legal hold on a person, so that nobody erases them, or release it."""
    action: Literal["placed", "released"] = "placed" if asked.action == "place" else "released"
    with door.transaction(admitted) as (tx, org):
        steps = erasures.hold(tx, org, principal, action, asked.reason)
    return _hold(principal, steps)


@router.post("/{principal:id}/erasure", status_code=201, operation_id="erasePrincipal", openapi_extra=MANAGE)
def erase_principal(
    request: Request, admitted: Admitted, door: Door, principal: str, response: Response
) -> ErasureAnswer:
    """Erase a person who is disabled, for ever, and exports that wait here; a repeat gets the same receipt."""
    eraser: Eraser = request.app.state.eraser
    with door.transaction(admitted) as (tx, org):
        erased, is_repeat = eraser.erase(tx, org, principal)
        withdrawals = org_pages.withdrawals(tx, org.org_id)
    # After the commit. Where it is killed in between the next start destroys the share, nobody gets an export that is
    # left, and the worker's next sweep removes it.
    request.app.state.names.forget(org.org_id, principal)
    eraser.end_share(org.org_id, principal)
    kept_exports.forget(eraser.data_dir, org.org_id, withdrawals)
    if is_repeat:
        response.status_code = 200
    return ErasureAnswer(
        principal=erased.principal_id,
        erased_at=erased.erased_at,
        receipt=SignedReport(**erased.receipt),
    )


@router.get("/{principal:id}/bundle", operation_id="getPrincipalBundle", openapi_extra=MANAGE)
def get_principal_bundle(admitted: Admitted, door: Door, keys: Keys, principal: str) -> Bundle:
    """Get what is held about a person, who accessed the organisation as them and when (GDPR, article 15)."""
    with door.transaction(admitted) as (tx, org):
        found = bundling.of(tx, org, keys, principal)
    return Bundle(
        principal=principal, made_at=found.made_at, held=dict(found.held), unavailable=found.unavailable
    )


def _hold(principal: str, steps: list[erasures.Hold]) -> LegalHold:
    return LegalHold(
        principal=principal,
        is_held=bool(steps) and steps[-1].action == "placed",
        steps=[
            LegalHoldStep(
                id=one.id,
                action=one.action,
                reason=one.reason,
                created_by=one.created_by,
                created_at=one.created_at,
            )
            for one in steps
        ],
    )
