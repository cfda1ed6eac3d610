"""What this service can do, over SCIM 2.0: said as it is, the same for every organisation."""

from typing import Any

from fastapi import APIRouter, Response
from scim2_models import Context, Resource

from velaurum.api.routes import Admitted, Door
from velaurum.api.scim_routes import (
    PREFIX,
    PROVISION,
    Root,
    Rooted,
    ScimBody,
    ScimRoute,
    answer,
    listed,
    provisioning,
)
from velaurum.errors import Refusal
from velaurum.identity import scim_schemas
from velaurum.identity.scim_users import unknown

router = APIRouter(prefix=PREFIX, tags=["scim"], route_class=ScimRoute)


@router.get(
    "/ServiceProviderConfig", operation_id="getScimConfig", openapi_extra=PROVISION, response_model=None
)
def get_scim_config(admitted: Admitted, door: Door, root: Rooted) -> Response:
    """Get what this service can do: PATCH, filters and ETags, no sorting and no bulk."""
    with provisioning(door, admitted):
        return answer(_document(scim_schemas.config(), root, "ServiceProviderConfig", ""))


@router.get("/ResourceTypes", operation_id="listResourceTypes", openapi_extra=PROVISION, response_model=None)
def list_resource_types(admitted: Admitted, door: Door, root: Rooted) -> Response:
    """List the kinds of resources that there are: User and Group."""
    with provisioning(door, admitted):
        found = scim_schemas.resource_types()
    return listed(len(found), 1, [_document(one, root, "ResourceType", name) for name, one in found.items()])


@router.get(
    "/ResourceTypes/{kind}", operation_id="getResourceType", openapi_extra=PROVISION, response_model=None
)
def get_resource_type(admitted: Admitted, door: Door, root: Rooted, kind: str) -> Response:
    """Get a kind of resources by its name."""
    with provisioning(door, admitted):
        return _one(scim_schemas.resource_types(), kind, root, "ResourceType")


@router.get("/Schemas", operation_id="listSchemas", openapi_extra=PROVISION, response_model=None)
def list_schemas(admitted: Admitted, door: Door, root: Rooted) -> Response:
    """List the attributes that resources have here."""
    with provisioning(door, admitted):
        found = scim_schemas.schemas()
    return listed(len(found), 1, [_document(one, root, "Schema", name) for name, one in found.items()])


@router.get("/Schemas/{urn}", operation_id="getSchema", openapi_extra=PROVISION, response_model=None)
def get_schema(admitted: Admitted, door: Door, root: Rooted, urn: str) -> Response:
    """Get a schema by its URN."""
    with provisioning(door, admitted):
        return _one(scim_schemas.schemas(), urn, root, "Schema")


@router.post("/.search", operation_id="searchScim", openapi_extra=PROVISION, response_model=None)
def search_scim(admitted: Admitted, door: Door, _asked: ScimBody) -> Response:
    """Refuse to search users and groups at once; each has a filter of its own."""
    with provisioning(door, admitted):
        raise Refusal("not-offered", "Search users and groups each by a filter.")


def _one(known: dict[str, Any], name: str, root: Root, noun: str) -> Response:
    found = {key.lower(): key for key in known}.get(name.lower())
    if found is None:
        raise unknown()
    return answer(_document(known[found], root, noun, found))


def _document(resource: Resource[Any], root: Root, noun: str, name: str) -> dict[str, Any]:
    path = f"/{noun}s/{name}" if name else f"/{noun}"
    shown = resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return {**shown, "meta": {"resourceType": noun, "location": root.url + path}}
