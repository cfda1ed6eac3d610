"""An office: an organisation whose administrator manages its people by the service's own verbs."""

import uuid
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from support.keyrings import keyring_within
from support.tenants import LIFE, create_context, new_context
from velaurum.audit import changes
from velaurum.audit.changes import Change
from velaurum.db.connection import Database
from velaurum.identity import principals, tokens
from velaurum.identity.principals import NewPrincipal, Principal, PrincipalChange
from velaurum.identity.tokens import Issued, NewToken
from velaurum.keys.person_names import PersonNames
from velaurum.tenancy import sub_orgs
from velaurum.tenancy.context import OrgContext
from velaurum.tenancy.sub_orgs import NewSubOrg


@dataclass(frozen=True, slots=True)
class Office:
    """One organisation, as its administrator sees it."""

    door: Database
    admin: psycopg.Connection[Any]
    org: OrgContext

    def does(self, verb: Any, *what: Any, by: OrgContext | None = None, **named: Any) -> Any:
        """Run one verb in a transaction of its own, as the administrator or as somebody else."""
        asked = replace(by or self.org, request_id=str(uuid.uuid4()))
        with self.door.transaction(asked) as (outside, org):
            tx = replace(outside, names=PersonNames(keyring_within(outside)))
            return verb(tx, org, *what, **named)

    def hires(
        self, name: str = "Ada", sub_org: str | None = None, *, by: OrgContext | None = None
    ) -> Principal:
        new = NewPrincipal(name, "user", sub_org)
        made: Principal = self.does(
            lambda tx, org: principals.create(
                tx, org, keyring_within(tx), new, idempotency_key=str(uuid.uuid4())
            ),
            by=by,
        ).require()
        return made

    def renames(self, principal_id: str, name: str, *, version: int = 1) -> Principal:
        change = PrincipalChange(name=name)
        renamed: Principal = self.does(
            lambda tx, org: principals.update(tx, org, keyring_within(tx), principal_id, version, change)
        )
        return renamed

    def issues(
        self, to: str, role: str, sub_org: str | None = None, *, by: OrgContext | None = None
    ) -> Issued:
        new = NewToken(role, LIFE, sub_org)
        issued: Issued = self.does(tokens.issue, to, new, idempotency_key=str(uuid.uuid4()), by=by)
        return issued

    def founds(self, code: str, parent: str | None = None) -> str:
        """Make a department, and return its id."""
        made = self.does(sub_orgs.create, NewSubOrg(code, code, parent), idempotency_key=f"sub-org-{code}")
        department: str = made.require().id
        return department

    def enters(self, issued: Issued, permission: Any = "manage-identity") -> OrgContext:
        """Return the context of whoever holds a token."""
        assert issued.token is not None
        with self.door.installation() as outside:
            credential = tokens.verify(outside, issued.token)
        assert credential is not None
        return credential.context(str(uuid.uuid4()), permission)

    def narrowed(self, sub_org: str, role: str = "org-admin") -> OrgContext:
        """Return the context of somebody who manages one department."""
        return self.enters(self.issues(self.hires("Head", sub_org).id, role, sub_org))

    def record(self, by: OrgContext | None = None) -> list[Change]:
        """Return the last changes, the newest first."""
        asked = replace(by or self.org, permission="read-assurance")
        found: list[Change] = self.does(changes.list_of_rights, before=changes.LAST, limit=100, by=asked)
        return found


def open_office(door: Database, admin: psycopg.Connection[Any]) -> Office:
    with door.installation() as outside:
        made = create_context(outside)
        org = new_context(outside, made.org_id, "org-admin", "manage-identity")
    return Office(door, admin, org)
