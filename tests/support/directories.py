"""Directories of an organisation: whatever provisions its people and groups over SCIM, by one token."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from support.api_orgs import ApiOrg
from support.http_client import Headers, Reply
from support.staff import Staff, administrator

MEDIA_TYPE = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
LEAVES = {"op": "replace", "path": "active", "value": False}
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory with its token; paths are below the organisation's SCIM root."""

    org: ApiOrg
    token: str

    def ask(self, method: str, path: str, body: Any = None, *, headers: Headers = ()) -> Reply:
        given = [*headers, *([("Content-Type", MEDIA_TYPE)] if body is not None else [])]
        return self.org.client.ask(
            method, f"{self.org.path}/scim/v2{path}", body, token=self.token, headers=given
        )

    def get(self, path: str) -> Reply:
        return self.ask("GET", path)

    def find(self, kind: str, condition: str) -> Any:
        """Return what a filter finds."""
        return self.must(self.get(f"/{kind}?filter={quote(condition)}"))["Resources"]

    def must(self, reply: Reply) -> Any:
        assert reply.status in (200, 201), reply
        return reply.json

    def hires(self, user_name: str = "", **members: Any) -> Any:
        """Create a user and return it."""
        name = user_name or f"user-{uuid4().hex[:8]}@example.com"
        return self.must(self.ask("POST", "/Users", {"schemas": [USER], "userName": name, **members}))

    def groups(self, name: str = "", *members: str, **others: Any) -> Any:
        """Create a group of users, by their ids, and return it."""
        body = {
            "schemas": [GROUP],
            "displayName": name or f"group-{uuid4().hex[:8]}",
            "members": [{"value": one} for one in members],
            **others,
        }
        return self.must(self.ask("POST", "/Groups", body))

    def patch(self, path: str, *operations: dict[str, Any], headers: Headers = ()) -> Reply:
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, headers=headers)

    def puts_into(self, group: str, *users: str) -> Any:
        """Add users to a group and return it."""
        added = {"op": "add", "path": "members", "value": [{"value": one} for one in users]}
        return self.must(self.patch(f"/Groups/{group}", added))


def directory(org: ApiOrg) -> Directory:
    """Return the directory of an organisation: a service account in the role provisioner."""
    return Directory(org, org.tokens["provisioner"])


def principal_of(org: ApiOrg, user: str) -> str:
    """Return the principal that a provisioned user is."""
    listed = administrator(org).must(administrator(org).get("/scim-users?limit=200"))["data"]
    (found,) = [one["principal"]["id"] for one in listed if one["id"] == user]
    return str(found)


def maps(admin: Staff, group: str, role: str, **members: Any) -> Any:
    """Let a group give a role, as an administrator of the organisation."""
    return admin.must(admin.post(f"/scim-groups/{group}/mappings", {"role": role, **members}))


def roles_of(org: ApiOrg, user: str) -> list[str]:
    """Return the roles that stand for a provisioned user."""
    path = f"/principals/{principal_of(org, user)}/assignments"
    listed = administrator(org).must(administrator(org).get(path))["data"]
    return sorted(one["role"] for one in listed if one["revoked_at"] is None)


def told(reply: Reply) -> tuple[int, Any]:
    """Return what a directory branches on."""
    assert reply.headers["content-type"] == MEDIA_TYPE, reply
    assert reply.json["status"] == str(reply.status)
    return reply.status, reply.json.get("scimType")


def lines(admin: Staff) -> list[str]:
    """Return the record of changes, by the ids of its lines."""
    return [one["id"] for one in admin.must(admin.get("/identity-changes?limit=200"))["data"]]
