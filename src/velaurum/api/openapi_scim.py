"""What the OpenAPI document says of provisioning: SCIM in its own media type, and what an administrator says of it."""

from typing import Any

from velaurum.api.openapi_forms import ID, UTC_INSTANT
from velaurum.api.openapi_sessions import PRINCIPAL_ID
from velaurum.api.scim_errors import MEDIA_TYPE, SCHEMA
from velaurum.api.scim_routes import LIST
from velaurum.identity.scim_bodies import PATCH_SCHEMA
from velaurum.identity.scim_schemas import CONFIG, LONGEST

Json = dict[str, Any]
TAG = "scim"
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_ROOT = "https://stock.example.com/v1/orgs/acme/scim/v2"
USER_ID = "019aab10-5555-7000-8000-000000000001"
GROUP_ID = "019aab10-5555-7000-8000-000000000002"
_MAPPING_ID = "019aab10-5555-7000-8000-000000000003"
_INSTANT = "2026-11-22T08:00:00.000000Z"
_AS_OF = {"recorded_at": "2026-11-22T10:00:00.123456Z", "log_size": 2000}


def _meta(noun: str, place: str) -> Json:
    return {
        "resourceType": noun,
        "created": _INSTANT,
        "lastModified": _INSTANT,
        "location": f"{_ROOT}/{place}",
        "version": '"v2"',
    }


_NEW_USER: Json = {
    "schemas": [_USER],
    "userName": "ada@example.com",
    "externalId": "7e1c",
    "displayName": "Ada Byron",
    "active": True,
}
_SCIM_USER: Json = {
    **_NEW_USER,
    "id": USER_ID,
    "groups": [{"value": GROUP_ID, "type": "direct"}],
    "meta": _meta("User", f"Users/{USER_ID}"),
}
_NEW_GROUP: Json = {"schemas": [_GROUP], "displayName": "Storekeepers", "members": [{"value": USER_ID}]}
_SCIM_GROUP: Json = {
    **_NEW_GROUP,
    "id": GROUP_ID,
    "members": [{"value": USER_ID, "type": "User"}],
    "meta": _meta("Group", f"Groups/{GROUP_ID}"),
}
_PATCH: Json = {
    "schemas": [PATCH_SCHEMA],
    "Operations": [{"op": "replace", "path": "active", "value": False}],
}
_PATCH_OF_GROUP: Json = {
    "schemas": [PATCH_SCHEMA],
    "Operations": [{"op": "remove", "path": f'members[value eq "{USER_ID}"]'}],
}
_TYPE: Json = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
    "id": "Group",
    "name": "Group",
    "endpoint": "/Groups",
    "schema": _GROUP,
    "meta": {"resourceType": "ResourceType", "location": f"{_ROOT}/ResourceTypes/Group"},
}
_PUBLISHED: Json = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
    "id": _GROUP,
    "name": "Group",
    "attributes": [{"name": "displayName", "type": "string", "multiValued": False}],
    "meta": {"resourceType": "Schema", "location": f"{_ROOT}/Schemas/{_GROUP}"},
}


def _list(*resources: Json) -> Json:
    return {
        "schemas": [LIST],
        "totalResults": len(resources),
        "startIndex": 1,
        "itemsPerPage": len(resources),
        "Resources": [*resources],
    }


_MADE_BY = {"id": PRINCIPAL_ID, "kind": "user", "name": "Ada Byron"}
_LINK: Json = {
    "id": USER_ID,
    "user_name": "ada@example.com",
    "external_id": "7e1c",
    "principal": {"id": PRINCIPAL_ID, "name": "Ada Byron"},
    "is_linked": True,
    "created_at": _INSTANT,
    "removed_at": None,
}
_MAPPING: Json = {
    "id": _MAPPING_ID,
    "role": "storekeeper",
    "sub_org": None,
    "created_at": _INSTANT,
    "created_by": _MADE_BY,
    "removed_at": None,
}
_MAPPED: Json = {
    "id": GROUP_ID,
    "display_name": "Storekeepers",
    "external_id": None,
    "created_at": _INSTANT,
    "size": 1,
    "roles": ["storekeeper"],
}
_REMOVED = "2026-11-23T08:00:00.000000Z"
BODIES: Json = {
    "NewScimLinkBody": {
        "principal": PRINCIPAL_ID,
        "user_name": "ada@example.com",
        "external_id": "7e1c",
    },
    "NewScimMappingBody": {"role": "storekeeper"},
}
ANSWERS: Json = {
    "linkScimUser": _LINK,
    "unlinkScimUser": {**_LINK, "removed_at": _REMOVED},
    "listScimUsers": {"data": [_LINK], "next_cursor": None, "as_of": _AS_OF},
    "createScimMapping": _MAPPING,
    "deleteScimMapping": {**_MAPPING, "removed_at": _REMOVED},
    "listScimMappings": {"data": [_MAPPING], "next_cursor": None, "as_of": _AS_OF},
    "listScimGroups": {"data": [_MAPPED], "next_cursor": None, "as_of": _AS_OF},
    **dict.fromkeys(("createUser", "getUser", "replaceUser"), _SCIM_USER),
    "patchUser": {**_SCIM_USER, "active": False},
    "listUsers": _list(_SCIM_USER),
    **dict.fromkeys(("createGroup", "getGroup", "replaceGroup"), _SCIM_GROUP),
    "patchGroup": {name: value for name, value in _SCIM_GROUP.items() if name != "members"},
    "listGroups": _list(_SCIM_GROUP),
    "getScimConfig": {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        **CONFIG,
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{_ROOT}/ServiceProviderConfig"},
    },
    "getResourceType": _TYPE,
    "listResourceTypes": _list(_TYPE),
    "getSchema": _PUBLISHED,
    "listSchemas": _list(_PUBLISHED),
}
# Each operation that reads a body: the name of its shape, and an example.
ASKED: dict[str, tuple[str, Json]] = {
    **dict.fromkeys(("createUser", "replaceUser"), ("ScimUserBody", _NEW_USER)),
    **dict.fromkeys(("createGroup", "replaceGroup"), ("ScimGroupBody", _NEW_GROUP)),
    "patchUser": ("ScimPatch", _PATCH),
    "patchGroup": ("ScimPatch", _PATCH_OF_GROUP),
    "searchScim": ("ScimSearch", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}),
}
ANSWERED: dict[str, str] = {
    **dict.fromkeys(("createUser", "getUser", "replaceUser", "patchUser"), "ScimUser"),
    **dict.fromkeys(("createGroup", "getGroup", "replaceGroup", "patchGroup"), "ScimGroup"),
    **dict.fromkeys(("listUsers", "listGroups", "listResourceTypes", "listSchemas"), "ScimList"),
    **dict.fromkeys(("getScimConfig", "getResourceType", "getSchema"), "ScimDescription"),
}
PARAMETERS: Json = {
    "user": USER_ID,
    "group": GROUP_ID,
    "mapping": _MAPPING_ID,
    "kind_of_resource": "User",
    "path.kind": "User",
    "urn": _USER,
    "attributes": "userName,active",
    "excludedAttributes": "members",
    "startIndex": 1,
    "count": 100,
    "filter": 'userName eq "ada@example.com"',
}
DESCRIBED: dict[str, Json] = {
    "user": {**ID, "description": "The id of a user of the directory."},
    "group": {**ID, "description": "The id of a group of the directory."},
    "mapping": {**ID, "description": "The id of a mapping."},
    "path.kind": {"minLength": 1, "maxLength": 64, "description": "The name of a kind of resources."},
    "urn": {"minLength": 1, "maxLength": LONGEST, "description": "The URN of a schema."},
}
EXACT: dict[tuple[str, str], Json] = {
    ("NewScimLinkBody", "principal"): ID,
    ("NewScimLinkBody", "user_name"): {"minLength": 1, "maxLength": LONGEST},
    ("NewScimLinkBody", "external_id"): {"minLength": 1, "maxLength": LONGEST},
    ("ScimLinkAnswer", "removed_at"): UTC_INSTANT,
    ("ScimMappingAnswer", "removed_at"): UTC_INSTANT,
    ("MappedGroupAnswer", "size"): {"minimum": 0},
}
_CHANGES = ("not-found", "code-taken", "conflict", "stale-version")
REFUSALS: dict[str, tuple[str, ...]] = {
    "linkScimUser": ("unknown-reference", "code-taken", "conflict", "key-unavailable"),
    "listScimUsers": ("invalid-field",),
    "unlinkScimUser": ("not-found", "conflict"),
    "listScimGroups": ("invalid-field",),
    "createScimMapping": ("not-found", "unknown-reference", "code-taken"),
    "listScimMappings": ("not-found", "invalid-field"),
    "deleteScimMapping": ("not-found", "conflict"),
    "listUsers": ("invalid-field", "key-unavailable"),
    "listGroups": ("invalid-field",),
    "createUser": ("code-taken", "conflict", "key-unavailable"),
    "createGroup": ("code-taken", "conflict"),
    "getUser": ("not-found", "invalid-field", "key-unavailable"),
    "getGroup": ("not-found", "invalid-field"),
    **dict.fromkeys(("replaceUser", "patchUser"), (*_CHANGES, "key-unavailable")),
    **dict.fromkeys(("replaceGroup", "patchGroup"), _CHANGES),
    **dict.fromkeys(("deleteUser", "deleteGroup"), ("not-found", "conflict", "stale-version")),
    **dict.fromkeys(("getResourceType", "getSchema"), ("not-found",)),
    "searchScim": ("not-offered",),
}


def speaks(operation: Json) -> bool:
    """Tell whether an operation speaks SCIM."""
    return TAG in operation["tags"]


def prepare(operation: Json) -> None:
    """Give an operation of SCIM its bodies, which the framework does not know."""
    name = operation["operationId"]
    if name in ASKED:
        shape, example = ASKED[name]
        schema = {"$ref": f"#/components/schemas/{shape}"}
        content = {MEDIA_TYPE: {"schema": schema, "example": example}}
        operation["requestBody"] = {"required": True, "content": content}
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer["content"] = {}
            if name in ANSWERED:
                shown = {"schema": {"$ref": f"#/components/schemas/{ANSWERED[name]}"}}
                answer["content"] = {MEDIA_TYPE: shown}


def finish(operation: Json) -> None:
    """Let the refusals of an operation be errors of SCIM."""
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            continue
        error = {"schemas": [SCHEMA], "status": status, "detail": answer["description"]}
        schema = {"$ref": "#/components/schemas/ScimError"}
        answer["content"] = {MEDIA_TYPE: {"schema": schema, "example": error}}
        answer["headers"].pop("Idempotent-Replayed", None)
