"""The history of records over HTTP: every version, at an instant, at a log size, or of a period (V-21)."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from velaurum import texts
from velaurum.api.pages import Page, Paging, PagingParameters, Past, PastOfRecords
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit import history
from velaurum.audit.changes import Action
from velaurum.audit.history import Bounds, Period, Subject, Version
from velaurum.catalog import items, locations
from velaurum.db.connection import Database, Tx
from velaurum.errors import FieldError, Refusal
from velaurum.identity import principals, roles, tokens
from velaurum.ledger.outcomes import Actor
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.context import OrgContext

router = APIRouter(prefix="/v1/orgs/{org}", tags=["history"], route_class=StrictRoute)


class VersionAnswer(BaseModel):
    """What a record was from `valid_from` until `valid_to` (null while it holds), by whom, and where in the log."""

    log_index: int
    valid_from: str
    valid_to: str | None
    action: Action
    actor: Actor
    credential: str | None
    request_id: str | None
    leaf_hash: str
    record: dict[str, Any] = Field(
        description="The whole record with the columns of today. Objects of JSON are the text of them."
    )


class VersionPage(Page[VersionAnswer]):
    """Versions, the newest first."""


def _period(
    from_: Annotated[
        str | None, Query(alias="from", description="Where a period of recorded time begins, RFC 3339.")
    ] = None,
    to: Annotated[str | None, Query(description="Where it ends.")] = None,
    bounds: Annotated[
        Bounds,
        Query(
            description="Versions valid within the period (`from-to`), at its end too (`between`), or for"
            " no instant outside it (`contained-in`)."
        ),
    ] = "from-to",
) -> Period:
    return Period(bounds, _instant("from", from_), _instant("to", to))


def _instant(name: str, text: str | None) -> Any:
    moment = None if text is None else texts.instant(text)
    if text is not None and moment is None:
        raise _bad(name, "Write an instant like 2026-11-22T10:05:00Z.")
    return moment


def _bad(name: str, detail: str) -> Refusal:
    return Refusal("invalid-field", detail, (FieldError(name, "invalid-field", detail),))


PeriodParameters = Annotated[Period, Depends(_period)]


class Asked:
    """Which versions a request asks for."""

    def __init__(self, past: PastOfRecords, period: PeriodParameters, paging: PagingParameters) -> None:
        """Read a past or a period, not both."""
        if past.is_set and period != Period():
            raise _bad("bounds", "Give as_of or at_size, or a period, not both.")
        self.past, self.period, self.paging = past, period, paging


AskedParameters = Annotated[Asked, Depends(Asked)]
Found = Callable[[Tx, OrgContext], Any]


def _page(admitted: OrgContext, door: Database, asked: Asked, subject: Subject, found: Found) -> VersionPage:
    paging: Paging = asked.paging
    past: Past = asked.past
    with door.transaction(admitted) as (tx, org):
        record = found(tx, org)
        state = past.resolve(tx, org, paging.position)
        rows = history.list_page(
            tx,
            org,
            subject,
            record.id,
            size=state.log_size,
            is_at=past.is_set,
            period=asked.period,
            before=paging.position["before"] if paging.position else history.LAST,
            limit=paging.fetch,
        )
    return paging.page(
        VersionPage,
        [_answer(row) for row in rows],
        state,
        lambda last: {"before": last.log_index, **state.model_dump()},
    )


def _answer(version: Version) -> VersionAnswer:
    return VersionAnswer(
        log_index=version.log_index,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        action=version.action,
        actor=Actor(version.actor_id, version.actor_kind, version.actor_name),
        credential=version.credential_id,
        request_id=version.request_id,
        leaf_hash=version.leaf_hash,
        record=dict(version.record),
    )


@router.get("/items/{item}/history", operation_id="listItemVersions", openapi_extra=permits("read"))
def list_item_versions(admitted: Admitted, door: Door, item: str, asked: AskedParameters) -> VersionPage:
    """List the versions of an item, the newest first."""
    return _page(admitted, door, asked, "item", lambda tx, org: items.get(tx, org, item))


@router.get(
    "/locations/{location}/history", operation_id="listLocationVersions", openapi_extra=permits("read")
)
def list_location_versions(
    admitted: Admitted, door: Door, location: str, asked: AskedParameters
) -> VersionPage:
    """List the versions of a location, the newest first."""
    return _page(admitted, door, asked, "location", lambda tx, org: locations.get(tx, org, location))


@router.get("/sub-orgs/{sub_org}/history", operation_id="listSubOrgVersions", openapi_extra=permits("read"))
def list_sub_org_versions(
    admitted: Admitted, door: Door, sub_org: str, asked: AskedParameters
) -> VersionPage:
    """List the versions of a department, the newest first."""
    return _page(admitted, door, asked, "sub-org", lambda tx, org: sub_orgs.get(tx, org, sub_org))


@router.get("/roles/{role}/history", operation_id="listRoleVersions", openapi_extra=permits("read"))
def list_role_versions(admitted: Admitted, door: Door, role: str, asked: AskedParameters) -> VersionPage:
    """List the versions of a role, the newest first."""
    return _page(admitted, door, asked, "role", lambda tx, org: roles.get(tx, org, role))


@router.get(
    "/principals/{principal:id}/history",
    operation_id="listPrincipalVersions",
    openapi_extra=permits("read-assurance"),
)
def list_principal_versions(
    admitted: Admitted, door: Door, principal: str, asked: AskedParameters
) -> VersionPage:
    """List the versions of a principal, the newest first."""
    return _page(admitted, door, asked, "principal", lambda tx, org: principals.get(tx, org, principal))


@router.get(
    "/tokens/{token:id}/history", operation_id="listTokenVersions", openapi_extra=permits("read-assurance")
)
def list_token_versions(admitted: Admitted, door: Door, token: str, asked: AskedParameters) -> VersionPage:
    """List the versions of a token, the newest first; no secret is in any."""
    return _page(admitted, door, asked, "token", lambda tx, org: tokens.get(tx, org, token))
