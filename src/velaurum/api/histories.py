"""The history of records over HTTP: every version, at an instant, at a log size, or of a period (V-21)."""

from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Request

from velaurum import texts
from velaurum.api import items, locations, principals, roles, sub_orgs, tokens
from velaurum.api.history_shapes import (
    ItemVersionPage,
    LocationVersionPage,
    PrincipalVersionPage,
    RoleVersionPage,
    SubOrgVersionPage,
    TokenVersionPage,
)
from velaurum.api.logs import proof_of
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.audit import history
from velaurum.audit.history import Bounds, Period, Version
from velaurum.db.connection import Database, Tx
from velaurum.errors import FieldError, Refusal
from velaurum.ledger.outcomes import Actor
from velaurum.proofs.policies import Policy
from velaurum.proofs.wire import to_base64
from velaurum.tenancy.context import OrgContext

router = APIRouter(prefix="/v1/orgs/{org}", tags=["history"], route_class=StrictRoute)
VersionPage = TypeVar("VersionPage", bound=Page[Any])


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
    """Which versions a request asks for, and whether with what proves them."""

    def __init__(
        self,
        request: Request,
        past: PastOfRecords,
        period: PeriodParameters,
        paging: PagingParameters,
        proof: Annotated[
            Literal["0", "1"], Query(description="1: with each version's entry, and proofs of the log.")
        ] = "0",
    ) -> None:
        """Read a past or a period, not both."""
        if past.is_set and period != Period():
            raise _bad("bounds", "Give as_of or at_size, or a period, not both.")
        self.past, self.period, self.paging = past, period, paging
        self.is_proven = proof == "1"
        self.witnesses: Policy | None = request.app.state.witnesses


AskedParameters = Annotated[Asked, Depends(Asked)]


def _page(
    kind: type[VersionPage],
    admitted: OrgContext,
    door: Database,
    asked: Asked,
    shown: Shown[Any, Any],
    reference: str,
) -> VersionPage:
    paging, past = asked.paging, asked.past
    with door.transaction(admitted) as (tx, org):
        record = shown.noun.get(tx, org, reference)
        state = past.resolve(tx, org, paging.position)
        rows = history.list_page(
            tx,
            org,
            shown.noun.subject,
            record.id,
            size=state.log_size,
            is_at=past.is_set,
            period=asked.period,
            before=paging.position["before"] if paging.position else history.LAST,
            limit=paging.fetch,
            with_entries=asked.is_proven,
        )
        page = paging.page(
            Page[Any], rows, state, lambda last: {"before": last.log_index, **state.model_dump()}
        )
        proofs = _proofs(tx, org, page.data, asked.witnesses) if asked.is_proven else {}
    answers = [_answer(shown, row, proofs.get(row.log_index)) for row in page.data]
    return kind(data=answers, next_cursor=page.next_cursor, as_of=page.as_of)


def _proofs(tx: Tx, org: OrgContext, versions: list[Version], witnesses: Policy | None) -> dict[int, str]:
    """Return a proof of each version that no newer one of these names: its entry names the one before."""
    named = {one.previous_index for one in versions}
    apart = [one.log_index for one in versions if one.log_index not in named]
    return {one: proof_of(tx, org, one, witnesses).text for one in apart}


def _answer(shown: Shown[Any, Any], version: Version, proof: str | None) -> dict[str, Any]:
    return {
        "log_index": version.log_index,
        "previous": version.previous_index,
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
        "action": version.action,
        "actor": Actor(version.actor_id, version.actor_kind, version.actor_name),
        "credential": version.credential_id,
        "request_id": version.request_id,
        "leaf_hash": version.leaf_hash,
        "record": shown.answer(shown.noun.read(version.record)),
        "entry": None if version.entry is None else to_base64(version.entry),
        "proof": proof,
    }


@router.get("/items/{item}/history", operation_id="listItemVersions", openapi_extra=permits("read"))
def list_item_versions(admitted: Admitted, door: Door, item: str, asked: AskedParameters) -> ItemVersionPage:
    """List the versions of an item, the newest first."""
    return _page(ItemVersionPage, admitted, door, asked, items.SHOWN, item)


@router.get(
    "/locations/{location}/history", operation_id="listLocationVersions", openapi_extra=permits("read")
)
def list_location_versions(
    admitted: Admitted, door: Door, location: str, asked: AskedParameters
) -> LocationVersionPage:
    """List the versions of a location, the newest first."""
    return _page(LocationVersionPage, admitted, door, asked, locations.SHOWN, location)


@router.get("/sub-orgs/{sub_org}/history", operation_id="listSubOrgVersions", openapi_extra=permits("read"))
def list_sub_org_versions(
    admitted: Admitted, door: Door, sub_org: str, asked: AskedParameters
) -> SubOrgVersionPage:
    """List the versions of a department, the newest first."""
    return _page(SubOrgVersionPage, admitted, door, asked, sub_orgs.SHOWN, sub_org)


@router.get("/roles/{role}/history", operation_id="listRoleVersions", openapi_extra=permits("read"))
def list_role_versions(admitted: Admitted, door: Door, role: str, asked: AskedParameters) -> RoleVersionPage:
    """List the versions of a role, the newest first."""
    return _page(RoleVersionPage, admitted, door, asked, roles.SHOWN, role)


@router.get(
    "/principals/{principal:id}/history",
    operation_id="listPrincipalVersions",
    openapi_extra=permits("read-assurance"),
)
def list_principal_versions(
    admitted: Admitted, door: Door, principal: str, asked: AskedParameters
) -> PrincipalVersionPage:
    """List the versions of a principal, the newest first."""
    return _page(PrincipalVersionPage, admitted, door, asked, principals.SHOWN, principal)


@router.get(
    "/tokens/{token:id}/history", operation_id="listTokenVersions", openapi_extra=permits("read-assurance")
)
def list_token_versions(
    admitted: Admitted, door: Door, token: str, asked: AskedParameters
) -> TokenVersionPage:
    """List the versions of a token, the newest first; no secret is in any."""
    return _page(TokenVersionPage, admitted, door, asked, tokens.SHOWN, token)
