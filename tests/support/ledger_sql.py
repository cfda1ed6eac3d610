"""The ledger as SQL alone sees it: organisations and postings, made as the application's role."""

import hashlib
import secrets
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

APP = "velaurum_app"
OWNER = "velaurum_owner"
INTEGRATOR = "velaurum_integrator"
OPERATOR = "velaurum_operator"
SUPERUSER = "postgres"
LOGIN_ROLES = (APP, INTEGRATOR, "velaurum_auditor", "velaurum_backup", "velaurum_queue")
REGION = "eu-test"
KEY_ID = "0b0e7a52-0000-4000-8000-000000000001"

ConninfoOf = Callable[[str], str]
Connect = Callable[[str], psycopg.Connection[Any]]


@dataclass(frozen=True, slots=True)
class PostedRow:
    """One row of the answer of ledger.post_movements; `movement` is ledger.movement_answer as a mapping."""

    ord: int
    status: str
    replayed: bool
    problem: Mapping[str, Any] | None
    movement: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Org:
    """One organisation, used as the application would: only routines write. Identifiers are text."""

    connection: psycopg.Connection[Any]
    org_id: str
    code: str
    actor_id: str
    credential_id: str

    def enter(self) -> psycopg.Connection[Any]:
        """Return the connection, with its session in this organisation."""
        self.connection.execute(
            "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false)",
            [self.org_id],
        )
        return self.connection

    def item(self, code: str, *, unit: str = "EA", tracking: str = "none") -> str:
        """Create an item and return its id."""
        return self._create("create_item", [code, _key(code), code, unit, tracking, None, Jsonb({})])

    def lot(self, item_id: str, code: str, *, expires_on: str | None = None) -> str:
        """Create a lot of an item that is tracked by lot, and return its id."""
        return self._create("create_lot", [item_id, code, _key(code), expires_on, None, None])

    def serial(self, item_id: str, code: str) -> str:
        """Create a serial of an item that is tracked by serial, and return its id."""
        return self._create("create_serial", [item_id, code, _key(code)])

    def location(self, code: str, *, kind: str = "storage", parent_id: str | None = None) -> str:
        """Create a location and return its id."""
        return self._create("create_location", [code, _key(code), code, kind, parent_id, None, None])

    def pack(self, item_id: str, unit: str, numerator: int, denominator: int = 1) -> str:
        """Create a pack of an item and return its id."""
        return self._create("create_pack", [item_id, unit, numerator, denominator])

    def change_pack(self, pack_id: str, version: int, numerator: int, denominator: int = 1) -> None:
        """Change what a pack holds from now on."""
        values = [self.org_id, *self._who(), pack_id, version, numerator, denominator]
        self.enter().execute("select catalog.update_pack(%s, %s, %s, %s, %s, %s, %s, %s)", values)

    def end_pack(self, pack_id: str) -> None:
        """End a pack."""
        values = [self.org_id, *self._who(), pack_id]
        self.enter().execute("select catalog.remove_pack(%s, %s, %s, %s, %s)", values)

    def _who(self) -> list[Any]:
        return [self.actor_id, self.credential_id, uuid.uuid4()]

    def post(self, rows: Iterable[Mapping[str, Any]], *, atomic: bool = False) -> list[PostedRow]:
        """Post requests written as members of ledger.intake; what every request needs is filled in."""
        rows = list(rows)
        if any("note_sealed" in row for row in rows):
            self._name_key()
        numbered = [self._intake() | dict(row) | {"ord": number} for number, row in enumerate(rows, start=1)]
        with self.connection.cursor(row_factory=dict_row) as cursor:
            answer = cursor.execute(
                "select p.ord, p.status, p.replayed, p.problem, to_jsonb(p.movement) as movement"
                " from tenancy.enter_lane(%s) as e"
                " cross join lateral ledger.post_movements(e.org_id, %s, %s) as p order by p.ord",
                [self.org_id, Jsonb(numbered), atomic],
            ).fetchall()
        return [PostedRow(**row) for row in answer]

    def receive(self, item_code: str, target_code: str, quantity: str, **members: Any) -> PostedRow:
        """Post one receipt from SUPPLIER."""
        (row,) = self.post([receipt(item_code, target_code, quantity) | members])
        return row

    def issue(self, item_code: str, source_code: str, quantity: str, **members: Any) -> PostedRow:
        """Post one issue to CONSUMPTION."""
        (row,) = self.post([issue(item_code, source_code, quantity) | members])
        return row

    def _name_key(self) -> None:
        """Let the key live that envelopes of these tests name, which nobody has."""
        self.enter().execute(
            "select keys.name_wrapping_key(%(org)s, %(id)s, 'local', 'of-the-tests', '1', null, null, null, null),"
            " keys.mint(%(org)s, %(id)s, null, null, decode(repeat('00', 60), 'hex'), null, %(id)s, 1)",
            {"org": self.org_id, "id": KEY_ID},
        )

    def _intake(self) -> dict[str, Any]:
        return {
            "idempotency_key": secrets.token_hex(16),
            "actor_id": self.actor_id,
            "credential_id": self.credential_id,
            "request_id": str(uuid.uuid4()),
        }

    def _create(self, routine: str, arguments: list[Any]) -> str:
        key = secrets.token_hex(16)
        common = [
            self.org_id,
            self.actor_id,
            self.credential_id,
            uuid.uuid4(),
            key,
            hashlib.sha256(key.encode()).digest(),
        ]
        values = [*common, *arguments]
        call = sql.SQL("select r.outcome, r.record_id::text from catalog.{}({}) as r").format(
            sql.Identifier(routine), sql.SQL(", ").join(sql.Placeholder() * len(values))
        )
        row = self.enter().execute(call, values).fetchone()
        assert row is not None
        assert row[0] == "created", row
        return str(row[1])


def act_as(connection: psycopg.Connection[Any], actor_id: str) -> None:
    """Say for the session who acts, where no routine does: without it a change of rights is refused."""
    connection.execute("select set_config('velaurum.acting', %s, false)", [f"{{{actor_id},null,null}}"])


def receipt(item_code: str, target_code: str, quantity: str) -> dict[str, Any]:
    return _request("receipt", item_code, "SUPPLIER", target_code, quantity)


def issue(item_code: str, source_code: str, quantity: str) -> dict[str, Any]:
    return _request("issue", item_code, source_code, "CONSUMPTION", quantity)


def transfer(item_code: str, source_code: str, target_code: str, quantity: str) -> dict[str, Any]:
    return _request("transfer", item_code, source_code, target_code, quantity)


def create_org(
    connection: psycopg.Connection[Any], *, items: Iterable[str] = (), locations: Iterable[str] = ()
) -> Org:
    """Make an organisation with an unused code, its items counted in EA and its storage locations."""
    code = f"org-{secrets.token_hex(6)}"
    made = connection.execute(
        "select o.org_id::text from tenancy.create_org(%s, %s) as o", [code, REGION]
    ).fetchone()
    assert made is not None
    org = Org(connection, made[0], code, *_poster(connection, made[0]))
    for item_code in items:
        org.item(item_code)
    for location_code in locations:
        org.location(location_code)
    return org


def _poster(connection: psycopg.Connection[Any], org_id: str) -> tuple[str, str]:
    """Make somebody who may post; return who and with which credential."""
    token_id = str(uuid.uuid4())
    with connection.transaction():
        made = connection.execute(
            "select identity.create_token("
            "e.org_id, %s, gen_random_uuid(), 'service', 'poster', 'storekeeper', null, %s, '1 day')::text"
            " from tenancy.enter_installation(%s) as e",
            [token_id, hashlib.sha256(token_id.encode()).digest(), org_id],
        ).fetchone()
    assert made is not None
    return made[0], token_id


def _key(code: str) -> str:
    return unicodedata.normalize("NFKC", code).casefold()


def _request(kind: str, item_code: str, source_code: str, target_code: str, quantity: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "item_code": item_code,
        "source_code": source_code,
        "target_code": target_code,
        "quantity": quantity,
    }
