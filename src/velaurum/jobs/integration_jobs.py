"""Integration jobs: what an outside system is asked to do, by whom, and what it said came of it (V-11)."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Literal

from velaurum import canonical, texts
from velaurum.catalog import items, locations
from velaurum.db.connection import Tx
from velaurum.db.person_names import PersonName
from velaurum.db.queries import queries
from velaurum.errors import FieldError, Refusal
from velaurum.jobs.callback_secrets import CallbackSecret
from velaurum.ledger import movements
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.tenancy.decisions import Created, Decision

QUERIES = queries(__package__, "integration_jobs.sql")
KIND = re.compile("[a-z][a-z0-9-]{0,62}", re.ASCII)
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
LIFE = timedelta(hours=24)
LONGEST_LIFE = timedelta(days=30)
LARGEST_JSON_BYTES = 8192
MOST_STEPS = 100
State = Literal["queued", "sent", "awaiting_callback", "succeeded", "failed", "cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class NewIntegrationJob:
    """A job to ask for. `item`, `location` and `movement` are references, at most one: what it is about."""

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    item: str | None = None
    location: str | None = None
    movement: str | None = None
    life: timedelta = LIFE


@dataclass(frozen=True, slots=True)
class IntegrationJob:
    """One job as it is now, without its secret; instants are RFC 3339 in UTC.

    `attempts` counts how often it was said to be sent. `purged_at` is when the last trace of its secret was erased.
    """

    id: str
    kind: str
    item_id: str | None
    item_code: str | None
    location_id: str | None
    location_code: str | None
    movement_id: str | None
    payload: Mapping[str, Any]
    state: State
    attempts: int
    result: Mapping[str, Any] | None
    requested_by_id: str
    requested_by_kind: str
    requested_by_name: Annotated[str | None, PersonName("requested_by_id")]
    created_at: str
    expires_at: str
    ended_at: str | None
    purged_at: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """Which state a job came to, when, and by whom: a callback and an expiry are of the product's own process."""

    number: int
    state: State
    actor_id: str
    actor_kind: str
    actor_name: Annotated[str | None, PersonName("actor_id")]
    at: str


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """How asking for a job ended. `secret` is the only copy there is, None in a repeated answer."""

    created: Created[IntegrationJob]
    secret: CallbackSecret | None


@dataclass(frozen=True, slots=True, repr=False)
class _Decided:
    outcome: str
    replayed: bool
    record_id: str | None
    problem: Mapping[str, Any] | None
    secret: bytes | None


def create(tx: Tx, org: OrgContext, new: NewIntegrationJob, *, key_id: str, idempotency_key: str) -> Issued:
    """Ask for a job by a key, or find what was decided for it, then without the secret.

    `key_id` says which key of the installation seals it.

    Refuses `unknown-reference` with the pointer of what names another organisation's record or none within reach, and
    `invalid-field`. They decide nothing.
    """
    _check(new)
    about = _about(tx, org, new)
    life_s = int(new.life.total_seconds())
    asked = {"kind": new.kind, "payload": new.payload, **about, "life_s": life_s}
    decided = tx.one(
        QUERIES["create"],
        _Decided,
        **asdict(org),
        **about,
        job_kind=new.kind,
        payload=dict(new.payload),
        life=new.life,
        key_id=key_id,
        idempotency_key=idempotency_key,
        request_hash=canonical.digest({"create": "integration-job", **asked}),
    )
    decision = Decision(decided.outcome, decided.replayed, decided.record_id, decided.problem)
    created = decision.created(lambda made: get(tx, org, made))
    if decided.secret is None or decided.record_id is None:
        return Issued(created, None)
    return Issued(created, CallbackSecret(org.org_id, decided.record_id, decided.secret))


def get(tx: Tx, org: OrgContext, job_id: str) -> IntegrationJob:
    """Return a job. A department sees what was asked for by its own hand. Refuses `not-found`."""
    found = None
    if texts.is_uuid(job_id):
        found = tx.maybe(QUERIES["get"], IntegrationJob, **asdict(org), id=job_id)
    if found is None:
        raise Refusal("not-found", "This organisation has no such integration job.")
    return found


def of_other_keys(tx: Tx, org_id: OrgId, key_id: str) -> int:
    """Return how many jobs have not ended whose secrets another key seals."""
    return tx.value(QUERIES["of_other_keys"], int, org_id=org_id, key_id=key_id)


def list_page(
    tx: Tx, org: OrgContext, *, state: State | None, before: str, limit: int
) -> list[IntegrationJob]:
    """Return at most `limit` jobs before an id, the newest first; those of a state where one is given."""
    return tx.all(QUERIES["list"], IntegrationJob, **asdict(org), state=state, before=before, limit=limit)


def steps(tx: Tx, org: OrgContext, job: IntegrationJob) -> list[Step]:
    """Return the states that a job came to, the newest 100 at most, the newest first."""
    return tx.all(QUERIES["steps"], Step, org_id=org.org_id, id=job.id, limit=MOST_STEPS)


def note_sent(tx: Tx, org: OrgContext, job_id: str) -> IntegrationJob:
    """Say that a job was handed to its outside system, each time that it is.

    Refuses `not-found`, `forbidden`, and `conflict` once that has it in hand, or it has ended or is over.
    """
    return _act(tx, org, job_id, "sent", "Its outside system has it, or it has ended.")


def cancel(tx: Tx, org: OrgContext, job_id: str) -> IntegrationJob:
    """Call a job off: its secret opens nothing from then on.

    Refuses `not-found`, `forbidden`, and `conflict` once it ended or is over.
    """
    return _act(tx, org, job_id, "cancelled", "The integration job has ended, or is over.")


def json_problem(value: Mapping[str, Any]) -> str | None:
    """Say why an object cannot be kept: it takes a canonical form, of 8192 bytes at most."""
    try:
        size = len(canonical.encode(dict(value)))
    except (TypeError, ValueError):
        return "Write fractions and integers from 2**53 on as strings, and names in ASCII."
    if size > LARGEST_JSON_BYTES:
        return f"This object has {LARGEST_JSON_BYTES} bytes at most."
    return None


def _act(tx: Tx, org: OrgContext, job_id: str, state: State, too_late: str) -> IntegrationJob:
    get(tx, org, job_id)
    if not tx.value(QUERIES["act"], bool, **asdict(org), id=job_id, state=state):
        raise Refusal("conflict", too_late)
    return get(tx, org, job_id)


def _check(new: NewIntegrationJob) -> None:
    errors: list[FieldError] = []
    if not KIND.fullmatch(new.kind):
        errors += texts.field(
            "/kind", "A kind is 1 to 63 lower-case letters, digits and hyphens, letter first."
        )
    errors += texts.field("/payload", json_problem(new.payload))
    if not timedelta(seconds=1) <= new.life <= LONGEST_LIFE:
        errors += texts.field("/expires", "An integration job lives for a second at least, 30d at most.")
    named = [name for name in ("item", "location", "movement") if getattr(new, name) is not None]
    if len(named) > 1:
        errors += texts.field(f"/{named[1]}", "A job is about one record: an item, a location or a movement.")
    if errors:
        raise Refusal("invalid-field", errors[0].detail, tuple(errors))


def _about(tx: Tx, org: OrgContext, new: NewIntegrationJob) -> dict[str, str | None]:
    """Return the ids of what a job is about, as this organisation has it within reach."""
    found: dict[str, str | None] = {"item_id": None, "location_id": None, "movement_id": None}
    if new.item is not None:
        item = items.find(tx, org, new.item)
        found["item_id"] = _known("item", None if item is None else item.id)
    if new.location is not None:
        location = locations.find(tx, org, new.location)
        found["location_id"] = _known("location", None if location is None else location.id)
    if new.movement is not None:
        found["movement_id"] = _known("movement", _movement_id(tx, org, new.movement))
    return found


def _movement_id(tx: Tx, org: OrgContext, reference: str) -> str | None:
    try:
        return movements.find(tx, org, reference).id if texts.is_uuid(reference) else None
    except Refusal:
        return None


def _known(name: str, record_id: str | None) -> str:
    if record_id is None:
        detail = f"There is no such {name}."
        raise Refusal("unknown-reference", detail, (FieldError(f"/{name}", "unknown-reference", detail),))
    return record_id
