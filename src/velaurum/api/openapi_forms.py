"""Forms of values that every page of the OpenAPI document shares."""

from typing import Any

ID: dict[str, Any] = {
    "format": "uuid",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
}
ORG_CODE: dict[str, Any] = {"pattern": "^[a-z][a-z0-9-]{1,38}[a-z0-9]$"}
UTC_INSTANT: dict[str, Any] = {
    "format": "date-time",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$",
}
