"""Pages of versions: which ones a request asks for, and what is answered of each (V-21)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Query, Request

from velaurum import texts
from velaurum.api.logs import proof_of
from velaurum.api.pages import Page, PagingParameters, PastOfRecords
from velaurum.api.record_reads import Shown
from velaurum.audit import history
from velaurum.audit.history import Bounds, Period, Subject, Version
from velaurum.db.connection import Database, Tx
from velaurum.errors import FieldError, Refusal
from velaurum.ledger.outcomes import Actor
from velaurum.proofs.policies import Policy
from velaurum.proofs.wire import to_base64
from velaurum.tenancy.context import OrgContext

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


@dataclass(frozen=True, slots=True)
class Kept:
    """Whose versions a history has: the words of the log for them, and how their record is found and answered.

    `find` returns the record's id, within reach, or refuses; None stands for all that the log knows by the words.
    """

    subjects: tuple[Subject, ...]
    find: Callable[[Tx, OrgContext], str | None]
    answer: Callable[[Tx, OrgContext, Version], Any]


def of_record(shown: Shown[Any, Any], reference: str) -> Kept:
    """Return whose versions the history of one record has."""
    noun = shown.noun

    def find(tx: Tx, org: OrgContext) -> str:
        record = noun.get(tx, org, reference)
        shown.tell_of(org, record)
        found: str = record.id
        return found

    def answer(tx: Tx, org: OrgContext, version: Version) -> Any:
        if noun.of_past is None:
            return shown.answer(noun.read(version.record))
        (record,) = noun.of_past(tx, org, [find(tx, org)], version.log_index + 1)
        return shown.answer(record)

    return Kept((noun.subject, *noun.steps), find, answer)


def read(
    kind: type[VersionPage], admitted: OrgContext, door: Database, asked: Asked, kept: Kept
) -> VersionPage:
    """Return a page of versions, the newest first."""
    paging, past = asked.paging, asked.past
    with door.transaction(admitted) as (tx, org):
        record_id = kept.find(tx, org)
        state = past.resolve(tx, org, paging.position)
        rows = history.list_page(
            tx,
            org,
            kept.subjects,
            record_id,
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
        answers = [_answer(row, kept.answer(tx, org, row), proofs.get(row.log_index)) for row in page.data]
    return kind(data=answers, next_cursor=page.next_cursor, as_of=page.as_of)


def _proofs(tx: Tx, org: OrgContext, versions: list[Version], witnesses: Policy | None) -> dict[int, str]:
    """Return a proof of each version that no newer one of these names: its entry names the one before."""
    named = {one.previous_index for one in versions}
    apart = [one.log_index for one in versions if one.log_index not in named]
    return {one: proof_of(tx, org, one, witnesses).text for one in apart}


def _answer(version: Version, record: Any, proof: str | None) -> dict[str, Any]:
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
        "record": record,
        "entry": None if version.entry is None else to_base64(version.entry),
        "proof": proof,
    }
