"""An organisation whose glass is broken in SQL: as the application does it, and past every routine."""

import uuid
from dataclasses import dataclass
from typing import Any

import psycopg

from support.ledger_sql import Org, act_as

STEP = (
    "insert into identity.break_glass_step"
    " (org_id, id, step, requested_by, actor_id, credential_id, request_id, at, expires_at)"
    " select b.org_id, b.id, %(step)s, b.requested_by, %(actor)s, %(credential)s, gen_random_uuid(),"
    " m.at + %(late)s::interval, case when %(step)s = 'approved' then m.at + %(lasts)s::interval end"
    " from identity.break_glass as b cross join (values (clock_timestamp())) as m (at) where b.id = %(id)s"
)


@dataclass(frozen=True, slots=True)
class Vault:
    """An organisation, a superuser's session in it, and administrators of the platform."""

    org: Org
    admin: psycopg.Connection[Any]

    def administrator(self) -> str:
        made = str(uuid.uuid4())
        self.admin.execute(
            "select platform.create_administrator(%s, %s, sha256('x'), 'account test')", [made, made]
        )
        return made

    def revoke(self, administrator: str) -> None:
        self.admin.execute("select platform.revoke_administrator(%s, 'account test')", [administrator])

    def request(self, administrator: str, life: str = "1 hour") -> str:
        row = self.admin.execute(
            "select r.record_id::text from identity.request_break_glass("
            "%s, %s, %s, gen_random_uuid(), %s, sha256('x'), 'the reason why', %s::interval, 'erased') as r",
            [self.org.org_id, administrator, administrator, str(uuid.uuid4()), life],
        ).fetchone()
        assert row is not None
        return str(row[0])

    def take(self, who: str, glass: str, step: str, on: psycopg.Connection[Any] | None = None) -> bool:
        """Take a step by the routine, as the application does."""
        row = (
            (on or self.admin)
            .execute(
                "select identity.step_break_glass(%s, %s, %s, gen_random_uuid(), %s, %s, sha256('x'), 'erased')",
                [self.org.org_id, who, who, glass, step],
            )
            .fetchone()
        )
        assert row is not None
        return bool(row[0])

    def insert(self, who: str, glass: str, step: str, **changes: str) -> None:
        """Insert a step as a superuser, past every routine."""
        act_as(self.admin, who)
        values = {"actor": who, "credential": who, "lasts": "1 hour", "late": "0", **changes}
        self.admin.execute(STEP, {"id": glass, "step": step, **values})

    def opened(self) -> tuple[str, str]:
        """Open a break-glass; return who asked, and its id."""
        first, second = self.administrator(), self.administrator()
        glass = self.request(first)
        assert self.take(second, glass, "approved")
        return first, glass

    def living_tokens(self) -> int:
        row = self.admin.execute(
            "select count(*) from identity.token where role = 'break-glass' and revoked_at is null and org_id = %s",
            [self.org.org_id],
        ).fetchone()
        assert row is not None
        return int(row[0])
