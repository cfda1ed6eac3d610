"""Access events over HTTP: who asked for what, who was shown whom, and who carried all of it away (V-08, V-25)."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from velaurum import texts
from velaurum.api import references
from velaurum.api.pages import AsOf, Page, Paging, PagingParameters, moment
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.errors import FieldError, Refusal
from velaurum.ledger import balances
from velaurum.ledger.outcomes import Actor
from velaurum.ops.attestation import Period
from velaurum.tenancy import access_events
from velaurum.tenancy.access_events import LAST, Access, Asked, Kind, Place

router = APIRouter(prefix="/v1/orgs/{org}/access-events", tags=["assurance"], route_class=StrictRoute)


class AccessAnswer(BaseModel):
    """One request that a credential of the organisation sent, or one run of the operator's own hand that carries away.

    `id` is of its event, which postings that were decided together share. `kind` is `record` where it was answered with
    one person's record, `list` where that person was on a page for the first time that day, `export` where all of the
    organisation or its log was carried away, and else `request`. `subject` is whose record it was: a principal, or a
    user of a directory. `break_glass` is that by which the operator read. `status` is 0 where nobody was left to
    answer. `log_size` and `is_encrypted` are of what was written by hand. `actor` is null for who is no principal.
    """

    id: str
    at: str
    kind: Kind
    operation: str
    status: int
    request_id: str
    actor_id: str
    actor: Actor | None
    credential: str
    break_glass: str | None
    subject: str | None
    log_size: int | None
    is_encrypted: bool | None
    org_applied: bool


class AccessPage(Page[AccessAnswer]):
    """Requests, the newest first."""


@router.get("", operation_id="listAccessEvents", openapi_extra=permits("read-assurance"))
def list_access_events(
    admitted: Admitted,
    door: Door,
    paging: PagingParameters,
    kind: Annotated[
        Literal["record", "export", "break-glass"] | None, Query(description="Only requests of this kind.")
    ] = None,
    actor: Annotated[str | None, Query(description="The id of who asked.")] = None,
    person: Annotated[str | None, Query(description="The id of who was seen.")] = None,
    from_: Annotated[str | None, Query(alias="from", description="Where the period begins.")] = None,
    to: Annotated[str | None, Query(description="Where it ends; left out: now.")] = None,
) -> AccessPage:
    """List who asked for what in a period, the newest first; a day where nothing is said of when it begins."""
    if person is not None and kind is not None:
        raise _bad("kind", "Give kind or person, not both.")
    asked = _asked(paging, from_, to, kind, (actor, person))
    admitted.tally.subject_id = person
    with door.transaction(admitted) as (tx, org):
        if not org.is_whole:
            raise Refusal(
                "forbidden",
                "Access events are the whole organisation's; this credential reaches departments.",
            )
        found = access_events.list_page(tx, org, asked, before=_before(paging), limit=paging.fetch)
        as_of = AsOf(**asdict(balances.now(tx, org)))
    shown = found[: paging.limit]
    admitted.tally.show(each for one in shown for each in (one.actor_id, one.subject_id))
    answers = [_answer(one) for one in found]
    return paging.page(AccessPage, answers, as_of, lambda _: _following(shown[-1], asked))


def _asked(
    paging: Paging, from_: str | None, to: str | None, kind: str | None, people: tuple[str | None, str | None]
) -> Asked:
    for name, named in zip(("actor", "person"), people, strict=True):
        if named is not None and not texts.is_uuid(named):
            raise references.unknown(name, "There is no such principal.")
    period = Period.of(
        None if from_ is None else moment("from", from_), None if to is None else moment("to", to)
    )
    # A later page is of the period of the first, which ended when that was asked for.
    ends = paging.position or {"from": period.from_at, "to": period.to_at}
    return Asked(ends["from"], ends["to"], kind, *people)


def _before(paging: Paging) -> Place:
    position = paging.position
    return LAST if position is None else Place(position["at"], position["id"], position["place"])


def _following(last: Access, asked: Asked) -> dict[str, str | int]:
    return {"at": last.at, "id": last.id, "place": last.place, "from": asked.from_at, "to": asked.to_at}


def _answer(one: Access) -> AccessAnswer:
    return AccessAnswer(
        id=one.id,
        at=one.at,
        kind=one.kind,
        operation=one.operation,
        status=one.status,
        request_id=one.request_id,
        actor_id=one.actor_id,
        actor=None if one.actor_kind is None else Actor(one.actor_id, one.actor_kind, one.actor_name),
        credential=one.credential_id,
        break_glass=one.break_glass_id,
        subject=one.subject_id,
        log_size=one.log_size,
        is_encrypted=one.is_encrypted,
        org_applied=one.org_applied,
    )


def _bad(parameter: str, detail: str) -> Refusal:
    return Refusal("invalid-field", detail, (FieldError(parameter, "invalid-field", detail),))
