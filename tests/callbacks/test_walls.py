"""What the database itself holds of integration jobs, whoever writes the row: one way, one secret, and its end."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.ledger_sql import APP, OWNER, SUPERUSER, Connect, Org, act_as

SECRET_HASH = hashlib.sha256(b"\x01" * 32).digest()
STATES = ("queued", "sent", "awaiting_callback", "succeeded", "failed", "cancelled", "expired")
ENDS = STATES[3:]
ALLOWED = {
    "queued": {"sent", "awaiting_callback", *ENDS},
    "sent": {"sent", "awaiting_callback", *ENDS},
    "awaiting_callback": {*ENDS},
}


@dataclass
class Row:
    """One job, and a connection that writes it as the owner of the routines does."""

    owner: psycopg.Connection[Any]
    org: Org
    id: str

    def change(self, what: str, *values: Any) -> None:
        self.owner.execute(
            sql.SQL("update jobs.integration_job set {} where id = %s").format(sql.SQL(what)),  # type: ignore[arg-type]
            [*values, self.id],
        )

    def read(self, *columns: str) -> tuple[Any, ...]:
        named = sql.SQL(", ").join(map(sql.Identifier, columns))
        row = self.owner.execute(
            sql.SQL("select {} from jobs.integration_job where id = %s").format(named), [self.id]
        ).fetchone()
        assert row is not None
        return row


@pytest.fixture(scope="module")
def owner(module_as_role: Connect) -> psycopg.Connection[Any]:
    """Write as the role that the routines run as: nobody logs in as it, a superuser may become it."""
    connection = module_as_role(SUPERUSER)
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))
    return connection


@pytest.fixture(scope="module")
def org(module_org_factory: Callable[..., Org]) -> Org:
    return module_org_factory(items=["BOLT"], locations=["A"])


@pytest.fixture
def new_row(owner: psycopg.Connection[Any], org: Org) -> Callable[..., Row]:
    def make(state: str = "queued") -> Row:
        owner.execute(
            "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false)",
            [org.org_id],
        )
        act_as(owner, org.actor_id)
        row = owner.execute(
            "insert into jobs.integration_job (org_id, id, kind, payload, callback_secret_hash, requested_by,"
            " credential_id, request_id, expires_at) values (%s, gen_random_uuid(), 'x', '{}', %s, %s, %s,"
            " gen_random_uuid(), clock_timestamp() + interval '1 hour') returning id::text",
            [org.org_id, SECRET_HASH, org.actor_id, org.credential_id],
        ).fetchone()
        assert row is not None
        made = Row(owner, org, row[0])
        if state != "queued":
            made.change("state = %s", state)
        return made

    return make


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_a_job_goes_one_way_whoever_writes_it(new_row: Callable[..., Row], before: str, after: str) -> None:
    row = new_row(before)

    if after in ALLOWED.get(before, ()):
        row.change("state = %s", after)
        assert row.read("state") == (after,)
    else:
        with pytest.raises(psycopg.DatabaseError) as refused:
            row.change("state = %s", after)
        assert refused.value.sqlstate == "VL043"


@pytest.mark.parametrize("before", ["queued", "sent", "awaiting_callback"])
@pytest.mark.parametrize("end", ENDS)
def test_any_end_takes_the_hash_away_whoever_writes_it(
    new_row: Callable[..., Row], before: str, end: str
) -> None:
    row = new_row(before)
    assert row.read("callback_secret_hash", "purged_at") == (SECRET_HASH, None)

    # Even of who sets it in the same breath.
    row.change("state = %s, callback_secret_hash = %s, purged_at = null, ended_at = null", end, SECRET_HASH)

    secret_hash, purged_at, ended_at = row.read("callback_secret_hash", "purged_at", "ended_at")
    assert secret_hash is None
    assert purged_at == ended_at is not None


REWRITTEN = (
    "callback_secret_hash = sha256('other')",
    "callback_secret_hash = null",
    "state = 'sent', callback_secret_hash = sha256('other')",
    "state = 'sent', callback_secret_hash = null",
    "kind = 'other', state = 'sent'",
    "payload = '{\"a\": 1}', state = 'sent'",
    "expires_at = expires_at + interval '1 hour', state = 'sent'",
    "requested_by = gen_random_uuid(), state = 'sent'",
    "item_id = gen_random_uuid(), state = 'sent'",
    "attempts = -1, state = 'sent'",
)


@pytest.mark.parametrize("what", REWRITTEN)
def test_what_was_asked_for_is_never_changed(new_row: Callable[..., Row], what: str) -> None:
    with pytest.raises(psycopg.DatabaseError) as refused:
        new_row().change(what)

    assert refused.value.sqlstate == "VL043"


def test_a_hash_never_comes_back(new_row: Callable[..., Row]) -> None:
    row = new_row("failed")
    for what in (
        "callback_secret_hash = sha256('x')",
        "state = 'queued', callback_secret_hash = sha256('x')",
    ):
        with pytest.raises(psycopg.DatabaseError) as refused:
            row.change(what)
        assert refused.value.sqlstate == "VL043"


def test_a_superuser_who_lets_no_trigger_fire_cannot_end_a_job_and_keep_its_hash(
    new_row: Callable[..., Row],
) -> None:
    row = new_row()
    off = "set local event_triggers = off; alter table jobs.integration_job disable trigger integration_job_is_guarded"
    row.owner.execute("reset role")
    try:
        with row.owner.transaction(force_rollback=True):
            row.owner.execute(off.encode())
            with pytest.raises(psycopg.errors.CheckViolation):
                row.change("state = 'failed', ended_at = now(), purged_at = now()")
    finally:
        row.owner.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))


def test_no_state_comes_without_somebody_who_acts(new_row: Callable[..., Row]) -> None:
    row = new_row()
    row.owner.execute("select set_config('velaurum.acting', '', false)")

    with pytest.raises(psycopg.DatabaseError) as refused:
        row.change("state = 'cancelled'")

    assert refused.value.sqlstate == "VL013"
    assert row.read("state") == ("queued",)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from jobs.integration_job",
        "truncate jobs.integration_job cascade",
        "delete from jobs.integration_step",
        "update jobs.integration_step set state = 'sent'",
        "truncate jobs.integration_step",
    ],
)
def test_nothing_of_a_job_is_taken_away(new_row: Callable[..., Row], statement: str) -> None:
    row = new_row()

    with pytest.raises(psycopg.DatabaseError) as refused:
        row.owner.execute(statement.encode())

    assert refused.value.sqlstate == "VL001"


@pytest.mark.parametrize("column", ["item_id", "location_id", "movement_id"])
def test_a_record_of_another_organisation_is_refused_by_the_table_itself(
    owner: psycopg.Connection[Any],
    org: Org,
    new_row: Callable[..., Row],
    module_org_factory: Callable[..., Org],
    column: str,
) -> None:
    new_row()
    other = module_org_factory(items=["NUT"], locations=["THERE"])
    assert other.receive("NUT", "THERE", "5").movement is not None
    found = other.enter().execute(
        "select m.item_id, m.target_id as location_id, m.id as movement_id from ledger.movement as m"
        " where m.org_id = %s",
        [other.org_id],
    )
    foreign = dict(zip(("item_id", "location_id", "movement_id"), found.fetchone() or (), strict=True))
    owner.execute("select set_config('velaurum.org', %s, false)", [org.org_id])

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        owner.execute(
            sql.SQL(
                "insert into jobs.integration_job (org_id, id, kind, payload, callback_secret_hash, requested_by,"
                " credential_id, request_id, expires_at, {}) values (%s, gen_random_uuid(), 'x', '{{}}', %s, %s, %s,"
                " gen_random_uuid(), clock_timestamp() + interval '1 hour', %s)"
            ).format(sql.Identifier(column)),
            [org.org_id, SECRET_HASH, org.actor_id, org.credential_id, foreign[column]],
        )


@pytest.mark.parametrize("role", [APP, "velaurum_auditor", "velaurum_integrator", "velaurum_queue"])
def test_nobody_who_serves_or_audits_reads_a_hash(module_as_role: Connect, org: Org, role: str) -> None:
    connection = module_as_role(role)
    connection.execute("select set_config('velaurum.org', %s, false)", [org.org_id])

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select callback_secret_hash from jobs.integration_job")


def test_the_application_ends_a_job_with_a_proof_of_its_hash_alone(
    new_row: Callable[..., Row], module_as_role: Connect
) -> None:
    row = new_row()
    app = module_as_role(APP)
    app.execute(
        "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false)",
        [row.org.org_id],
    )
    nonce = secrets.token_bytes(16)
    use = "select jobs.use_callback(%s, %s, gen_random_uuid(), %s, %s, %s, '{}')"

    def say(proof: bytes | None, outcome: str = "succeeded") -> Any:
        found = app.execute(use, [row.org.org_id, row.id, nonce, proof, outcome]).fetchone()
        assert found is not None
        return found[0]

    for wrong in (None, b"", SECRET_HASH, hashlib.sha256(SECRET_HASH).digest(), secrets.token_bytes(32)):
        assert say(wrong) == "unknown"
    assert row.read("state") == ("queued",)
    right = hashlib.sha256(nonce + SECRET_HASH).digest()
    for other in ("cancelled", "expired", "queued", "sent"):
        with pytest.raises(psycopg.DatabaseError) as refused:
            say(right, other)
        assert refused.value.sqlstate == "VL043"
    assert (say(right), say(right)) == ("open", "ended")
