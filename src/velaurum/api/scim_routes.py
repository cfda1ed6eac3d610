"""How a route of SCIM is declared: what directories send is read tolerantly, what they get is the standard's."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, cast

import msgspec
from fastapi import Body, Depends, Header, Query, Response
from scim2_models import Context, Reference, Resource, ResponseParameters
from starlette.requests import Request

from velaurum.api import strict_json
from velaurum.api.routes import StrictRoute, permits
from velaurum.api.scim_errors import MEDIA_TYPE
from velaurum.db.connection import Database, Tx
from velaurum.errors import Refusal
from velaurum.identity import provisioners
from velaurum.identity.scim_bodies import reading
from velaurum.identity.scim_schemas import MOST_RESULTS
from velaurum.identity.scim_users import stale
from velaurum.tenancy.context import OrgContext

PREFIX = "/v1/orgs/{org}/scim/v2"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PROVISION = permits("provision")
# A group of as many members as it may have, each with its address.
BODY_LIMIT = 2 * 1024 * 1024
USUAL_COUNT = 100
LONGEST_SELECTION = 2_000
_LARGEST = 2**53
_ETAG = re.compile(r'(?:W/)?"v([1-9][0-9]{0,17})"', re.ASCII)
ScimBody = Annotated[dict[str, Any], Body()]


class ScimRoute(StrictRoute):
    """A route for directories: they send parameters and media types of their own (Entra's `aadOptscim062020`)."""

    ignores_unknown_parameters: ClassVar[bool] = True
    body_limit: ClassVar[int] = BODY_LIMIT
    media_type: ClassVar[re.Pattern[str]] = strict_json.SCIM_OR_JSON


@dataclass(frozen=True, slots=True)
class Selection:
    """Which attributes an answer shows: those named, or all but those named."""

    attributes: str | None
    excluded: str | None

    def shown(self, resource: Resource[Any]) -> dict[str, Any]:
        """Return what the answer says of a resource. Refuses `invalid-field` for both at once."""
        if self.attributes is None and self.excluded is None:
            return resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
        with reading():
            parameters = cast("Any", ResponseParameters)[type(resource)](
                attributes=self.attributes, excluded_attributes=self.excluded
            )
        return resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=parameters)

    @property
    def needs_members(self) -> bool:
        """Tell whether the members of groups are asked for; they are many."""
        named = {one.strip().lower() for one in (self.attributes or "").split(",")}
        excluded = {one.strip().lower() for one in (self.excluded or "").split(",")}
        wanted = self.attributes is None or any("members" in one for one in named)
        return wanted and not any(one.endswith("members") for one in excluded)


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list to show: `start` is 1 for the first, `count` at most what one answer has."""

    start: int
    count: int
    filter: str | None


@dataclass(frozen=True, slots=True)
class Root:
    """Where an organisation's SCIM lies, by the address that browsers and directories call this installation."""

    url: str

    def place(self, resource: Any, noun: str, created_at: str, updated_at: str, version: int) -> None:
        """Say of a resource where it lies, when it was made and changed, and its version."""
        resource.meta = {
            "resourceType": noun,
            "created": created_at,
            "lastModified": updated_at,
            "location": self.of(noun, resource.id),
            "version": etag(version),
        }

    def of(self, noun: str, record_id: str) -> Reference[Any]:
        """Return the address of a record."""
        return Reference(f"{self.url}/{noun}s/{record_id}")


def etag(version: int) -> str:
    return f'"v{version}"'


def answer(
    document: Any, status: int = 200, *, version: int | None = None, at: str | None = None
) -> Response:
    """Return an answer in the media type of SCIM."""
    headers = {} if version is None else {"ETag": etag(version)}
    if at is not None:
        headers["Location"] = at
    return Response(msgspec.json.encode(document), status, headers, MEDIA_TYPE)


def listed(total: int, start: int, shown: Sequence[dict[str, Any]]) -> Response:
    """Return one part of a list."""
    return answer(
        {
            "schemas": [LIST],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": len(shown),
            "Resources": list(shown),
        }
    )


@contextmanager
def provisioning(door: Database, admitted: OrgContext) -> Iterator[tuple[Tx, OrgContext]]:
    """Open a transaction of a directory in its organisation. Refuses `forbidden` to whoever is none."""
    with door.transaction(admitted) as (tx, org):
        provisioners.require(tx, org)
        yield tx, org


def _if_match(
    request: Request,
    _documented: Annotated[
        str | None, Header(alias="If-Match", description="The ETag that was read; left out: any.")
    ] = None,
) -> int | None:
    values = request.headers.getlist("if-match")
    if values in ([], ["*"]):
        return None
    match = _ETAG.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        raise stale()
    return int(match[1])


def _selection(
    attributes: Annotated[
        str | None, Query(max_length=LONGEST_SELECTION, description="The attributes to show.")
    ] = None,
    excluded: Annotated[
        str | None,
        Query(
            alias="excludedAttributes",
            max_length=LONGEST_SELECTION,
            description="Those not to show; not with `attributes`.",
        ),
    ] = None,
) -> Selection:
    if attributes is not None and excluded is not None:
        raise Refusal("invalid-field", "Give attributes or excludedAttributes, not both.")
    return Selection(attributes, excluded)


def _window(
    start: Annotated[
        int,
        Query(alias="startIndex", ge=-_LARGEST, le=_LARGEST, description="Where to begin; the first is 1."),
    ] = 1,
    count: Annotated[
        int, Query(ge=-_LARGEST, le=_LARGEST, description=f"How many, {MOST_RESULTS} at most.")
    ] = USUAL_COUNT,
    condition: Annotated[
        str | None,
        Query(
            alias="filter", description='An equality: userName eq "ada@example.com", and more after `and`.'
        ),
    ] = None,
) -> Window:
    return Window(max(start, 1), min(max(count, 0), MOST_RESULTS), condition)


def _root(request: Request) -> Root:
    org: OrgContext = request.state.org
    return Root(f"{request.app.state.site.origin}/v1/orgs/{org.org_code}/scim/v2")


IfVersion = Annotated[int | None, Depends(_if_match)]
Selected = Annotated[Selection, Depends(_selection)]
Windowed = Annotated[Window, Depends(_window)]
Rooted = Annotated[Root, Depends(_root)]
