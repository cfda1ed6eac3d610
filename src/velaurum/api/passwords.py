"""One's own password over HTTP: see since when it is, and change it with the old one."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from velaurum.api import limits
from velaurum.api.invitations import Password
from velaurum.api.routes import OWN_SESSION, PERMISSION, Admitted, Door, StrictRoute
from velaurum.db.connection import Database
from velaurum.errors import Refusal, invalid_field
from velaurum.identity import hashing, password_rules, passwords, sign_in_failures
from velaurum.identity.passwords import Own
from velaurum.identity.seals import Seals
from velaurum.identity.sign_in_failures import Keys
from velaurum.keys.keyring import Keyring
from velaurum.tenancy.context import OrgContext

router = APIRouter(prefix="/v1/orgs/{org}/password", tags=["passwords"], route_class=StrictRoute)
FOR_ITSELF = {PERMISSION: OWN_SESSION}


class PasswordChangeBody(BaseModel):
    """The password of until now, and the one from now on."""

    model_config = ConfigDict(extra="forbid", strict=True)
    old: Password
    new: Password


class PasswordAnswer(BaseModel):
    """What one signs in with, null where its key cannot be used now, and since when the password is."""

    login: str | None
    created_at: str


@router.get("", operation_id="getPassword", openapi_extra=FOR_ITSELF)
def get_password(admitted: Admitted, door: Door) -> PasswordAnswer:
    """Get the login that goes with one's password, and since when it is; never the password."""
    with door.installation(admitted.tally) as tx:
        return _answer(passwords.get_own(tx, admitted))


@router.put("", operation_id="changePassword", openapi_extra=FOR_ITSELF)
async def change_password(
    request: Request, admitted: Admitted, door: Door, change: PasswordChangeBody
) -> PasswordAnswer:
    """Change one's password; one's other sessions end."""
    state, address = request.app.state, limits.address_key(request)
    counted, own = await run_in_threadpool(_begin, door, state.seals, admitted, address, change.new)
    run = state.hashers.run
    if not await run(admitted.org_id, lambda: hashing.is_right(own.phc, change.old)):
        raise invalid_field("/old", "This is not your password.")
    phc = await run(admitted.org_id, lambda: hashing.hashed(change.new))
    try:
        return _answer(await run_in_threadpool(_finish, door, admitted, state.keyring, own, phc, counted))
    except Refusal as refusal:
        if refusal.code == "key-unavailable":
            # The old password was right.
            await run_in_threadpool(_withdraw, door, admitted, counted)
        raise


def _begin(door: Database, seals: Seals, admitted: OrgContext, address: str, new: str) -> tuple[Keys, Own]:
    with door.installation(admitted.tally) as tx:
        own = passwords.get_own(tx, admitted)
        login = passwords.opened(own.login)
        if problem := password_rules.problem(new, (login, own.name, admitted.org_code)):
            raise invalid_field("/new", problem)
        # Whoever took a session over guesses here no faster than at the door.
        counted = sign_in_failures.keys(seals, admitted.org_id, login=login, address=address)
        return counted, passwords.begin_change(tx, admitted, counted)


def _withdraw(door: Database, admitted: OrgContext, counted: Keys) -> None:
    with door.installation(admitted.tally) as tx:
        sign_in_failures.withdraw(tx.within(admitted.org_id), admitted.org_id, counted)


def _finish(
    door: Database, admitted: OrgContext, keyring: Keyring, own: Own, phc: bytes, counted: Keys
) -> Own:
    with door.installation(admitted.tally) as tx:
        return passwords.finish_change(tx, admitted, keyring, own, phc, counted)


def _answer(own: Own) -> PasswordAnswer:
    return PasswordAnswer(login=own.login, created_at=own.created_at)
