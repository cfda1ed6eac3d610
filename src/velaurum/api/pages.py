"""Lists: a page, where the next one begins, and the state of the log that they speak of."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, BeforeValidator, Field
from starlette.requests import Request

from velaurum import texts
from velaurum.api import cursors
from velaurum.db.connection import Tx
from velaurum.errors import FieldError, Refusal
from velaurum.ledger import balances
from velaurum.tenancy.context import OrgContext

Record = TypeVar("Record")
ListPage = TypeVar("ListPage", bound="Page[Any]")
LONGEST_CURSOR = 1_000
LARGEST_SIZE = 2**53
_PLAIN = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


def plain(value: object) -> object:
    """Let an integer through as people write one; the framework would also read `+5`, `5.0` and `5_0`."""
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise ValueError("write a plain integer")
    return value


class AsOf(BaseModel):
    """The state of the organisation's log that an answer speaks of."""

    recorded_at: str | None = Field(
        description="When it was reached; null where only its size was asked for."
    )
    log_size: int


class Page(BaseModel, Generic[Record]):
    """One page of a list."""

    data: list[Record]
    next_cursor: str | None
    as_of: AsOf


@dataclass(frozen=True, slots=True)
class Paging:
    """How much of a list to show, and from where."""

    limit: int
    position: Mapping[str, Any] | None
    _key: bytes
    _purpose: str

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than to show tells whether another page follows."""
        return self.limit + 1

    def page(
        self,
        kind: type[ListPage],
        rows: Sequence[Record],
        as_of: AsOf,
        position: Callable[[Record], Mapping[str, Any]],
    ) -> ListPage:
        """Return the page of `rows`, of which there are `fetch` at most; `position` tells where a row stands."""
        shown = list(rows[: self.limit])
        cursor = None
        if len(rows) > self.limit:
            cursor = cursors.write(self._key, self._purpose, position(shown[-1]))
        return kind(data=shown, next_cursor=cursor, as_of=as_of)


def _paging(
    request: Request,
    limit: Annotated[
        int, Query(ge=1, le=200, description="How many records at most."), BeforeValidator(plain)
    ] = 50,
    cursor: Annotated[
        str | None, Query(max_length=LONGEST_CURSOR, description="`next_cursor` of the page before.")
    ] = None,
) -> Paging:
    filters = sorted(
        (name, value) for name, value in request.query_params.items() if name not in ("cursor", "limit")
    )
    key: bytes = request.app.state.cursor_key
    org: OrgContext = request.state.org
    purpose = f"{org.org_id} {request.scope['route'].path} {filters}"
    position = None if cursor is None else cursors.read(key, purpose, cursor)
    return Paging(limit, position, key, purpose)


@dataclass(frozen=True, slots=True)
class Past:
    """Which past a read asks for; nothing set is now. `of` is what its parameters begin with."""

    as_of: str | None
    effective_as_of: str | None
    at_size: int | None
    of: str = ""

    @property
    def is_set(self) -> bool:
        """Tell whether a past was asked for."""
        return self.as_of is not None or self.at_size is not None

    @property
    def is_now(self) -> bool:
        """Tell whether no past was asked for, recorded or occurred."""
        return not self.is_set and self.effective_as_of is None

    def of_list(self, tx: Tx, org: OrgContext, position: Mapping[str, Any] | None) -> AsOf:
        """Return the state to read a list of records at; where no past was asked for each page is as of now."""
        return self.resolve(tx, org, position if self.is_set else None)

    def kept(self, state: AsOf) -> Mapping[str, Any]:
        """Return what a cursor has to keep of the state of its list."""
        return state.model_dump() if self.is_set else {}

    def effective_instant(self) -> str | None:
        """Return the occurred time to read at, in UTC."""
        if self.effective_as_of is None:
            return None
        return moment("effective_as_of", self.effective_as_of).isoformat()

    def resolve(self, tx: Tx, org: OrgContext, position: Mapping[str, Any] | None) -> AsOf:
        """Return the state of the log to read; a later page reads the state of the first."""
        if position is not None:
            return AsOf(recorded_at=position["recorded_at"], log_size=position["log_size"])
        if self.as_of is not None and self.at_size is not None:
            raise _bad("at_size", "Give as_of or at_size, not both.")
        if self.as_of is not None:
            asked = moment(f"{self.of}as_of", self.as_of)
            size = balances.as_of(tx, org, asked, parameter=f"{self.of}as_of")
            return AsOf(recorded_at=asked.isoformat(timespec="microseconds")[:-6] + "Z", log_size=size)
        present = balances.now(tx, org)
        if self.at_size is None:
            return AsOf(recorded_at=present.recorded_at, log_size=present.log_size)
        if self.at_size > present.log_size:
            raise _bad("at_size", f"The log has {present.log_size} entries.")
        return AsOf(recorded_at=None, log_size=self.at_size)


def _past(
    as_of: Annotated[
        str | None,
        Query(description="Recorded time, RFC 3339 with an offset: the state that the ledger had then."),
    ] = None,
    effective_as_of: Annotated[
        str | None, Query(description="Occurred time, RFC 3339: only what had happened in the world by then.")
    ] = None,
    at_size: Annotated[
        Annotated[int, Field(ge=0, le=LARGEST_SIZE), BeforeValidator(plain)] | None,
        Query(description="An exact log size, instead of `as_of`."),
    ] = None,
) -> Past:
    return Past(as_of, effective_as_of, at_size)


def _past_of_records(
    as_of: Annotated[
        str | None,
        Query(description="Recorded time, RFC 3339 with an offset: what the log knew then."),
    ] = None,
    at_size: Annotated[
        Annotated[int, Field(ge=0, le=LARGEST_SIZE), BeforeValidator(plain)] | None,
        Query(description="An exact log size, instead of `as_of`."),
    ] = None,
) -> Past:
    return Past(as_of, None, at_size)


def moment(parameter: str, instant: str) -> datetime:
    """Read the instant of a parameter, or refuse `invalid-field`."""
    found = texts.instant(instant)
    if found is None:
        raise _bad(parameter, "Write an instant like 2026-11-22T10:05:00Z.")
    return found


def size_before(tx: Tx, org: OrgContext, parameter: str, instant: str | None, *, default: int) -> int:
    """Return the log size just before the instant of a parameter, or the default without one."""
    return default if instant is None else balances.size_before(tx, org, moment(parameter, instant))


def _bad(parameter: str, detail: str) -> Refusal:
    return Refusal("invalid-field", detail, (FieldError(parameter, "invalid-field", detail),))


PagingParameters = Annotated[Paging, Depends(_paging)]
PastParameters = Annotated[Past, Depends(_past)]
PastOfRecords = Annotated[Past, Depends(_past_of_records)]
