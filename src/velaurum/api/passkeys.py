"""One's own passkeys over HTTP: register one, look at them, revoke one."""

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from velaurum.api.keys import Key
from velaurum.api.routes import OWN_SESSION, PERMISSION, Admitted, Door, Keys, StrictRoute
from velaurum.identity import passkeys
from velaurum.identity.ceremonies import RelyingParty
from velaurum.identity.passkeys import Passkey

router = APIRouter(prefix="/v1/orgs/{org}/passkeys", tags=["passkeys"], route_class=StrictRoute)
FOR_ITSELF = {PERMISSION: OWN_SESSION}
# As browsers write octets: PublicKeyCredential.toJSON() and parse…OptionsFromJSON() (Web Authentication, level 3).
Octets = Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$")]


class FromBrowser(BaseModel):
    """What a browser wrote: members that nobody here reads may stand in it."""

    model_config = ConfigDict(strict=True, serialize_by_alias=True)


class RelyingPartyAnswer(BaseModel):
    """This site; `id` is its host."""

    name: str
    id: str


class PasskeyUser(BaseModel):
    """Whose passkey it becomes; `id` is the person's id as 16 octets."""

    id: Octets
    name: str
    display_name: str = Field(alias="displayName")


class PasskeyAlgorithm(BaseModel):
    """A kind of signature, by its COSE number."""

    type: Literal["public-key"]
    alg: int


class KnownPasskey(BaseModel):
    """A passkey that the person has already."""

    id: Octets
    type: Literal["public-key"]
    transports: list[str] = []


class AuthenticatorSelection(BaseModel):
    """What the authenticator has to do: keep the passkey, and verify its person."""

    resident_key: Literal["required"] = Field(alias="residentKey")
    require_resident_key: bool = Field(alias="requireResidentKey")
    user_verification: Literal["required"] = Field(alias="userVerification")


class CreationOptions(BaseModel):
    """What PublicKeyCredential.parseCreationOptionsFromJSON() reads."""

    rp: RelyingPartyAnswer
    user: PasskeyUser
    challenge: Octets
    algorithms: list[PasskeyAlgorithm] = Field(alias="pubKeyCredParams")
    timeout: int
    known: list[KnownPasskey] = Field(alias="excludeCredentials")
    selection: AuthenticatorSelection = Field(alias="authenticatorSelection")
    attestation: Literal["none"]


class NewPasskeyResponse(FromBrowser):
    """What the authenticator made."""

    client_data: Octets = Field(alias="clientDataJSON")
    attestation: Octets = Field(alias="attestationObject")
    transports: Annotated[list[str], Field(max_length=16)] = []


class NewPasskeyCredential(FromBrowser):
    """What toJSON() writes of the PublicKeyCredential that create() gave."""

    id: Octets
    raw_id: Octets = Field(alias="rawId")
    type: Literal["public-key"]
    response: NewPasskeyResponse


class NewPasskeyBody(BaseModel):
    """A passkey to register, under a name that tells it from the person's others."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    credential: NewPasskeyCredential


class PasskeyAnswer(BaseModel):
    """One passkey, which signs in while `revoked_at` is null. A name that no key opens now is null.

    `regressed_at`: when its authenticator last had counted less than before, as a copy of it would have.
    """

    id: str
    name: str | None
    credential_id: str
    transports: list[str]
    is_backed_up: bool
    created_at: str
    last_used_at: str | None
    regressed_at: str | None
    revoked_at: str | None


class PasskeyList(BaseModel):
    """The passkeys of whoever asks: those that sign in first, the newest before the others; 100 at most."""

    data: list[PasskeyAnswer]


def _party(request: Request) -> RelyingParty:
    site = request.app.state.site
    return RelyingParty(site.host, site.origin)


Party = Annotated[RelyingParty, Depends(_party)]


@router.post("/options", operation_id="getPasskeyOptions", openapi_extra=FOR_ITSELF)
def get_passkey_options(admitted: Admitted, door: Door, party: Party) -> CreationOptions:
    """Get what the browser makes a passkey with, within five minutes; the session is at most ten minutes old."""
    with door.installation() as tx:
        return CreationOptions.model_validate(passkeys.options(tx, admitted, party))


@router.post("", status_code=201, operation_id="registerPasskey", openapi_extra=FOR_ITSELF)
def register_passkey(
    admitted: Admitted,
    door: Door,
    keyring: Keys,
    party: Party,
    key: Key,
    new: NewPasskeyBody,
    response: Response,
) -> PasskeyAnswer:
    """Register the passkey that the browser made; the session is at most ten minutes old."""
    answer: dict[str, Any] = new.credential.model_dump()
    with door.installation() as tx:
        created = passkeys.register(tx, admitted, keyring, party, new.name, answer, idempotency_key=key)
    registered = _answer(created.require())
    if created.replayed:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return registered


@router.get("", operation_id="listPasskeys", openapi_extra=FOR_ITSELF)
def list_passkeys(admitted: Admitted, door: Door) -> PasskeyList:
    """List one's own passkeys."""
    with door.installation() as tx:
        return PasskeyList(data=[_answer(one) for one in passkeys.list_own(tx, admitted)])


@router.post("/{passkey:id}/revocation", operation_id="revokePasskey", openapi_extra=FOR_ITSELF)
def revoke_passkey(admitted: Admitted, door: Door, passkey: str) -> PasskeyAnswer:
    """Revoke one's own passkey for ever, and end the other sessions that one's passkeys opened."""
    with door.installation() as tx:
        return _answer(passkeys.revoke_own(tx, admitted, passkey))


def _answer(passkey: Passkey) -> PasskeyAnswer:
    return PasskeyAnswer(
        id=passkey.id,
        name=passkey.name,
        credential_id=base64.urlsafe_b64encode(passkey.credential_id).rstrip(b"=").decode(),
        transports=passkey.transports,
        is_backed_up=passkey.is_backed_up,
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
        regressed_at=passkey.regressed_at,
        revoked_at=passkey.revoked_at,
    )
