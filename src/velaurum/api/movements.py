"""Reading movements over HTTP; posting them is in `posting`."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from velaurum import texts
from velaurum.api import references
from velaurum.api.pages import Page, PagingParameters, PastParameters, size_before
from velaurum.api.references import PartParameters, PlaceParameters
from velaurum.api.routes import Admitted, Door, Keys, StrictRoute, permits
from velaurum.ledger import movements
from velaurum.ledger.outcomes import Movement

router = APIRouter(prefix="/v1/orgs/{org}/movements", tags=["movements"], route_class=StrictRoute)
AnyKind = Literal[
    "opening", "receipt", "issue", "transfer", "adjustment", "scrap", "return", "reversal", "status-change"
]


class MovementPage(Page[Movement]):
    """Movements, the newest first."""


@router.get("", operation_id="listMovements", openapi_extra=permits("read"))
def list_movements(
    admitted: Admitted,
    door: Door,
    keys: Keys,
    paging: PagingParameters,
    past: PastParameters,
    part: PartParameters,
    place: PlaceParameters,
    item: str | None = None,
    kind: AnyKind | None = None,
    actor: Annotated[str | None, Query(description="The id of a principal.")] = None,
    recorded_from: Annotated[str | None, Query(description="From this instant on, inclusive.")] = None,
    recorded_to: Annotated[str | None, Query(description="Before this instant.")] = None,
) -> MovementPage:
    """List movements, the newest first."""
    with door.transaction(admitted) as (tx, org):
        state = past.resolve(tx, org, paging.position)
        if actor is not None and not texts.is_uuid(actor):
            raise references.unknown("actor", "There is no such principal.")
        admitted.tally.subject_id = actor
        item_id = references.item_id(tx, org, item)
        chosen = movements.Filter(
            item_id=item_id,
            **part.ids(tx, org, item_id),
            **place.ids(tx, org),
            kind=kind,
            actor_id=actor,
            from_size=size_before(tx, org, "recorded_from", recorded_from, default=0),
            to_size=min(
                state.log_size, size_before(tx, org, "recorded_to", recorded_to, default=state.log_size)
            ),
            occurred_until=past.effective_instant(),
        )
        if paging.position is not None:
            chosen = replace(chosen, to_size=min(chosen.to_size, paging.position["before"]))
    # The wait for a posting under way ended with its own transaction: a long read must not hold postings up.
    with door.transaction(admitted) as (tx, org):
        found = movements.list_page(tx, org, keys, chosen, limit=paging.fetch)
    # What somebody wrote is about them; that they moved stock is about stock.
    admitted.tally.show(one.actor.id for one in found[: paging.limit] if one.note is not None)
    return paging.page(
        MovementPage, found, state, lambda last: {"before": last.log_index, **state.model_dump()}
    )


@router.get("/{movement:id}", operation_id="getMovement", openapi_extra=permits("read"))
def get_movement(admitted: Admitted, door: Door, keys: Keys, movement: str) -> Movement:
    """Get a movement by its id."""
    with door.transaction(admitted) as (tx, org):
        return movements.get(tx, org, keys, movement)
