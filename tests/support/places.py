"""Where a request names a record: each such place of the routes about people, asked with any identifier."""

from collections.abc import Callable
from typing import Any, NamedTuple

from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.staff import administrator

UNKNOWN = "019aa000-0000-7000-8000-00000000dead"


class Place(NamedTuple):
    """Where a request names a record: the kind of record, and how to ask for one."""

    record: str
    ask: Callable[[ApiOrg, str], Reply]


def managed(method: str, path: str, body: Any = None) -> Callable[[ApiOrg, str], Reply]:
    """Ask as whoever manages people. `{}` in the path is the identifier, `{mine}` somebody of one's own."""

    def ask(org: ApiOrg, named: str) -> Reply:
        admin = administrator(org)
        where = path.format(named, mine=admin.hires()) if "{mine}" in path else path.format(named)
        if method == "PATCH":
            return admin.patch(where, {"name": "mine"}, '"v1"')
        given = {field: named if value == "{}" else value for field, value in (body or {}).items()}
        return admin.get(where) if method == "GET" else admin.post(where, given or None)

    return ask


_AUDITOR = {"role": "auditor"}
PEOPLE = {
    "GET principals/{principal}": Place("principal", managed("GET", "/principals/{}")),
    "PATCH principals/{principal}": Place("principal", managed("PATCH", "/principals/{}")),
    "POST principals/{principal}/disabling": Place("principal", managed("POST", "/principals/{}/disabling")),
    "POST principals/{principal}/enabling": Place("principal", managed("POST", "/principals/{}/enabling")),
    "POST principals /sub_org": Place(
        "sub_org", managed("POST", "/principals", {"name": "x", "kind": "user", "sub_org": "{}"})
    ),
    "GET principals/{principal}/assignments": Place(
        "principal", managed("GET", "/principals/{}/assignments")
    ),
    "POST principals/{principal}/assignments": Place(
        "principal", managed("POST", "/principals/{}/assignments", _AUDITOR)
    ),
    "POST principals/{principal}/assignments /role": Place(
        "role", managed("POST", "/principals/{mine}/assignments", {"role": "{}"})
    ),
    "POST principals/{principal}/assignments /sub_org": Place(
        "sub_org", managed("POST", "/principals/{mine}/assignments", {**_AUDITOR, "sub_org": "{}"})
    ),
    "POST principals/{principal}/assignments/{assignment}/revocation": Place(
        "assignment", managed("POST", "/principals/{mine}/assignments/{}/revocation")
    ),
    "POST principals/{principal}/assignments/{assignment}/revocation principal": Place(
        "principal", managed("POST", f"/principals/{{}}/assignments/{UNKNOWN}/revocation")
    ),
    "POST principals/{principal}/tokens": Place(
        "principal", managed("POST", "/principals/{}/tokens", _AUDITOR)
    ),
    "POST principals/{principal}/tokens /role": Place(
        "role", managed("POST", "/principals/{mine}/tokens", {"role": "{}"})
    ),
    "POST principals/{principal}/tokens /sub_org": Place(
        "sub_org", managed("POST", "/principals/{mine}/tokens", {**_AUDITOR, "sub_org": "{}"})
    ),
    "POST principals/{principal}/invitations": Place(
        "principal", managed("POST", "/principals/{}/invitations", {"login": "ada"})
    ),
    "GET tokens/{token}": Place("token", managed("GET", "/tokens/{}")),
    "POST tokens/{token}/revocation": Place("token", managed("POST", "/tokens/{}/revocation")),
    "GET roles/{role}": Place("role", managed("GET", "/roles/{}")),
    "PATCH roles/{role}": Place("role", managed("PATCH", "/roles/{}")),
}
