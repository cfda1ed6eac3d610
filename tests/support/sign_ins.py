"""Signing in by a provider, from an administrator's side and from a person's."""

from dataclasses import dataclass, field
from typing import Any

from support.api_orgs import ApiOrg
from support.browsers import person
from support.http_client import Reply
from support.web_browser import Page, WebBrowser
from velaurum.api import cookies
from velaurum.db.connection import Database

CODE = "idp"
NOBODY = "Nobody can sign in with this."


@dataclass(slots=True)
class Front:
    """An organisation with a provider, and a browser before it."""

    org: ApiOrg
    provider: dict[str, Any]
    browser: WebBrowser = field(default_factory=WebBrowser)

    @property
    def origin(self) -> str:
        """How the server calls itself."""
        return f"http://localhost:{self.org.client.url.rpartition(':')[2]}"

    @property
    def url(self) -> str:
        return f"{self.origin}{self.org.path}/providers/{self.provider['code']}/sign-in"

    @property
    def callback(self) -> str:
        return self.url.removesuffix("sign-in") + "callback"

    def sign_in(self, query: str = "") -> Page:
        """Begin to sign in, and go where that leads."""
        return self.browser.visit(self.url + query)

    def stopped(self, query: str = "") -> Page:
        """Sign in up to the provider's answer, which the browser does not bring back."""
        return self.browser.visit(self.url + query, stop_at="/callback")

    @property
    def session(self) -> str | None:
        """What the browser keeps as a session of the organisation."""
        port = int(self.origin.rpartition(":")[2])
        return self.browser.jars.get(port, {}).get(cookies.name_of(self.org.code))

    def link(self, subject: str, principal_id: str) -> Reply:
        body = {"subject": subject, "principal": principal_id}
        return self.org.post(f"/providers/{self.provider['code']}/subjects", body, role="org-admin")

    def linked_person(self, door: Database, subject: str = "ada", *roles: str) -> str:
        """Make a person with roles for whom the provider vouches, and return the id."""
        principal_id = person(door, self.org, *(roles or ("auditor",)))
        reply = self.link(subject, principal_id)
        assert reply.status == 201, reply
        return principal_id


def let_vouch(org: ApiOrg, issuer: str, **members: Any) -> Front:
    """Let a provider vouch for people of an organisation: a public client, where nothing else is said."""
    body = {
        "code": CODE,
        "name": "Provider",
        "issuer": issuer,
        "client_id": "velaurum",
        "client_auth": "none",
    }
    reply = org.post("/providers", {**body, **members}, role="org-admin")
    assert reply.status == 201, reply
    return Front(org, reply.json)


def refused(page: Page) -> tuple[int, str | None, str]:
    """Return status, code and text of the problem that a page shows."""
    return *page.reply.refused, page.reply.json["detail"]
