"""Archives of exports over HTTP: the whole of one, or what a download that broke off still lacks (V-19, RFC 9110)."""

import base64
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, BinaryIO

from fastapi import APIRouter, Header, Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from velaurum.api import problems
from velaurum.api.logs import Octets
from velaurum.api.routes import Admitted, Door, StrictRoute, permits
from velaurum.errors import Refusal
from velaurum.exchange import kept_exports, org_pages
from velaurum.exports import encryption
from velaurum.jobs import jobs
from velaurum.jobs.jobs import Job
from velaurum.ops import requested_exports

if TYPE_CHECKING:
    from pathlib import Path

router = APIRouter(prefix="/v1/orgs/{org}/exports", tags=["jobs"], route_class=StrictRoute)
_PART = 256 * 1024
# Longer numbers are no size of a file. Several ranges at once are nothing that anybody goes on with.
_RANGE = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})", re.ASCII)
_PARTIAL_CONTENT, _WHOLE = 206, 200
_CONTENT = {Octets.media_type: {"schema": {"type": "string"}}}


class Archive(StreamingResponse):
    """Octets of an open file, from one place on, a part at a time; the file is closed whoever ends it."""

    media_type = Octets.media_type

    def __init__(self, file: BinaryIO, first: int, count: int, status: int, headers: dict[str, str]) -> None:
        """Give `count` octets from `first` on."""
        super().__init__(_parts(file, first, count), status, {**headers, "Content-Length": str(count)})
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them, and close the file."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


@router.get(
    "/{job:id}/archive",
    operation_id="getExportArchive",
    openapi_extra=permits("manage-identity"),
    response_class=Octets,
    responses={_PARTIAL_CONTENT: {"description": "The range that was asked for.", "content": _CONTENT}},
)
def get_export_archive(
    request: Request,
    admitted: Admitted,
    door: Door,
    job: str,
    range_: Annotated[str | None, Header(alias="Range", description="One range of octets.")] = None,
    if_range: Annotated[
        str | None, Header(alias="If-Range", description="The ETag of the first part.")
    ] = None,
) -> Response:
    """Download the encrypted archive that an export left, or the rest of it. HEAD has the answer without its octets."""
    data_dir: Path = request.app.state.data_dir
    with door.transaction(admitted) as (tx, org):
        if not org.is_whole:
            raise Refusal(
                "forbidden", "An export is the whole organisation's; this credential reaches departments."
            )
        found = jobs.get(tx, org, job)
        withdrawals = org_pages.withdrawals(tx, org.org_id)
    result = _result(found)
    # The path is made of what the database says of the job, never of what was asked or stored as a path.
    file = kept_exports.opened(data_dir, org.org_id, found.id, withdrawals)
    if file is None:
        raise Refusal(
            "export-gone",
            "The export is not kept here any more: it was too old, or somebody was erased or restricted since. "
            "Ask for another.",
        )
    headers = _headers(result["archive_sha256"], f"{org.org_code}-{result['size']}{encryption.ENDING}")
    size = os.fstat(file.fileno()).st_size
    if request.method == "HEAD":  # for which no range is defined
        file.close()
        return Response(headers={**headers, "Content-Length": str(size)}, media_type=Archive.media_type)
    asked = _asked(range_, size) if if_range in (None, headers["ETag"]) else None
    if asked is None:
        return Archive(file, 0, size, _WHOLE, headers)
    if asked.start >= asked.stop:
        file.close()
        return _refused(request, size)
    headers["Content-Range"] = f"bytes {asked.start}-{asked.stop - 1}/{size}"
    return Archive(file, asked.start, len(asked), _PARTIAL_CONTENT, headers)


# As GET in everything but the octets, so that the document has it once.
router.add_api_route(
    "/{job:id}/archive",
    get_export_archive,
    methods=["HEAD"],
    operation_id="getExportArchive",
    openapi_extra=permits("manage-identity"),
    response_class=Octets,
    include_in_schema=False,
)


def _result(job: Job) -> dict[str, str]:
    if job.kind != requested_exports.KIND.name:
        raise Refusal("not-found", "This organisation has no such export.")
    if job.state != "succeeded":
        raise Refusal("conflict", f"The export is {job.state}; there is an archive once it succeeded.")
    return dict(job.result or {})


def _headers(sha256: str, name: str) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    return {
        "ETag": f'"{sha256}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{name}"',
    }


def _asked(text: str | None, size: int) -> range | None:
    """Return which octets a Range asks for, an empty range for none that is there; None for all of them.

    What cannot be read as one range of octets is as if it had not been said (RFC 9110, section 14.2).
    """
    said = _RANGE.fullmatch(text.strip()) if text is not None else None
    if said is None or said["first"] == said["last"] == "":
        return None
    if said["first"] == "":
        return range(max(0, size - int(said["last"])), size)
    first, last = int(said["first"]), int(said["last"] or size)
    if last < first and said["last"] != "":
        return None
    return range(first, min(last + 1, size))


def _refused(request: Request, size: int) -> Response:
    refusal = Refusal("range-not-satisfiable", f"The archive has {size} bytes.")
    answer = problems.answered(request, refusal)
    answer.headers["Content-Range"] = f"bytes */{size}"
    return answer


def _parts(file: BinaryIO, first: int, count: int) -> Iterator[bytes]:
    file.seek(first)
    left = count
    while left > 0:
        part = file.read(min(left, _PART))
        if not part:
            raise OSError("An archive became shorter while it was read.")
        left -= len(part)
        yield part
