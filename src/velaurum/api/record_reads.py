"""Reading one record or a list of them, now or at a past that the log knows: one way for every noun (V-21)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from velaurum.api.pages import Page, Paging, Past
from velaurum.audit import records
from velaurum.audit.records import Known, Noun
from velaurum.db.connection import Database
from velaurum.tenancy.context import OrgContext

Record = TypeVar("Record", bound=Known)
Answer = TypeVar("Answer")
ListPage = TypeVar("ListPage", bound=Page[Any])


@dataclass(frozen=True, slots=True)
class Shown(Generic[Record, Answer]):
    """A noun, and what is answered of a record of it, be it of now or of the past; `whose` it is, where a person's."""

    noun: Noun[Record]
    answer: Callable[[Record], Answer]
    whose: Callable[[Record], str] | None = None

    def tell_of(self, org: OrgContext, record: Record) -> None:
        """Let the access say whose the one record is that is shown."""
        if self.whose is not None:
            org.tally.is_about(self.whose(record))

    def tell_of_all(self, org: OrgContext, records: Iterable[Record]) -> None:
        """Let the access say whose the records of a list are."""
        if self.whose is not None:
            org.tally.show(map(self.whose, records))


def get(
    admitted: OrgContext, door: Database, shown: Shown[Record, Answer], reference: str, past: Past
) -> Answer:
    """Return one record by its id or code, as it is or as it was, or refuse `not-found`."""
    with door.transaction(admitted) as (tx, org):
        if past.is_set:
            size = past.resolve(tx, org, None).log_size
            found = records.get_at(tx, org, shown.noun, reference, size)
        else:
            found = shown.noun.get(tx, org, reference)
        shown.tell_of(org, found)
        return shown.answer(found)


def list_page(
    kind: type[ListPage],
    admitted: OrgContext,
    door: Database,
    shown: Shown[Record, Any],
    past: Past,
    paging: Paging,
    keeps: Callable[[Record], bool] = lambda _: True,
) -> ListPage:
    """Return a page of a noun's records in their order, as they are or as they were.

    `keeps` leaves out records of the past, as the noun's own list leaves out those of now.
    """
    noun = shown.noun
    after = paging.position["after"] if paging.position else noun.first
    with door.transaction(admitted) as (tx, org):
        state = past.of_list(tx, org, paging.position)
        if past.is_set:
            rows = records.list_page_at(
                tx, org, noun, state.log_size, after=after, limit=paging.fetch, keeps=keeps
            )
        else:
            rows = noun.list_page(tx, org, after=after, limit=paging.fetch)
    page = paging.page(Page[Any], rows, state, lambda last: {"after": noun.place(last), **past.kept(state)})
    shown.tell_of_all(admitted, page.data)
    return kind(data=[shown.answer(one) for one in page.data], next_cursor=page.next_cursor, as_of=page.as_of)
