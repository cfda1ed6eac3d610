"""Reports over HTTP: tables about the ledger as of one log size, by pages or as files (V-21)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field

from velaurum import texts
from velaurum.api import references
from velaurum.api.movements import AnyKind
from velaurum.api.pages import (
    LARGEST_SIZE,
    AsOf,
    Page,
    Past,
    PastOfRecords,
    PastParameters,
    moment,
    plain,
    size_before,
)
from velaurum.api.references import AskedPart, PartParameters
from velaurum.api.report_files import FILES, Asking, AskingParameters
from velaurum.api.routes import StrictRoute, permits
from velaurum.catalog.serials import Status
from velaurum.db.connection import Tx
from velaurum.errors import invalid_field
from velaurum.ledger import balances, movements
from velaurum.reports import reading
from velaurum.reports.reading import Attempts, Days
from velaurum.reports.shapes import (
    Difference,
    ExpiringStock,
    OnHand,
    RefusedAttempt,
    RegisteredMovement,
    StockCardStep,
    TimelineStep,
)
from velaurum.tenancy.context import OrgContext

router = APIRouter(prefix="/v1/orgs/{org}/reports", tags=["reports"], route_class=StrictRoute)
From = Annotated[str | None, Query(description="From this instant on, inclusive.")]
To = Annotated[str | None, Query(description="Before this instant.")]
ActorId = Annotated[str | None, Query(description="The id of a principal.")]
Size = Annotated[Annotated[int, Field(ge=0, le=LARGEST_SIZE), BeforeValidator(plain)] | None, Query()]
_READ: dict[str, Any] = {
    "openapi_extra": permits("read"),
    "responses": {
        200: {"content": FILES, "description": "A page, or the whole report in the format asked for."}
    },
}


class OnHandPage(Page[OnHand]):
    """What stock keys held, in the order of the keys."""


class StockCardPage(Page[StockCardStep]):
    """The steps of a stock card, in log order."""


class RegisterPage(Page[RegisteredMovement]):
    """Movements, in log order."""


class RefusalPage(Page[RefusedAttempt]):
    """Refused attempts, in the order of their decision."""


class TimelinePage(Page[TimelineStep]):
    """Steps of what was on hand, in log order."""


class DifferencePage(Page[Difference]):
    """Stock keys that held something else at two log sizes, in the order of the keys."""

    since: AsOf | None = Field(None, description="The earlier of the two; `as_of` is the later.")


class ExpiryPage(Page[ExpiringStock]):
    """Stock of lots that expire, the first to expire first."""


@router.get("/on-hand", operation_id="listOnHand", response_model=OnHandPage, **_READ)
def list_on_hand(
    asking: AskingParameters,
    past: PastParameters,
    part: PartParameters,
    item: str | None = None,
    location: str | None = None,
    status: Status | None = None,
) -> Any:
    """List what is on hand, or was, of each stock key, with the unit of its item."""
    with asking.door.transaction(asking.admitted) as (tx, org):
        state = past.resolve(tx, org, asking.position)
        item_id = references.item_id(tx, org, item)
        chosen = balances.Filter(
            size=state.log_size,
            item_id=item_id,
            **part.ids(tx, org, item_id),
            status=status,
            location_id=references.location_id(tx, org, location),
            effective_as_of=past.effective_instant(),
        )
    return asking.answer(OnHandPage, reading.on_hand(chosen), state)


@router.get("/stock-card", operation_id="listStockCard", response_model=StockCardPage, **_READ)
def list_stock_card(
    asking: AskingParameters,
    past: PastOfRecords,
    part: PartParameters,
    item: str,
    location: str | None = None,
    status: Status | None = None,
    recorded_from: From = None,
    recorded_to: To = None,
) -> Any:
    """List what each movement did to each stock key of an item: before, in or out, and after."""
    state, chosen = _window(asking, past, part, item, location, recorded_from, recorded_to)
    return asking.answer(StockCardPage, reading.stock_card(chosen, status), state)


@router.get("/movement-register", operation_id="listMovementRegister", response_model=RegisterPage, **_READ)
def list_movement_register(
    asking: AskingParameters,
    past: PastParameters,
    part: PartParameters,
    item: str | None = None,
    location: str | None = None,
    kind: AnyKind | None = None,
    actor: ActorId = None,
    recorded_from: From = None,
    recorded_to: To = None,
) -> Any:
    """List movements in the order of the log."""
    state, chosen = _window(asking, past, part, item, location, recorded_from, recorded_to, kind, actor)
    return asking.answer(RegisterPage, reading.movement_register(chosen), state)


@router.get("/refusals", operation_id="listRefusals", response_model=RefusalPage, **_READ)
def list_refusals(
    asking: AskingParameters,
    past: PastOfRecords,
    code: Annotated[
        str | None,
        Query(description="The code of the refusal.", min_length=1, max_length=64, pattern="^[a-z-]+$"),
    ] = None,
    actor: ActorId = None,
    decided_from: From = None,
    decided_to: To = None,
) -> Any:
    """List what was refused for a business reason by the last entry of the log, to who reaches the organisation."""
    with asking.door.transaction(asking.admitted) as (tx, org):
        state = past.resolve(tx, org, asking.position)
    chosen = Attempts(
        state.log_size,
        _instant("decided_from", decided_from),
        _instant("decided_to", decided_to),
        code,
        _actor(asking, actor),
    )
    return asking.answer(RefusalPage, reading.refusals(chosen), state)


@router.get("/timeline", operation_id="listTimeline", response_model=TimelinePage, **_READ)
def list_timeline(
    asking: AskingParameters,
    past: PastOfRecords,
    part: PartParameters,
    item: str,
    location: str | None = None,
    status: Status | None = None,
    recorded_from: From = None,
    recorded_to: To = None,
) -> Any:
    """List the steps of what was on hand of an item, at a location or at all that are within reach together."""
    state, chosen = _window(asking, past, part, item, location, recorded_from, recorded_to)
    return asking.answer(TimelinePage, reading.timeline(chosen, status), state)


@router.get("/difference", operation_id="listDifference", response_model=DifferencePage, **_READ)
def list_difference(
    asking: AskingParameters,
    past: PastOfRecords,
    part: PartParameters,
    item: str | None = None,
    location: str | None = None,
    status: Status | None = None,
    from_as_of: Annotated[str | None, Query(description="Recorded time: the earlier state.")] = None,
    from_size: Annotated[Size, Query(description="Its exact log size, instead of `from_as_of`.")] = None,
) -> Any:
    """List the stock keys that held something else at two log sizes."""
    if (from_as_of is None) == (from_size is None):
        raise invalid_field("from_size", "Give from_as_of or from_size, and one of them alone.")
    with asking.door.transaction(asking.admitted) as (tx, org):
        state = past.resolve(tx, org, asking.position)
        since = _since(tx, org, from_as_of, from_size, state.log_size)
        item_id = references.item_id(tx, org, item)
        chosen = balances.Filter(
            size=state.log_size,
            item_id=item_id,
            **part.ids(tx, org, item_id),
            status=status,
            location_id=references.location_id(tx, org, location),
        )
    answer = asking.answer(
        DifferencePage, reading.difference(chosen, since.log_size), state, {"from_size": since.log_size}
    )
    return answer.model_copy(update={"since": since}) if isinstance(answer, DifferencePage) else answer


@router.get("/expiry", operation_id="listExpiry", response_model=ExpiryPage, **_READ)
def list_expiry(
    asking: AskingParameters,
    past: PastOfRecords,
    on: Annotated[str, Query(description="The day from which days are counted.")],
    expires_before: Annotated[str | None, Query(description="Of lots that expire before this day.")] = None,
    item: str | None = None,
    location: str | None = None,
    lot: str | None = None,
    status: Status | None = None,
) -> Any:
    """List what is on hand, or was, of lots that expire, with the days that are left of a day."""
    days = Days(_day("on", on), None if expires_before is None else _day("expires_before", expires_before))
    with asking.door.transaction(asking.admitted) as (tx, org):
        state = past.resolve(tx, org, asking.position)
        item_id = references.item_id(tx, org, item)
        chosen = balances.Filter(
            size=state.log_size,
            item_id=item_id,
            **AskedPart(lot, None).ids(tx, org, item_id),
            status=status,
            location_id=references.location_id(tx, org, location),
        )
    return asking.answer(ExpiryPage, reading.expiry(chosen, days), state)


def _window(
    asking: Asking,
    past: Past,
    part: AskedPart,
    item: str | None,
    location: str | None,
    recorded_from: str | None,
    recorded_to: str | None,
    kind: str | None = None,
    actor: str | None = None,
) -> tuple[AsOf, movements.Filter]:
    """Return the state that was asked for, and which movements of it."""
    with asking.door.transaction(asking.admitted) as (tx, org):
        state = past.resolve(tx, org, asking.position)
        item_id = references.item_id(tx, org, item)
        return state, movements.Filter(
            item_id=item_id,
            **part.ids(tx, org, item_id),
            location_id=references.location_id(tx, org, location),
            kind=kind,
            actor_id=_actor(asking, actor),
            from_size=size_before(tx, org, "recorded_from", recorded_from, default=0),
            to_size=min(
                state.log_size,
                size_before(tx, org, "recorded_to", recorded_to, default=state.log_size),
            ),
            occurred_until=past.effective_instant(),
        )


def _since(tx: Tx, org: OrgContext, as_of: str | None, at_size: int | None, size: int) -> AsOf:
    since = AsOf(recorded_at=None, log_size=at_size or 0)
    if as_of is not None:
        since = Past(as_of, None, None, of="from_").resolve(tx, org, None)
    if since.log_size > size:
        name = "from_size" if as_of is None else "from_as_of"
        raise invalid_field(name, f"The later state has {size} entries; begin at that or earlier.")
    return since


def _day(parameter: str, day: str) -> str:
    if not texts.is_day(day):
        raise invalid_field(parameter, "A day is written like 2026-11-30, from the year 1900 on.")
    return day


def _instant(parameter: str, instant: str | None) -> str | None:
    return None if instant is None else moment(parameter, instant).isoformat()


def _actor(asking: Asking, actor: str | None) -> str | None:
    if actor is not None and not texts.is_uuid(actor):
        raise references.unknown("actor", "There is no such principal.")
    asking.admitted.tally.subject_id = actor
    return actor
