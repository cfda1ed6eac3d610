"""The gate: before any handler, who asks, for which organisation, with what right. Denied unless allowed."""

import asyncio
import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.requests import Request

from velaurum.api import cookies
from velaurum.api.limits import Limits
from velaurum.api.names_at_hand import NamesOfAdmitted
from velaurum.api.prompt import Prompt
from velaurum.db.connection import Tx
from velaurum.db.tallies import Tally
from velaurum.errors import Refusal
from velaurum.identity import administrators, secrets, sessions, tokens
from velaurum.identity.roles import OwnSession, Permission
from velaurum.identity.tokens import Credential
from velaurum.tenancy.context import OrgContext

if TYPE_CHECKING:
    from velaurum.api.accesses import Access, Accesses

# A revoked token stops working within the sum of these on every process: a second. A request is admitted again after
# its body was read; one whose body came at once has nothing new to be asked.
CACHE_S = 0.95
PROMPT_S = 0.05
MOST_CACHED = 10_000
# The last use of a token is remembered this seldom by each process; the database holds all of them to the same.
USE_NOTED_S = 60.0
SETUP_RETRY_AFTER_S = 10
SCHEME = "bearer "


@dataclass(slots=True)
class Gate:
    """Verifies tokens and sessions against the database, at most once a second each."""

    prompt: Prompt
    limits: Limits
    names: NamesOfAdmitted
    _verified: dict[bytes, tuple[float, Credential]] = field(default_factory=dict)
    _verifying: dict[bytes, asyncio.Task[Credential]] = field(default_factory=dict)
    _noted: dict[str, float] = field(default_factory=dict)
    _noting: set[asyncio.Task[None]] = field(default_factory=set)
    _is_set_up: bool = False

    async def admit(self, request: Request, permission: Permission, *also: Permission) -> OrgContext:
        """Return the context of a request to an organisation's route, for the first permission that it has of these.

        Refuses `rate-limited`, `setup-required`, `unauthenticated`, and `forbidden` for a credential of another
        organisation, an organisation that does not exist (alike), or a role without the permission.
        """
        credential = await self._of_this_org(request)
        for one in (permission, *also):
            if one in credential.permissions:
                return _context(request, credential, one)
        raise Refusal(
            "forbidden",
            f"The role {credential.role} may not do this; it takes the permission {permission}.",
        )

    async def admit_again(self, request: Request, org: OrgContext, permission: Permission) -> OrgContext:
        """Admit once more after the body was read, which may have taken long. Refuses as admit() does."""
        return await self.admit(request, permission) if _just_admitted(request) is None else org

    async def admit_part(self, request: Request, permission: Permission) -> OrgContext:
        """Admit the next part of a request that goes on: it counts, and leaves an event, as a request of its own.

        Refuses as admit() does.
        """
        state = request.scope["state"]
        access: Access = state["access"]
        accesses: Accesses = request.app.state.accesses
        accesses.end(access, HTTPStatus.OK)
        state["access"] = access._replace(tally=Tally())
        state["rate_spent"] = False
        del state["admitted"]
        return await self.admit(request, permission)

    async def admit_own(self, request: Request) -> OrgContext:
        """Return the context of a request about its own session, which takes no permission. Refuses as admit()."""
        credential = await self._of_this_org(request)
        if _is_bearer(request):
            raise Refusal("forbidden", "This is for people who signed in; a token has no session.")
        return _context(request, credential, "own-session")

    async def _of_this_org(self, request: Request) -> Credential:
        """Verify the credential, and let the request leave one event, also when it is admitted twice for its body."""
        if (known := _just_admitted(request)) is not None:
            return known
        state = request.scope["state"]
        access: Access | None = state.get("access")
        tally = Tally() if access is None else access.tally
        credential = await self._credential(request, tally)
        self.limits.spend(request, credential.token_id, credential.org_id)
        if access is None:
            accesses: Accesses = request.app.state.accesses
            tally.subject_id = _subject(request)
            state["access"] = accesses.begin(
                state["request_id"], request.scope["endpoint"], credential, tally
            )
        if credential.org_code != request.path_params["org"]:
            raise Refusal("forbidden", "The credential does not belong to this organisation.")
        state["admitted"] = (time.monotonic(), credential)
        return credential

    async def admit_administrator(self, request: Request) -> str:
        """Let only a platform administrator pass, and return who it is. Refuses as admit() does."""
        text = _bearer(request)
        with self.limits.attempt(request, text) as name:
            administrator_id = await self.prompt.run(self._verify_administrator, text)
        self.limits.spend(request, name, None)
        return administrator_id

    async def require_set_up(self) -> None:
        """Refuse `setup-required` until there is an administrator."""
        if not self._is_set_up:
            await self.prompt.run(self._look_for_set_up)

    async def _credential(self, request: Request, tally: Tally) -> Credential:
        """Return a verified credential; who asks for one that is being verified waits for that answer.

        What it took to verify is counted for whoever asked first.
        """
        text = _bearer(request) if _is_bearer(request) else cookies.session(request)
        known_as = hashlib.sha256(text.encode()).digest()
        found = self._verified.get(known_as)
        if found is not None and found[0] > time.monotonic():
            return found[1]
        with self.limits.attempt(request, text):
            verifying = self._verifying.get(known_as)
            if verifying is None:
                verifying = asyncio.create_task(self._verify_and_remember(known_as, text, tally))
                self._verifying[known_as] = verifying
                verifying.add_done_callback(lambda _: self._verifying.pop(known_as))
            return await asyncio.shield(verifying)

    async def _verify_and_remember(self, known_as: bytes, text: str, tally: Tally) -> Credential:
        asked_at = time.monotonic()
        credential = await self.prompt.run(self._verify, text, tally)
        if len(self._verified) >= MOST_CACHED:
            self._verified.clear()
        self._verified[known_as] = (asked_at + CACHE_S, credential)
        if not text.startswith(secrets.SESSION_PREFIX):  # a session keeps its own time
            self._note_use_soon(credential, asked_at)
        await self.names.open(credential)
        return credential

    def _note_use_soon(self, credential: Credential, now: float) -> None:
        """Remember beside the request that its token was used; nobody waits for it, and nobody fails with it."""
        if self._noted.get(credential.token_id, -USE_NOTED_S) > now - USE_NOTED_S:
            return
        if len(self._noted) >= MOST_CACHED:
            self._noted.clear()
        self._noted[credential.token_id] = now
        noting = asyncio.create_task(self.prompt.run(self._note_use, credential))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)

    def _note_use(self, credential: Credential) -> None:
        # A database that cannot take it now loses a minute of what is shown, no more.
        with suppress(Refusal), self.prompt.database.installation() as tx:
            tokens.note_use(tx, credential.org_id, credential.token_id)

    async def drain(self) -> None:
        """Wait for what is still being remembered."""
        await asyncio.gather(*self._noting)

    def _verify(self, text: str, tally: Tally) -> Credential:
        with self.prompt.database.installation(tally) as tx:
            self._require_set_up(tx)
            token = secrets.parse(text)
            if token is None:
                raise _unauthenticated()
            if token.is_platform:
                if administrators.verify(tx, token):
                    raise Refusal(
                        "forbidden", "The platform's administrator has no access to an organisation's data."
                    )
                raise _unauthenticated()
            is_session = token.prefix == secrets.SESSION_PREFIX
            credential = sessions.verify(tx, token) if is_session else tokens.verify(tx, token)
        if credential is None:
            raise _unauthenticated()
        return credential

    def _verify_administrator(self, text: str) -> str:
        token = secrets.parse(text)
        if token is None or not token.is_platform:
            role = self._verify(text, Tally()).role
            raise Refusal("forbidden", f"The role {role} may not do this; it takes an administrator.")
        with self.prompt.database.installation() as tx:
            self._require_set_up(tx)
            if not administrators.verify(tx, token):
                raise _unauthenticated()
        return token.token_id

    def _look_for_set_up(self) -> None:
        with self.prompt.database.installation() as tx:
            self._require_set_up(tx)

    def _require_set_up(self, tx: Tx) -> None:
        self._is_set_up = self._is_set_up or administrators.exists(tx)
        if not self._is_set_up:
            raise Refusal(
                "setup-required",
                "Nobody administers this installation yet: claim it with what its server printed when it started (POST "
                "/v1/setup/claim), or run `velaurum bootstrap` on its machine.",
                retry_after_s=SETUP_RETRY_AFTER_S,
            )


def _just_admitted(request: Request) -> Credential | None:
    """Return whom this request was admitted as so lately that a body which came since needs no second look."""
    admitted: tuple[float, Credential] | None = request.scope["state"].get("admitted")
    return admitted[1] if admitted is not None and time.monotonic() - admitted[0] < PROMPT_S else None


def _subject(request: Request) -> str | None:
    """Return which person a route names, or which user of a directory, who is one."""
    named = request.path_params
    found: str | None = named.get("principal") or named.get("user")
    return found


def _context(request: Request, credential: Credential, permission: Permission | OwnSession) -> OrgContext:
    """Return the context of a request, with the tally of its access."""
    access: Access = request.scope["state"]["access"]
    return credential.context(access.request_id, permission, access.tally)


def _is_bearer(request: Request) -> bool:
    return "authorization" in request.headers


def _bearer(request: Request) -> str:
    """Return the token of the one Authorization header, or an empty text that no token equals.

    A session is none: who could read it out of a browser cannot send it from elsewhere without its cookie.
    """
    values = request.headers.getlist("authorization")
    if len(values) == 1 and values[0][: len(SCHEME)].lower() == SCHEME:
        text = values[0][len(SCHEME) :].strip()
        return "" if text.startswith(secrets.SESSION_PREFIX) else text
    return ""


def _unauthenticated() -> Refusal:
    return Refusal("unauthenticated", "Send a valid token: Authorization: Bearer vlm_…")
