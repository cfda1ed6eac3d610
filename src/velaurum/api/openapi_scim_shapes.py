"""The shapes of SCIM in the OpenAPI document. What they mean in full is what /Schemas says of each organisation."""

from typing import Any

from velaurum.api.openapi_forms import ID
from velaurum.api.scim_errors import SCHEMA
from velaurum.api.scim_routes import LIST
from velaurum.identity.scim_bodies import PATCH_SCHEMA
from velaurum.identity.scim_schemas import LONGEST, MOST_OPERATIONS

Json = dict[str, Any]
_TEXT: Json = {"type": "string", "minLength": 1, "maxLength": LONGEST}
_SCHEMAS: Json = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_ETAG: Json = {"type": "string", "pattern": '^"v[1-9][0-9]{0,17}"$'}
_ADDRESS: Json = {"type": "string", "format": "uri"}


def _object(required: list[str], **properties: Json) -> Json:
    return {"type": "object", "required": required, "properties": properties}


_META = _object(
    ["resourceType", "created", "lastModified", "location", "version"],
    resourceType={"type": "string"},
    created={"type": "string", "format": "date-time"},
    lastModified={"type": "string", "format": "date-time"},
    location=_ADDRESS,
    version=_ETAG,
)
_NAME = _object(
    [],
    **dict.fromkeys(
        ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"), _TEXT
    ),
)
_EMAIL = _object([], value=_TEXT, type=_TEXT, primary={"type": "boolean"})
_REFERENCE = _object(["value"], value={"type": "string", **ID}, **{"$ref": _ADDRESS}, type={"type": "string"})
_ENTERPRISE = _object(
    [], **dict.fromkeys(("employeeNumber", "costCenter", "organization", "division", "department"), _TEXT)
)
_OF_USER: Json = {
    "schemas": _SCHEMAS,
    "userName": _TEXT,
    "externalId": _TEXT,
    "active": {"type": "boolean"},
    "name": _NAME,
    **dict.fromkeys(("displayName", "title", "preferredLanguage", "locale", "timezone"), _TEXT),
    "emails": {"type": "array", "items": _EMAIL},
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": _ENTERPRISE,
}
_OF_GROUP: Json = {"schemas": _SCHEMAS, "displayName": _TEXT, "externalId": _TEXT}
_ANYTHING = "Attributes that are not kept here are ignored."
SHAPES: Json = {
    "ScimUserBody": {
        **_object(["userName"], userName=_TEXT),
        "description": f"A user as directories write it. {_ANYTHING}",
    },
    "ScimGroupBody": {
        **_object(["displayName"], displayName=_TEXT),
        "description": f"A group as directories write it. {_ANYTHING}",
    },
    "ScimPatch": {
        **_object(
            ["Operations"],
            schemas={"type": "array", "items": {"const": PATCH_SCHEMA}, "minItems": 1},
            Operations={
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_OPERATIONS,
                "items": _object(["op"], op={"enum": ["add", "replace", "remove"]}, path={"type": "string"}),
            },
        ),
        "description": "Operations, applied all or none (RFC 7644 3.5.2).",
    },
    "ScimSearch": {
        "type": "object",
        "description": "A search over users and groups at once (RFC 7644 3.4.3).",
    },
    "ScimUser": _object(
        ["schemas", "id"],
        **_OF_USER,
        id={"type": "string", **ID},
        groups={"type": "array", "items": _REFERENCE},
        meta=_META,
    ),
    "ScimGroup": _object(
        ["schemas", "id"],
        **_OF_GROUP,
        id={"type": "string", **ID},
        members={"type": "array", "items": _REFERENCE},
        meta=_META,
    ),
    "ScimList": _object(
        ["schemas", "totalResults", "startIndex", "itemsPerPage", "Resources"],
        schemas={"type": "array", "items": {"const": LIST}, "minItems": 1, "maxItems": 1},
        totalResults={"type": "integer", "minimum": 0},
        startIndex={"type": "integer", "minimum": 1},
        itemsPerPage={"type": "integer", "minimum": 0},
        Resources={"type": "array", "items": {"type": "object", "required": ["schemas"]}},
    ),
    "ScimDescription": {
        "type": "object",
        "required": ["schemas", "meta"],
        "properties": {"schemas": _SCHEMAS},
        "patternProperties": {"^[a-zA-Z]+$": {}},
        "description": "What the service can do, a kind of resources or a schema (RFC 7643 5 to 7).",
    },
    "ScimError": _object(
        ["schemas", "status", "detail"],
        schemas={"type": "array", "items": {"const": SCHEMA}, "minItems": 1, "maxItems": 1},
        status={"type": "string", "pattern": "^[45][0-9]{2}$"},
        scimType={"type": "string", "description": "A keyword of RFC 7644 3.12."},
        detail={"type": "string"},
    ),
}
