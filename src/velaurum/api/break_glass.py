"""Break-glass over HTTP: two doors to one noun.

What an organisation does stands under /v1/orgs/{org}, with its own credentials; what the operator does under
/v1/operator/orgs/{org}, for administrators of the platform alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from velaurum.api.keys import Key
from velaurum.api.orgs import ONLY_ADMINISTRATORS
from velaurum.api.pages import AsOf, Page, PagingParameters
from velaurum.api.routes import ADMINISTRATOR, Admitted, Door, Keys, StrictRoute, permits
from velaurum.db.connection import Database, Tx
from velaurum.errors import Refusal
from velaurum.identity import break_glass as verbs
from velaurum.identity.break_glass import BreakGlass, Status
from velaurum.ledger import balances
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgContext

MOST_LISTED = 200
router = APIRouter(prefix="/v1", tags=["break-glass"], route_class=StrictRoute)
_OURS = "/orgs/{org}/break-glass"
_OPERATORS = "/operator/orgs/{org}/break-glass"
_OURS_ONE = f"{_OURS}/{{break_glass:id}}"
_OPERATORS_ONE = f"{_OPERATORS}/{{break_glass:id}}"


class NewBreakGlassBody(BaseModel):
    """Why an administrator has to read the organisation's data, and for how long from the approval on."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str
    expires: str


class BreakGlassPage(Page[BreakGlass]):
    """Every time that the operator asked to read this organisation, the newest first."""


class BreakGlassList(BaseModel):
    """The same for administrators: the newest 200."""

    data: list[BreakGlass]


class BreakGlassToken(BaseModel):
    """The credential of an open break-glass. It is shown once, reads, and is refused from `expires_at` on."""

    id: str
    token: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Operator:
    """An administrator of the platform, and the organisation that the path names."""

    database: Database
    org_code: str
    administrator_id: str
    request_id: str

    @contextmanager
    def transaction(self) -> Iterator[tuple[Tx, OrgContext]]:
        """Open a transaction in the organisation as the installation; the routines say what may be done there."""
        with self.database.installation() as outside:
            found = orgs.find(outside, self.org_code)
            if found is None:
                raise Refusal("not-found", "There is no such organisation.")
            yield (
                outside.within(found.org_id),
                OrgContext(
                    org_id=found.org_id,
                    org_code=found.code,
                    actor_id=self.administrator_id,
                    credential_id=self.administrator_id,
                    request_id=self.request_id,
                    permission=ADMINISTRATOR,
                ),
            )


def _operator(request: Request, door: Door, org: str) -> Operator:
    return Operator(door, org, request.state.administrator_id, request.state.request_id)


Operating = Annotated[Operator, Depends(_operator)]


@router.get(_OURS, operation_id="listBreakGlass", openapi_extra=permits("read-assurance"))
def list_break_glass(
    admitted: Admitted, door: Door, paging: PagingParameters, status: Status | None = None
) -> BreakGlassPage:
    """List every time that the operator asked to read this organisation, the newest first."""
    before = paging.position["before"] if paging.position else verbs.LAST
    with door.transaction(admitted) as (tx, org):
        found = verbs.list_page(tx, org, status=status, before=before, limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    return paging.page(BreakGlassPage, found, as_of, lambda last: {"before": last.id})


@router.get(_OURS_ONE, operation_id="getBreakGlass", openapi_extra=permits("read-assurance"))
def get_break_glass(admitted: Admitted, door: Door, break_glass: str) -> BreakGlass:
    """Get a break-glass by its id: who, why, with whom, and from when to when."""
    with door.transaction(admitted) as (tx, org):
        return verbs.get(tx, org, break_glass)


@router.post(
    f"{_OURS_ONE}/approve", operation_id="approveBreakGlass", openapi_extra=permits("manage-identity")
)
def approve_break_glass(admitted: Admitted, door: Door, keyring: Keys, break_glass: str) -> BreakGlass:
    """Approve, for the organisation, that the operator reads it."""
    with door.transaction(admitted) as (tx, org):
        return verbs.approve(tx, org, keyring, break_glass)


@router.post(f"{_OURS_ONE}/end", operation_id="endBreakGlass", openapi_extra=permits("manage-identity"))
def end_break_glass(admitted: Admitted, door: Door, keyring: Keys, break_glass: str) -> BreakGlass:
    """End a break-glass at once, open or not."""
    with door.transaction(admitted) as (tx, org):
        return verbs.end(tx, org, keyring, break_glass)


@router.post(_OPERATORS, status_code=201, operation_id="requestBreakGlass", openapi_extra=ONLY_ADMINISTRATORS)
def request_break_glass(
    operating: Operating, keyring: Keys, key: Key, new: NewBreakGlassBody, response: Response
) -> BreakGlass:
    """Ask to read an organisation for a while; it opens when a second person approves."""
    with operating.transaction() as (tx, org):
        created = verbs.request(tx, org, keyring, new.reason, new.expires, idempotency_key=key)
    if created.replayed:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return created.require()


@router.get(_OPERATORS, operation_id="listOperatorBreakGlass", openapi_extra=ONLY_ADMINISTRATORS)
def list_operator_break_glass(operating: Operating, status: Status | None = None) -> BreakGlassList:
    """List what administrators asked for in an organisation, the newest first."""
    with operating.transaction() as (tx, org):
        found = verbs.list_page(tx, org, status=status, before=verbs.LAST, limit=MOST_LISTED)
    return BreakGlassList(data=found)


@router.get(_OPERATORS_ONE, operation_id="getOperatorBreakGlass", openapi_extra=ONLY_ADMINISTRATORS)
def get_operator_break_glass(operating: Operating, break_glass: str) -> BreakGlass:
    """Get what an administrator asked for by its id."""
    with operating.transaction() as (tx, org):
        return verbs.get(tx, org, break_glass)


@router.post(
    f"{_OPERATORS_ONE}/approve",
    operation_id="approveOperatorBreakGlass",
    openapi_extra=ONLY_ADMINISTRATORS,
)
def approve_operator_break_glass(operating: Operating, keyring: Keys, break_glass: str) -> BreakGlass:
    """Approve what another administrator asked for."""
    with operating.transaction() as (tx, org):
        return verbs.approve(tx, org, keyring, break_glass)


@router.post(
    f"{_OPERATORS_ONE}/token", operation_id="collectBreakGlassToken", openapi_extra=ONLY_ADMINISTRATORS
)
def collect_break_glass_token(operating: Operating, keyring: Keys, break_glass: str) -> BreakGlassToken:
    """Collect the token of an open break-glass, once, as who asked for it."""
    with operating.transaction() as (tx, org):
        token = verbs.collect(tx, org, keyring, break_glass)
        expires_at = verbs.get(tx, org, break_glass).expires_at
    return BreakGlassToken(id=token.token_id, token=token.text, expires_at=expires_at or "")


@router.post(f"{_OPERATORS_ONE}/end", operation_id="endOperatorBreakGlass", openapi_extra=ONLY_ADMINISTRATORS)
def end_operator_break_glass(operating: Operating, keyring: Keys, break_glass: str) -> BreakGlass:
    """End a break-glass at once, open or not, as an administrator."""
    with operating.transaction() as (tx, org):
        return verbs.end(tx, org, keyring, break_glass)
