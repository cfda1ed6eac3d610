"""Verifications: what a verification of the database found is an entry of the log that it looked at (V-20, V-23)."""

from dataclasses import asdict, dataclass
from typing import Annotated

from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.identity.principals import Kind
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "verifications.sql")
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@dataclass(frozen=True, slots=True)
class Result:
    """What was found of one log and of what guards the database; instants are RFC 3339 in UTC.

    `size` and `root` (base64) are of what was read, None where it could not be read to the end. `report_sha256` is of
    the bytes of the whole report, in hexadecimal.
    """

    began_at: str
    ended_at: str
    size: int | None
    root: str | None
    findings: int
    codes: list[str]
    program: str
    report_sha256: str
    is_scheduled: bool


@dataclass(frozen=True, slots=True)
class Verification(Result):
    """A result that was recorded: by whom, and at which index of the log."""

    id: str
    actor_id: str
    actor_kind: Kind
    actor_name: Annotated[str | None, PersonName("actor_id")]
    log_index: int | None


@dataclass(frozen=True, slots=True)
class Newest:
    """When the newest verification of a log was, and what it found; instants are RFC 3339 in UTC."""

    began_at: str
    ended_at: str
    findings: int
    codes: list[str]


def record(tx: Tx, org_id: OrgId, result: Result) -> str:
    """Record a result as the next entry of the log, as the integrator; return its id. Refuses `read-only` if held."""
    return tx.value(QUERIES["record"], str, org_id=org_id, **asdict(result))


def newest(tx: Tx, org_id: OrgId, *, is_scheduled: bool = False) -> Newest | None:
    """Return the newest verification of a log, or None; with `is_scheduled` the newest that nobody ran by hand."""
    return tx.maybe(QUERIES["newest"], Newest, org_id=org_id, is_scheduled=is_scheduled)


def list_all(tx: Tx, org: OrgContext, *, before_id: str, limit: int) -> list[Verification]:
    """Return at most `limit` verifications of an organisation, the newest first, before an id."""
    return tx.all(QUERIES["list"], Verification, org_id=org.org_id, before_id=before_id, limit=limit)
