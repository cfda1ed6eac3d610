"""Reminders: what waits for a person or runs out soon, once for each cause, and ended when its cause is gone (V-01)."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated, Literal

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import Refusal
from velaurum.identity import standing
from velaurum.identity.roles import Permission
from velaurum.tenancy.context import OrgContext, OrgId

QUERIES = queries(__package__, "reminders.sql")
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
# So many at a time become reminders; the next look has the others.
MOST_AT_ONCE = 100
PREFIX = "velaurum.reminder."
Code = Literal[
    "approval-waiting",
    "break-glass-ending",
    "token-expiring",
    "invitation-expiring",
    "job-failed",
    "dead-letter",
    "webhook-gone",
    "log-held",
    "log-stalled",
    "verification-overdue",
]
State = Literal["open", "acknowledged", "ended"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is reminded of, in a sentence; `permission` lets a credential see it, `path` is where it is about.

    `path` stands below the organisation, with `{id}` for the subject.
    """

    code: Code
    said: str
    permission: Permission
    path: str

    @property
    def event_type(self) -> str:
        """Return the type of the event that tells of one."""
        return f"{PREFIX}{self.code}.v1"


_ALL = (
    Kind("approval-waiting", "A movement waits for an approval.", "read", "/approval-requests/{id}"),
    Kind(
        "break-glass-ending",
        "The operator's access to the organisation ends soon.",
        "read-assurance",
        "/break-glass/{id}",
    ),
    Kind("token-expiring", "A token expires soon.", "manage-identity", "/tokens/{id}"),
    Kind("invitation-expiring", "An invitation expires soon, and nobody used it.", "manage-identity", ""),
    Kind("job-failed", "A job failed for good.", "read", "/jobs/{id}"),
    Kind("dead-letter", "A message could not be worked.", "manage-webhooks", "/dead-letters"),
    Kind(
        "webhook-gone",
        "A webhook was disabled: its receiver said that it is gone.",
        "manage-webhooks",
        "/webhooks/{id}",
    ),
    Kind("log-held", "The log takes no entry.", "read-assurance", "/log/status"),
    Kind("log-stalled", "Entries of the log wait to be signed.", "read-assurance", "/log/status"),
    Kind(
        "verification-overdue",
        "The log was not verified for too long.",
        "read-assurance",
        "/assurance/log",
    ),
)
KINDS: Mapping[str, Kind] = {one.code: one for one in _ALL}


@dataclass(frozen=True, slots=True)
class Raised:
    """A reminder that was not there before; `raised_at` is RFC 3339 in UTC."""

    id: str
    kind: Code
    raised_at: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder; instants are RFC 3339 in UTC. `at` is since when something waits, or when it runs out."""

    id: str
    kind: Code
    subject_id: str
    at: str
    raised_at: str
    state: State
    acknowledged_at: str | None
    acknowledged_by_id: str | None
    acknowledged_by_kind: Literal["user", "service", "process"] | None
    acknowledged_by_name: Annotated[str | None, PersonName("acknowledged_by_id")]
    ended_at: str | None


def chosen(pattern: str) -> frozenset[str]:
    """Return the event types that are named: one whole, or all as `velaurum.reminder.*`; no wider pattern has any."""
    return frozenset(
        one.event_type for one in _ALL if pattern in (one.event_type, f"{PREFIX}*", f"{PREFIX}{one.code}.*")
    )


def visible(may: Collection[str]) -> list[Kind]:
    """Return the kinds that somebody may see who has these permissions."""
    return [one for one in _ALL if one.permission in may]


def remind(
    tx: Tx, org_id: OrgId, limits: Mapping[Code, timedelta], *, most: int = MOST_AT_ONCE
) -> list[Raised]:
    """End the reminders whose cause is gone, and return those that are new, `most` at most.

    A limit is how long after the instant of a cause it is reminded of, or how long before, which is negative. A kind
    without one is not reminded of.
    """
    said = {kind: f"{limit.total_seconds():.6f} seconds" for kind, limit in limits.items()}
    return tx.all(QUERIES["remind"], Raised, org_id=org_id, limits=said, most=most)


def list_page(tx: Tx, org: OrgContext, *, state: State | None, before: str, limit: int) -> list[Reminder]:
    """Return at most `limit` reminders before an id, the newest first; without a state, those that have not ended.

    A credential sees the kinds that it may see; a department what waits at its places, and its holder's own jobs.
    """
    return tx.all(
        QUERIES["list"],
        Reminder,
        **asdict(org),
        kinds=_kinds(tx, org),
        state=state,
        before=before,
        limit=limit,
    )


def get(tx: Tx, org: OrgContext, reminder_id: str) -> Reminder:
    """Return a reminder, or refuse `not-found`."""
    found = None
    if texts.is_uuid(reminder_id):
        found = tx.maybe(QUERIES["get"], Reminder, **asdict(org), kinds=_kinds(tx, org), id=reminder_id)
    if found is None:
        raise Refusal("not-found", "There is no such reminder.")
    return found


def acknowledge(tx: Tx, org: OrgContext, reminder_id: str) -> Reminder:
    """Say that somebody has seen a reminder; the first who says so stays. It goes on until its cause is gone.

    Refuses `not-found`, `forbidden` to who may not take care of it, and `conflict` once it has ended.
    """
    found = get(tx, org, reminder_id)
    if found.state != "acknowledged" and not tx.value(
        QUERIES["acknowledge"], bool, **asdict(org), id=found.id
    ):
        found = get(tx, org, reminder_id)
        if found.state != "acknowledged":
            raise Refusal("conflict", "The reminder has ended.")
    return get(tx, org, reminder_id)


def _kinds(tx: Tx, org: OrgContext) -> list[str]:
    may = {
        permission
        for one in standing.own(tx, org)
        for permission in one.permissions
        if org.is_whole and one.sub_org_id is None
    }
    return [one.code for one in visible({"read", *may})]
