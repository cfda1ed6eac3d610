"""Incarnations: a log that lost what was signed takes no entry until it is taken up again, which is its next one."""

from dataclasses import dataclass

from velaurum import texts
from velaurum.db.connection import Tx
from velaurum.db.queries import queries
from velaurum.errors import Refusal, invalid_field
from velaurum.tenancy.context import OrgId

QUERIES = queries(__package__, "incarnations.sql")
MOST_REASON_CHARACTERS = 200
_MOST_HELD_REASON_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a log is: `note` is its newest checkpoint in the database, `held_reason` why it takes no entry."""

    org_id: OrgId
    incarnation: int
    size: int
    note: str | None
    held_reason: str | None


@dataclass(frozen=True, slots=True)
class Hold:
    """Since when a log takes no entry, RFC 3339 in UTC, and why."""

    since: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Held:
    since: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Loss:
    """What an incarnation begins with: `size` entries are there, the first `common_size` are known to be as signed.

    `lost_size` entries with the root `lost_root` (base64) were signed last.
    """

    number: int
    size: int
    common_size: int
    lost_size: int
    lost_root: str


@dataclass(frozen=True, slots=True)
class Incarnation(Loss):
    """A log that was taken up again; `opened_at` is RFC 3339 in UTC."""

    opened_at: str


def standings(tx: Tx) -> list[Standing]:
    """Return where every log is."""
    return tx.all(QUERIES["standings"], Standing)


def current(tx: Tx, org_id: OrgId) -> int:
    """Return the number of the incarnation that a log is in; 0 is the first."""
    return tx.value(QUERIES["current"], int, org_id=org_id)


def held(tx: Tx, org_id: OrgId) -> Hold | None:
    """Return why a log takes no entry, or None while it does."""
    found = tx.one(QUERIES["held"], _Held, org_id=org_id)
    return None if found.since is None else Hold(found.since, found.reason or "")


def list_all(tx: Tx, org_id: OrgId) -> list[Incarnation]:
    """Return when a log was taken up again and what was lost, in order."""
    return tx.all(QUERIES["list_all"], Incarnation, org_id=org_id)


def hold(tx: Tx, org_id: OrgId, reason: str) -> None:
    """Let a log take no entry from now on; a posting is in it before this, or refused."""
    tx.run(QUERIES["hold"], org_id=org_id, reason=reason[:_MOST_HELD_REASON_CHARACTERS])


def require_reason(reason: str) -> None:
    """Refuse `invalid-field` for what is no reason of 1 to 200 characters."""
    if detail := texts.text_problem(reason, MOST_REASON_CHARACTERS):
        raise invalid_field("/reason", detail)


def reopen(tx: Tx, org_id: OrgId, lost: Loss, reason: str) -> Incarnation:
    """Take a held log up again; its next entry says what was lost.

    Refuses `conflict` when it is not held, and `invalid-field` without a reason of 1 to 200 characters.
    """
    require_reason(reason)
    opened = tx.maybe(
        QUERIES["open"],
        Incarnation,
        org_id=org_id,
        number=lost.number,
        common_size=lost.common_size,
        lost_size=lost.lost_size,
        lost_root=lost.lost_root,
        reason=reason,
    )
    if opened is None:
        raise Refusal("conflict", "The log is not held; there is nothing to open.")
    return opened
