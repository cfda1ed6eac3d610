"""One's own session over HTTP: look at it, and sign out."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from velaurum.api import cookies
from velaurum.api.routes import OWN_SESSION, PERMISSION, Admitted, Door, StrictRoute
from velaurum.identity import sessions
from velaurum.identity.sessions import Session

router = APIRouter(prefix="/v1/orgs/{org}/session", tags=["sessions"], route_class=StrictRoute)
FOR_ITSELF = {PERMISSION: OWN_SESSION}


class PersonRef(BaseModel):
    """A person of the organisation."""

    id: str
    name: str


class SessionAnswer(BaseModel):
    """A session: who signed in, how, and how long it may live. `ended_at` is null while it lives."""

    id: str
    principal: PersonRef
    method: Literal["password", "passkey", "oidc"]
    created_at: str
    expires_at: str
    ended_at: str | None


@router.get("", operation_id="getSession", openapi_extra=FOR_ITSELF)
def get_session(admitted: Admitted, door: Door) -> SessionAnswer:
    """Get the session that asks."""
    with door.installation(admitted.tally) as tx:
        return answer(sessions.get_own(tx, admitted))


@router.delete("", operation_id="endSession", openapi_extra=FOR_ITSELF)
def end_session(admitted: Admitted, door: Door, response: Response) -> SessionAnswer:
    """Sign out: end the session that asks, for ever."""
    with door.installation(admitted.tally) as tx:
        ended = sessions.end_own(tx, admitted)
    cookies.clear_session(response, admitted.org_code)
    return answer(ended)


def answer(session: Session) -> SessionAnswer:
    return SessionAnswer(
        id=session.id,
        principal=PersonRef(id=session.principal_id, name=session.principal_name),
        method=session.method,
        created_at=session.created_at,
        expires_at=session.expires_at,
        ended_at=session.ended_at,
    )
