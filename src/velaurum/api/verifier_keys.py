"""The public keys that verify what this installation signs, for anyone."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from velaurum.api.routes import PERMISSION, PUBLIC, StrictRoute
from velaurum.ops import signing

router = APIRouter(prefix="/.well-known/velaurum", tags=["assurance"], route_class=StrictRoute)


class VerifierKey(BaseModel):
    """A public key, as a JSON Web Key (RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str


class VerifierKeys(BaseModel):
    """The keys that verify what this installation signs."""

    keys: list[VerifierKey]


@router.get("/keys", operation_id="getVerifierKeys", openapi_extra={PERMISSION: PUBLIC})
async def get_verifier_keys(request: Request, response: Response) -> VerifierKeys:
    """Get the public keys that verify signed reports."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return VerifierKeys.model_validate(signing.key_set(request.app.state.report_key))
