"""One's own second factor over HTTP: enrol one, confirm it, renew its recovery codes, take it away."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from velaurum.api.routes import OWN_SESSION, PERMISSION, Admitted, Door, StrictRoute
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.identity import passwords, second_factors
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.identity.second_factors import SecondFactor
from velaurum.tenancy.context import OrgId

router = APIRouter(prefix="/v1/orgs/{org}/second-factor", tags=["passwords"], route_class=StrictRoute)
Code = Annotated[str, Field(min_length=1, max_length=64)]
Answer = TypeVar("Answer")
FOR_ITSELF = {PERMISSION: OWN_SESSION}


class SecondFactorAnswer(BaseModel):
    """How one's second factor stands; `confirmed_at` is null where none is asked for."""

    confirmed_at: str | None
    recovery_codes_left: int


class EnrolmentAnswer(BaseModel):
    """What an authenticator app reads, as a QR code or typed. It is shown once."""

    uri: str


class ConfirmationBody(BaseModel):
    """The code that the authenticator app shows at this moment."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: Code


class RecoveryCodes(BaseModel):
    """What signs in once each instead of a code of the app. They are shown once."""

    recovery_codes: list[str]


@router.get("", operation_id="getSecondFactor", openapi_extra=FOR_ITSELF)
def get_second_factor(admitted: Admitted, door: Door) -> SecondFactorAnswer:
    """Get how one's second factor stands."""
    with door.installation(admitted.tally) as tx:
        return _answer(second_factors.get_own(tx, admitted))


@router.post("", operation_id="enrolSecondFactor", openapi_extra=FOR_ITSELF)
def enrol_second_factor(request: Request, admitted: Admitted, door: Door) -> EnrolmentAnswer:
    """Get a secret for an authenticator app; it is asked for once its first code confirms it."""

    def enrol(secrets: FactorSecrets) -> str:
        with door.installation(admitted.tally) as tx:
            login = passwords.opened(passwords.get_own(tx, admitted).login)
            return second_factors.enrol(tx, admitted, secrets, login)

    return EnrolmentAnswer(uri=_with_keys(request, door, admitted.org_id, enrol))


@router.post("/confirmation", operation_id="confirmSecondFactor", openapi_extra=FOR_ITSELF)
def confirm_second_factor(
    request: Request, admitted: Admitted, door: Door, confirmation: ConfirmationBody
) -> RecoveryCodes:
    """Confirm the secret with a code: from now on one is asked for with the password."""

    def confirm(secrets: FactorSecrets) -> list[str]:
        with door.installation(admitted.tally) as tx:
            return second_factors.confirm(tx, admitted, secrets, confirmation.code)

    return RecoveryCodes(recovery_codes=_with_keys(request, door, admitted.org_id, confirm))


@router.post("/recovery-codes", operation_id="renewRecoveryCodes", openapi_extra=FOR_ITSELF)
def renew_recovery_codes(admitted: Admitted, door: Door) -> RecoveryCodes:
    """Get new recovery codes in the place of those before."""
    with door.installation(admitted.tally) as tx:
        codes = second_factors.renew_recovery_codes(tx, admitted)
    return RecoveryCodes(recovery_codes=codes)


@router.delete("", operation_id="removeSecondFactor", openapi_extra=FOR_ITSELF)
def remove_second_factor(admitted: Admitted, door: Door) -> SecondFactorAnswer:
    """Sign in with the password alone again."""
    with door.installation(admitted.tally) as tx:
        return _answer(second_factors.remove(tx, admitted))


def _with_keys(
    request: Request, door: Database, org_id: OrgId, do: Callable[[FactorSecrets], Answer]
) -> Answer:
    """Do something in a transaction with keys at hand; where they are not, they are opened first, in none."""
    secrets: FactorSecrets = request.app.state.factor_secrets
    try:
        return do(secrets.at_hand)
    except Refusal as refusal:
        if refusal.code != "key-unavailable":
            raise
    secrets.ready(door, org_id)
    return do(secrets.at_hand)


def _answer(factor: SecondFactor) -> SecondFactorAnswer:
    return SecondFactorAnswer(
        confirmed_at=factor.confirmed_at, recovery_codes_left=factor.recovery_codes_left
    )
