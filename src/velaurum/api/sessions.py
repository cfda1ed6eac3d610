"""One's own sessions over HTTP: look at them, sign out, and end those that were left open elsewhere."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel
from starlette.requests import Request

from velaurum.api import cookies
from velaurum.api.routes import OWN_SESSION, PERMISSION, Admitted, Door, StrictRoute
from velaurum.db.connection import Tx
from velaurum.identity import secrets, sessions
from velaurum.identity.sessions import Session
from velaurum.tenancy.context import OrgId

router = APIRouter(prefix="/v1/orgs/{org}/session", tags=["sessions"], route_class=StrictRoute)
several = APIRouter(prefix="/v1/orgs/{org}/sessions", tags=["sessions"], route_class=StrictRoute)
FOR_ITSELF = {PERMISSION: OWN_SESSION}


class PersonRef(BaseModel):
    """A person of the organisation; the name is null where its key cannot be used now."""

    id: str
    name: str | None


class SessionAnswer(BaseModel):
    """A session: who signed in, how, and how long it may live. `ended_at` is null while it lives."""

    id: str
    principal: PersonRef
    method: Literal["password", "passkey", "oidc"]
    created_at: str
    expires_at: str
    ended_at: str | None


class SessionList(BaseModel):
    """The living sessions of whoever asks, the newest first; 100 at most."""

    data: list[SessionAnswer]


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


@several.get("", operation_id="listSessions", openapi_extra=FOR_ITSELF)
def list_sessions(admitted: Admitted, door: Door) -> SessionList:
    """List one's own living sessions."""
    with door.installation(admitted.tally) as tx:
        return SessionList(data=[answer(one) for one in sessions.list_own(tx, admitted)])


@several.delete("/{session:id}", operation_id="endOneSession", openapi_extra=FOR_ITSELF)
def end_one_session(admitted: Admitted, door: Door, session: str) -> SessionAnswer:
    """End one of one's own sessions, for ever."""
    with door.installation(admitted.tally) as tx:
        return answer(sessions.end_one_of_own(tx, admitted, session))


def end_before(tx: Tx, request: Request, org_code: str, org_id: OrgId) -> None:
    """End the session that this browser had before another is opened: nobody is signed in twice in one place."""
    before = secrets.parse(request.cookies.get(cookies.name_of(org_code), ""), (secrets.SESSION_PREFIX,))
    credential = sessions.verify(tx, before) if before and before.org_id == org_id else None
    if credential is not None:
        sessions.end_own(tx, credential.context(request.state.request_id, "own-session"))


def answer(session: Session) -> SessionAnswer:
    return SessionAnswer(
        id=session.id,
        principal=PersonRef(id=session.principal_id, name=session.principal_name),
        method=session.method,
        created_at=session.created_at,
        expires_at=session.expires_at,
        ended_at=session.ended_at,
    )
