"""Staff over HTTP: whoever manages the people of an organisation, by one token."""

import secrets
from dataclasses import dataclass
from typing import Any

from support.api_orgs import ApiOrg
from support.http_client import Reply


@dataclass(frozen=True, slots=True)
class Staff:
    """One credential that manages people."""

    org: ApiOrg
    token: str

    def get(self, path: str) -> Reply:
        return self.org.client.get(self.org.path + path, token=self.token)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Reply:
        """Post with a fresh key, unless one is given."""
        given = key or secrets.token_hex(16)
        return self.org.client.ask("POST", self.org.path + path, body, token=self.token, key=given)

    def patch(self, path: str, body: Any, etag: str | None) -> Reply:
        return self.org.client.patch(self.org.path + path, body, token=self.token, etag=etag)

    def must(self, reply: Reply) -> Any:
        assert reply.status in (200, 201), reply
        return reply.json

    def hires(self, name: str = "Ada", kind: str = "user", **members: Any) -> str:
        """Make a principal and return its id."""
        made: str = self.must(self.post("/principals", {"name": name, "kind": kind, **members}))["id"]
        return made

    def issues(self, principal: str, role: str = "storekeeper", **members: Any) -> Any:
        """Make a token for a principal and return the whole answer."""
        return self.must(self.post(f"/principals/{principal}/tokens", {"role": role, **members}))

    def appoints(self, role: str, name: str = "Ada", **members: Any) -> "Staff":
        """Make a principal with a token of a role, and return them at work."""
        made = self.hires(name, **({"sub_org": members["sub_org"]} if "sub_org" in members else {}))
        return Staff(self.org, self.issues(made, role, **members)["token"])

    @property
    def me(self) -> Any:
        return self.must(self.get("/me"))


def administrator(org: ApiOrg) -> Staff:
    """Return the administrator that an organisation of the tests is born with."""
    return Staff(org, org.tokens["org-admin"])
