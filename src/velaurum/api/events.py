"""The feed over HTTP: asked once, waited for, or streamed; every answer enters the organisation anew."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from velaurum.api import problems
from velaurum.api.pages import plain
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.api.wakes import Wakes
from velaurum.db.connection import Database
from velaurum.errors import FieldError, Refusal
from velaurum.events import envelopes, feed, nouns, positions
from velaurum.events.feed import Page, Reader
from velaurum.events.positions import Position
from velaurum.identity import standing
from velaurum.tenancy.context import OrgContext

router = APIRouter(prefix="/v1/orgs/{org}/events", tags=["events"], route_class=StrictRoute)
STREAM = "text/event-stream"
LONGEST_WAIT_S = 30
# A stream judges its credential anew this often, says that it lives this often, and ends after a while: its client
# comes back to where it was, as it does when the connection breaks.
JUDGED_EVERY_S = 3.0
HEARTBEAT_S = 15.0
LONGEST_STREAM_S = 600.0
RETRY_MS = 1_000
LONGEST_TYPES = 2_000
_ACCEPTS_STREAM = re.compile(rf"(?:^|,)\s*{re.escape(STREAM)}\s*(?:;|,|$)", re.IGNORECASE)


class CloudEvent(BaseModel):
    """An event in the structured form of CloudEvents 1.0; `/schemas/events` says more of `data`."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: Literal["application/json"]
    dataschema: str
    logindex: str
    incarnation: int
    actorid: str
    actorkind: str
    data: dict[str, Any]


class EventPage(BaseModel):
    """Events in the order of the log, and behind what to ask next, also where nothing there was chosen."""

    data: list[CloudEvent]
    next_after: str = Field(description="The `after` of the next request.")


class Asked:
    """What a client follows: behind which position, of which types, and how many at a time."""

    def __init__(self, after: str | None, last_seen: str | None, types: str | None, limit: int) -> None:
        """Refuses `invalid-field` for what is no position, and for types that there are not.

        Where a stream broke off, as browsers say it, wins over what stands in the address.
        """
        begin = positions.START if after is None else _position("after", after)
        self.after = begin if last_seen is None else _position("Last-Event-ID", last_seen)
        self.types = None if types is None else nouns.chosen(types.split(","))
        if types is not None and self.types is None:
            raise _bad("types", "Name event types with commas between, each whole or like velaurum.item.*.")
        self.limit = limit


@router.get(
    "",
    operation_id="listEvents",
    openapi_extra=permits("read"),
    response_model=EventPage,
    responses={200: {"content": {STREAM: {"schema": {"type": "string"}}}}},
)
async def list_events(
    request: Request,
    admitted: Admitted,
    door: Door,
    after: Annotated[str | None, Query()] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
    limit: Annotated[
        int, Query(ge=1, le=200, description="How many events at most."), BeforeValidator(plain)
    ] = 50,
    types: Annotated[str | None, Query(min_length=1, max_length=LONGEST_TYPES)] = None,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_S), BeforeValidator(plain)] = 0,
) -> Response:
    """List events in the order of the log, or stream them to who accepts text/event-stream."""
    wakes: Wakes = request.app.state.wakes
    asked = Asked(after, last_event_id, types, limit)
    follower = Follower(door, admitted, asked, request.app.state.site.origin)
    if _ACCEPTS_STREAM.search(request.headers.get("accept", "")):
        return await _stream(request, wakes, follower)
    page = await _waited_for(wakes, follower, wait)
    answer = {
        "data": [envelopes.cloud_event(one, follower.origin) for one in page.events],
        "next_after": str(page.next_after),
    }
    return Response(msgspec.json.encode(answer), media_type="application/json")


class Follower:
    """One client, where it is, and what it reached when it began."""

    def __init__(self, door: Database, org: OrgContext, asked: Asked, origin: str) -> None:
        """Nothing is read before read()."""
        self.door, self.org, self.asked, self.origin = door, org, asked, origin
        self.after = asked.after
        self.reader: Reader | None = None

    async def read(self) -> Page:
        """Enter the organisation anew and read on. Refuses as entering does, and when the reach is another one."""
        page, reader = await run_in_threadpool(self._read, self.after)
        if self.reader is not None and reader != self.reader:
            raise Refusal("forbidden", "The credential does not reach what it reached; begin anew.")
        self.reader, self.after = reader, page.next_after
        return page

    def _read(self, after: Position) -> tuple[Page, Reader]:
        with self.door.transaction(self.org) as (tx, org):
            may = {
                permission
                for one in standing.own(tx, org)
                for permission in one.permissions
                if org.is_whole and one.sub_org_id is None
            }
            reader = Reader(org.org_code, org.sub_org_ids, nouns.visible({"read", *may}))
            page = feed.read(tx, org.org_id, reader, after, limit=self.asked.limit, types=self.asked.types)
            return page, reader


async def _waited_for(wakes: Wakes, follower: Follower, wait_s: float) -> Page:
    deadline = time.monotonic() + wait_s
    with wakes.following(follower.org.org_id):
        while True:
            page = await follower.read()
            left_s = deadline - time.monotonic()
            if page.events or left_s <= 0 or wakes.is_stopping:
                return page
            if page.is_end:
                await wakes.beyond(follower.org.org_id, page.visible_size, left_s)


async def _stream(request: Request, wakes: Wakes, follower: Follower) -> Response:
    with wakes.following(follower.org.org_id):
        first = await follower.read()

    async def told() -> AsyncIterator[bytes]:
        try:
            with wakes.following(follower.org.org_id):
                yield b"retry: %d\n\n" % RETRY_MS
                async for piece in _followed(wakes, follower, first):
                    yield piece
        except Refusal as refusal:
            yield _problem(refusal, request.state.request_id)

    return StreamingResponse(told(), media_type=STREAM)


async def _followed(wakes: Wakes, follower: Follower, page: Page) -> AsyncIterator[bytes]:
    end = time.monotonic() + LONGEST_STREAM_S
    spoke = time.monotonic()
    said = follower.asked.after
    while True:
        for event in page.events:
            body = msgspec.json.encode(envelopes.cloud_event(event, follower.origin))
            yield b"id: %s\ndata: %s\n\n" % (str(event.position).encode(), body)
            said, spoke = event.position, time.monotonic()
        if said != page.next_after:
            # An id alone: no event, and a client that comes back begins behind what was not chosen.
            yield b"id: %s\n\n" % str(page.next_after).encode()
            said, spoke = page.next_after, time.monotonic()
        if time.monotonic() - spoke >= HEARTBEAT_S:
            yield b":\n\n"
            spoke = time.monotonic()
        if wakes.is_stopping or time.monotonic() >= end:
            return
        if page.is_end:
            await wakes.beyond(follower.org.org_id, page.visible_size, JUDGED_EVERY_S)
        page = await _read_patiently(follower)


async def _read_patiently(follower: Follower) -> Page:
    """Read on; while the database is away, ask again."""
    for pause_s in (0.5, 1.0, 2.0):
        try:
            return await follower.read()
        except Refusal as refusal:
            if refusal.code != "overloaded":
                raise
        await asyncio.sleep(pause_s)
    return await follower.read()


def _problem(refusal: Refusal, request_id: str) -> bytes:
    body: Mapping[str, Any] = problems.body(refusal, request_id)
    return b"event: problem\ndata: %s\n\n" % msgspec.json.encode(body)


def _position(name: str, text: str) -> Position:
    found = positions.parse(text)
    if found is None:
        raise _bad(name, "Write a position as it was given, like 1999.")
    return found


def _bad(name: str, detail: str) -> Refusal:
    return Refusal("invalid-field", detail, (FieldError(name, "invalid-field", detail),))
