"""Errors of SCIM (RFC 7644 3.12): what a refusal is called where directories ask."""

import re
from http import HTTPStatus
from typing import Any

from velaurum.errors import Refusal

MEDIA_TYPE = "application/scim+json"
SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"
_ROOT = re.compile(r"/v1/orgs/[^/]+/scim/v2(?:/|$)")
_KEYWORDS = {"malformed-json": "invalidSyntax", "invalid-field": "invalidValue", "code-taken": "uniqueness"}


def are_spoken_at(path: str) -> bool:
    """Tell whether what lies at this path speaks SCIM, whether it is there or not."""
    return _ROOT.match(path) is not None


def body(refusal: Refusal) -> dict[str, Any]:
    """Return the error; the keyword is that of the standard, and is there for refusals that have one."""
    keyword = refusal.extra.get("scimType") or _KEYWORDS.get(refusal.code)
    status = HTTPStatus(refusal.problem.status)
    has_keyword = keyword is not None and status in (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT)
    return {
        "schemas": [SCHEMA],
        "status": str(status.value),
        **({"scimType": keyword} if has_keyword else {}),
        "detail": refusal.detail,
    }
