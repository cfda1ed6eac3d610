"""Where a request names a record: each such place of the routes about people, asked with any identifier."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import uuid4

from support.api_orgs import ApiOrg
from support.directories import directory, maps
from support.http_client import Reply
from support.staff import Staff, administrator

CODES = {
    "item": "ONLY-THERE",
    "location": "ONLY-OVER-THERE",
    "sub_org": "ONLY-IN-THERE",
    "role": "only-there",
}
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


def looked_at(path: str) -> Callable[[ApiOrg, str], Reply]:
    """Ask as an auditor. `{}` in the path is the identifier, `{mine}` somebody of one's own."""

    def ask(org: ApiOrg, named: str) -> Reply:
        return org.get(path.format(named, mine=administrator(org).hires() if "{mine}" in path else ""))

    return ask


def of_group_looked_at(path: str) -> Callable[[ApiOrg, str], Reply]:
    """Ask as an auditor about a group of one's own; `{}` is the identifier."""
    return lambda org, named: org.get(f"/scim-groups/{directory(org).groups()['id']}{path.format(named)}")


_AUDITOR = {"role": "auditor"}
PEOPLE = {
    "GET principals/{principal}": Place("principal", managed("GET", "/principals/{}")),
    "PATCH principals/{principal}": Place("principal", managed("PATCH", "/principals/{}")),
    "POST principals/{principal}/disabling": Place("principal", managed("POST", "/principals/{}/disabling")),
    "POST principals/{principal}/enabling": Place("principal", managed("POST", "/principals/{}/enabling")),
    "POST principals/{principal}/legal-hold": Place(
        "principal",
        managed("POST", "/principals/{}/legal-hold", {"action": "place", "reason": "case 2026/117"}),
    ),
    "POST principals/{principal}/restriction": Place(
        "principal",
        managed("POST", "/principals/{}/restriction", {"action": "place", "reason": "ticket 88"}),
    ),
    "POST principals/{principal}/erasure": Place("principal", managed("POST", "/principals/{}/erasure")),
    "GET principals/{principal}/bundle": Place("principal", managed("GET", "/principals/{}/bundle")),
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
    "GET principals/{principal}/assignments/{assignment}/history": Place(
        "assignment", looked_at("/principals/{mine}/assignments/{}/history")
    ),
    "GET principals/{principal}/assignments/{assignment}/proof": Place(
        "assignment", looked_at("/principals/{mine}/assignments/{}/proof")
    ),
    "GET tokens/{token}": Place("token", managed("GET", "/tokens/{}")),
    "POST tokens/{token}/revocation": Place("token", managed("POST", "/tokens/{}/revocation")),
    "GET roles/{role}": Place("role", managed("GET", "/roles/{}")),
    "PATCH roles/{role}": Place("role", managed("PATCH", "/roles/{}")),
}


def provisioned(method: str, path: str, body: Any = None) -> Callable[[ApiOrg, str], Reply]:
    """Ask as the organisation's directory. `{}` in the path is the identifier, and so is a member's value."""

    def ask(org: ApiOrg, named: str) -> Reply:
        given = {**body, "members": [{"value": named}]} if body and "members" in body else body
        return directory(org).ask(method, path.format(named), given)

    return ask


def of_group(method: str, path: str, body: Any = None) -> Callable[[ApiOrg, str], Reply]:
    """Ask as whoever manages people, about a group of one's own; `{}` is the identifier."""

    def ask(org: ApiOrg, named: str) -> Reply:
        where = f"{org.path}/scim-groups/{directory(org).groups()['id']}{path.format(named)}"
        given = {field: named if value == "{}" else value for field, value in (body or {}).items()}
        token, key = org.tokens["org-admin"], uuid4().hex if given else None
        return org.client.ask(method, where, given or None, token=token, key=key)

    return ask


def unlinks(org: ApiOrg, named: str) -> Reply:
    return org.client.ask("DELETE", f"{org.path}/scim-users/{named}", token=org.tokens["org-admin"])


def unmaps(org: ApiOrg, named: str) -> Reply:
    path = f"{org.path}/scim-groups/{named}/mappings/{UNKNOWN}"
    return org.client.ask("DELETE", path, token=org.tokens["org-admin"])


_NAMED = {"userName": "x", "displayName": "x"}
_OPERATIONS = {"Operations": [{"op": "replace", "path": "displayName", "value": "x"}]}
SCIM = {
    **{
        f"{method} scim/v2/{kind}s/{{{kind.lower()}}}": Place(
            kind.lower(), provisioned(method, f"/{kind}s/{{}}", body)
        )
        for kind in ("User", "Group")
        for method, body in (("GET", None), ("PUT", _NAMED), ("PATCH", _OPERATIONS), ("DELETE", None))
    },
    "POST scim/v2/Groups /members": Place(
        "user", provisioned("POST", "/Groups", {"displayName": "x", "members": ()})
    ),
    "DELETE scim-users/{user}": Place("user", unlinks),
    "GET scim-users/{user}/history": Place("user", looked_at("/scim-users/{}/history")),
    "GET scim-users/{user}/proof": Place("user", looked_at("/scim-users/{}/proof")),
    "GET scim-groups/{group}/mappings ?at_size": Place(
        "group", managed("GET", "/scim-groups/{}/mappings?at_size=1")
    ),
    "GET scim-groups/{group}/mappings/{mapping}/history": Place(
        "mapping", of_group_looked_at("/mappings/{}/history")
    ),
    "GET scim-groups/{group}/mappings/{mapping}/proof": Place(
        "mapping", of_group_looked_at("/mappings/{}/proof")
    ),
    "POST scim-users /principal": Place(
        "principal", managed("POST", "/scim-users", {"principal": "{}", "user_name": "x"})
    ),
    "GET scim-groups/{group}/mappings": Place("group", managed("GET", "/scim-groups/{}/mappings")),
    "POST scim-groups/{group}/mappings": Place(
        "group", managed("POST", "/scim-groups/{}/mappings", _AUDITOR)
    ),
    "POST scim-groups/{group}/mappings /role": Place("role", of_group("POST", "/mappings", {"role": "{}"})),
    "POST scim-groups/{group}/mappings /sub_org": Place(
        "sub_org", of_group("POST", "/mappings", {**_AUDITOR, "sub_org": "{}"})
    ),
    "DELETE scim-groups/{group}/mappings/{mapping}": Place("mapping", of_group("DELETE", "/mappings/{}")),
    "DELETE scim-groups/{group}/mappings/{mapping} of a group": Place("group", unmaps),
}


def people(admin: Staff) -> dict[str, str]:
    """Make somebody with a role, a token and an assignment; return the ids by kind."""
    principal = admin.hires()
    given = admin.must(admin.post(f"/principals/{principal}/assignments", {"role": "auditor"}))
    role = {"code": "only-here", "name": "x", "permissions": ["read"]}
    return {
        "principal": principal,
        "assignment": given["id"],
        "token": admin.issues(principal)["id"],
        "role": admin.must(admin.post("/roles", role))["id"],
    }


def provisioned_in(org: ApiOrg) -> dict[str, str]:
    """Make what a directory keeps; return the ids by kind."""
    group = directory(org).groups()["id"]
    return {
        "user": directory(org).hires()["id"],
        "group": group,
        "mapping": maps(administrator(org), group, "auditor")["id"],
    }
