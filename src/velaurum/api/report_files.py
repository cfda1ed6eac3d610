"""Asking for reports: a page of one as JSON, or the whole of it as a file, read page by page while it is sent."""

import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from velaurum.api.pages import AsOf, Page, Paging, PagingParameters
from velaurum.api.routes import Admitted, Door, Keys
from velaurum.db.connection import Database
from velaurum.errors import Refusal, invalid_field
from velaurum.keys.keyring import Keyring
from velaurum.reports import files
from velaurum.reports.formats import MEDIA_TYPES, Format
from velaurum.reports.reading import Position, Report
from velaurum.tenancy.context import OrgContext

SIZE = "Velaurum-Log-Size"
MOST_AT_ONCE = 4
RETRY_AFTER_S = 5
# A spreadsheet is packed before its first byte is sent, and keeps a thread from everybody else meanwhile: each
# organisation makes one at a time in a process, and few do together.
_packing: set[str] = set()
_packing_lock = threading.Lock()
# How a past was asked for; a file says its size alone.
_OF_THE_PAST = frozenset(("format", "as_of", "at_size", "from_as_of", "from_size"))
_OF_PAGES = ("cursor", "limit")
ReportPage = TypeVar("ReportPage", bound="Page[Any]")


class ReportFile(StreamingResponse):
    """A file that is made while it is sent; whoever ends it, what it is made with is let go of."""

    def __init__(self, parts: Generator[bytes], media_type: str, headers: Mapping[str, str]) -> None:
        """Send the parts as they come."""
        super().__init__(parts, media_type=media_type, headers=dict(headers))
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them; a file that cannot be made to its end breaks off, so that nobody takes it for whole."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await run_in_threadpool(self._parts.close)


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks for a report: as a page, or in the format of a file."""

    request: Request
    admitted: OrgContext
    door: Database
    keys: Keyring
    paging: Paging
    format: Format | None

    @property
    def position(self) -> Mapping[str, Any] | None:
        return self.paging.position

    def answer(
        self, kind: type[ReportPage], report: Report[Any], state: AsOf, more: Mapping[str, int] | None = None
    ) -> ReportPage | Response:
        """Answer with a page of the report as of a state, or with all of it. `more` is what else a file says of itself.

        Refuses as the report does.
        """
        if self.format is not None:
            return self._file(self.format, report, state, more or {})
        after = self.position["after"] if self.position else None
        with self.door.transaction(self.admitted) as (tx, org):
            found = report.page(tx, org, self.keys, after, self.paging.fetch)
        self.admitted.tally.show(report.shows(one) for one in found[: self.paging.limit])
        return self.paging.page(
            kind, found, state, lambda last: {"after": report.position(last), **state.model_dump()}
        )

    def _file(self, form: Format, report: Report[Any], state: AsOf, more: Mapping[str, int]) -> ReportFile:
        about = [("report", report.name), ("organisation", self.admitted.org_code)]
        about += [("log_size", str(state.log_size)), *((name, str(value)) for name, value in more.items())]
        about += sorted(
            (name, value) for name, value in self.request.query_params.items() if name not in _OF_THE_PAST
        )
        sizes = "-".join(str(one) for one in (*more.values(), state.log_size))
        headers = {
            SIZE: str(state.log_size),
            "Content-Disposition": f'attachment; filename="{self.admitted.org_code}-{report.name}-{sizes}.{form}"',
        }
        # What can be refused is, before anything was sent.
        with _turn(form, self.admitted.org_id):
            first = self._read(report, None)
            parts = _begun(files.written(form, report, about, self._pages(report, first)))
            next(parts)
        return ReportFile(parts, MEDIA_TYPES[form], headers)

    def _pages(self, report: Report[Any], page: "_Read") -> Iterator[list[Any]]:
        reach = page.reach
        while True:
            yield page.rows
            if len(page.rows) < files.ROWS_AT_ONCE:
                return
            page = self._read(report, report.position(page.rows[-1]))
            if page.reach != reach:
                raise Refusal("forbidden", "The credential does not reach what it reached; begin anew.")

    def _read(self, report: Report[Any], after: Position | None) -> "_Read":
        """Read the next rows, in a transaction of their own: nobody waits for whoever receives them."""
        with self.door.transaction(self.admitted) as (tx, org):
            rows = report.page(tx, org, self.keys, after, files.ROWS_AT_ONCE)
        self.admitted.tally.show(report.shows(one) for one in rows)
        return _Read(rows, org.sub_org_ids)


@dataclass(frozen=True, slots=True)
class _Read:
    rows: list[Any]
    reach: list[str] | None


@contextmanager
def _turn(form: Format, org_id: str) -> Iterator[None]:
    """Let an organisation make a file of this format now, or refuse `overloaded`."""
    if form != "xlsx":
        yield
        return
    with _packing_lock:
        if org_id in _packing or len(_packing) == MOST_AT_ONCE:
            raise Refusal(
                "overloaded",
                "Another XLSX file is being made. Ask again in a moment, or for csv, ndjson or parquet.",
                retry_after_s=RETRY_AFTER_S,
            )
        _packing.add(org_id)
    try:
        yield
    finally:
        with _packing_lock:
            _packing.remove(org_id)


def _begun(parts: Generator[bytes]) -> Generator[bytes]:
    """Yield nothing once the first part is made, and then the parts."""
    with closing(parts):
        first = next(parts, b"")
        yield b""
        yield first
        yield from parts


def _asking(
    request: Request,
    admitted: Admitted,
    door: Door,
    keys: Keys,
    paging: PagingParameters,
    format_: Annotated[
        Format | None,
        Query(alias="format", description="The whole report as a file, instead of pages of JSON."),
    ] = None,
) -> Asking:
    if format_ is not None:
        given = [name for name in _OF_PAGES if name in request.query_params]
        if given:
            raise invalid_field(given[0], "A file is the whole report; leave this out.")
        files.require(format_)
    return Asking(request, admitted, door, keys, paging, format_)


AskingParameters = Annotated[Asking, Depends(_asking)]
FILES: dict[str, Any] = {
    media_type.partition(";")[0]: {"schema": {"type": "string"}} for media_type in MEDIA_TYPES.values()
}
