"""Versions of mutable records: strong ETags, and no change without If-Match."""

import re
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends, Header, Response
from starlette.requests import Request

from velaurum.errors import Refusal
from velaurum.tenancy.decisions import Created

_ETAG = re.compile(r'"v([1-9][0-9]{0,17})"', re.ASCII)


class Versioned(Protocol):
    """A record that counts its versions."""

    @property
    def version(self) -> int: ...


Record = TypeVar("Record", bound=Versioned)
Kept = TypeVar("Kept")


def etag(response: Response, record: Record) -> Record:
    """Say the record's version in the answer's ETag, and return the record."""
    response.headers["ETag"] = f'"v{record.version}"'
    return record


def answer(response: Response, created: Created[Record]) -> Record:
    """Return the record that was created, now or by the same key before; raise the refusal that stands instead."""
    return etag(response, settled(response, created))


def settled(response: Response, created: Created[Kept]) -> Kept:
    """Do the same for a record that has no versions."""
    record = created.require()
    if created.replayed:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return record


def _if_match(
    request: Request,
    _documented: Annotated[
        str | None, Header(alias="If-Match", description='The ETag that was read, like "v7".')
    ] = None,
) -> int:
    values = request.headers.getlist("if-match")
    if not values:
        raise Refusal("precondition-required", "Read the record first and send its ETag in If-Match.")
    match = _ETAG.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        raise Refusal("stale-version", "If-Match is not the ETag of a version of this record.")
    return int(match[1])


IfMatch = Annotated[int, Depends(_if_match)]
