"""Break-glass as the tables have it: triggers and constraints, whoever writes the row, and two who meet."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from support.ledger_sql import APP, SUPERUSER, Connect, Org, act_as
from support.vault import Vault

ANOTHER = (
    "insert into identity.token (org_id, id, principal_id, role, secret_hash, created_by, expires_at)"
    " select org_id, gen_random_uuid(), principal_id, role, secret_hash, created_by, expires_at"
    " from identity.token where id = %(id)s"
)
ASSIGNMENT = (
    "insert into identity.assignment (org_id, id, principal_id, role, created_by)"
    " select org_id, id, principal_id, 'break-glass', created_by from identity.token where id = %(id)s"
)


@pytest.fixture
def vault(org_factory: Callable[..., Org], as_role: Connect) -> Vault:
    return Vault(org := org_factory(), replace(org, connection=as_role(SUPERUSER)).enter())


@pytest.fixture
def without_triggers(vault: Vault) -> Vault:
    """Take the triggers off, so that the table is alone."""
    vault.admin.execute("begin")
    vault.admin.execute("select fence.open()")
    return vault


def state_of(refused: pytest.ExceptionInfo[psycopg.Error]) -> str | None:
    return refused.value.sqlstate


@pytest.mark.parametrize(
    ("step", "is_first", "constraint"),
    [
        ("approved", True, "break_glass_step_second_person_check"),
        ("collected", False, "break_glass_step_first_person_check"),
    ],
)
def test_the_table_itself_refuses_the_wrong_person(
    without_triggers: Vault, step: str, is_first: bool, constraint: str
) -> None:
    vault = without_triggers
    first, second = vault.administrator(), vault.administrator()
    glass = vault.request(first)
    vault.request(second)
    vault.admin.execute("alter table identity.break_glass_step disable trigger user")

    with pytest.raises(psycopg.errors.CheckViolation, match=constraint):
        vault.insert(first if is_first else second, glass, step)


def test_the_table_itself_holds_a_window_to_four_hours(without_triggers: Vault) -> None:
    vault = without_triggers
    glass = vault.request(vault.administrator())
    second = vault.administrator()
    vault.request(second)
    vault.admin.execute("alter table identity.break_glass_step disable trigger user")

    with pytest.raises(psycopg.errors.CheckViolation, match="break_glass_step_expires_at_check"):
        vault.insert(second, glass, "approved", lasts="4 hours 1 second")


@pytest.mark.parametrize("life", ["0", "-1 hour", "4 hours 1 microsecond"])
def test_the_table_itself_refuses_to_be_asked_for_longer(vault: Vault, life: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="break_glass_life_check"):
        vault.request(vault.administrator(), life)


@pytest.mark.parametrize("changes", [{"lasts": "59 minutes"}, {"late": "-1 minute"}, {"late": "1 minute"}])
def test_a_window_is_as_long_as_was_asked_and_opens_when_it_is_approved(
    vault: Vault, changes: dict[str, str]
) -> None:
    glass = vault.request(vault.administrator())
    second = vault.administrator()
    vault.request(second)

    with pytest.raises(psycopg.Error) as refused:
        vault.insert(second, glass, "approved", **changes)

    assert state_of(refused) == "VL007"
    vault.insert(second, glass, "approved")


def test_who_was_revoked_opens_nothing_and_has_nothing_opened(vault: Vault) -> None:
    first, gone, second = (vault.administrator() for _ in range(3))
    glass, of_gone = vault.request(first), vault.request(gone)
    vault.request(second)
    vault.revoke(gone)

    for who, what in ((gone, glass), (second, of_gone)):
        with pytest.raises(psycopg.Error) as refused:
            vault.insert(who, what, "approved")
        assert state_of(refused) == "VL005"
    with pytest.raises(psycopg.Error) as refused:
        vault.request(gone)
    assert state_of(refused) == "VL005"


def test_the_operator_of_an_organisation_ends_and_does_not_open(vault: Vault) -> None:
    glass = vault.request(vault.administrator())
    row = vault.admin.execute(
        "select id::text from identity.principal where org_id = %s and created_by = id", [vault.org.org_id]
    ).fetchone()
    assert row is not None

    with pytest.raises(psycopg.Error) as refused:
        vault.insert(row[0], glass, "approved")
    vault.insert(row[0], glass, "ended")

    assert state_of(refused) == "VL005"


def test_whom_the_organisation_disabled_neither_asks_nor_opens(vault: Vault) -> None:
    first, second = vault.administrator(), vault.administrator()
    glass = vault.request(first)
    vault.request(second)
    vault.admin.execute(
        "select set_config('velaurum.acting', array[p.id, null, null]::text, false) from identity.principal as p"
        " where p.org_id = %s and p.created_by = p.id",
        [vault.org.org_id],
    )
    vault.admin.execute(
        "update identity.principal set disabled_at = clock_timestamp(), disabled_by = created_by where id = %s",
        [second],
    )

    for attempt in (lambda: vault.request(second), lambda: vault.take(second, glass, "approved")):
        with pytest.raises(psycopg.Error) as refused:
            attempt()
        assert state_of(refused) == "VL005"


def test_a_request_waits_for_a_day(vault: Vault) -> None:
    first, second = vault.administrator(), vault.administrator()
    vault.request(first)
    old = str(uuid.uuid4())
    act_as(vault.admin, first)
    vault.admin.execute(
        "insert into identity.break_glass (org_id, id, reason, life, requested_by, credential_id, request_id,"
        " requested_at) values (%s, %s, 'the reason why', '1 hour', %s, %s, gen_random_uuid(),"
        " clock_timestamp() - interval '24 hours')",
        [vault.org.org_id, old, first, first],
    )

    assert not vault.take(second, old, "approved")
    assert vault.admin.execute(
        "select status from identity.break_glass_answer where id = %s", [old]
    ).fetchone() == ("lapsed",)


@pytest.mark.parametrize(
    "statement",
    [
        "update identity.token set expires_at = expires_at + interval '1 second' where id = %(id)s",
        "update identity.token set role = 'org-admin' where id = %(id)s",
        "update identity.token set principal_id = created_by where id = %(id)s",
        "update identity.token set role = 'break-glass' where role <> 'break-glass'",
        ANOTHER,
        ASSIGNMENT,
    ],
)
def test_the_role_stays_with_the_one_token_as_it_was_made(vault: Vault, statement: str) -> None:
    first, glass = vault.opened()
    assert vault.take(first, glass, "collected")

    with pytest.raises(psycopg.Error) as refused:
        vault.admin.execute(statement, {"id": glass})

    assert state_of(refused) == "VL018"


def test_a_token_that_was_revoked_is_not_brought_back(vault: Vault) -> None:
    first, glass = vault.opened()
    vault.take(first, glass, "collected")
    vault.insert(first, glass, "ended")
    assert vault.living_tokens() == 0

    with pytest.raises(psycopg.Error) as refused:
        vault.admin.execute(
            "update identity.token set revoked_at = null, revoked_by = null where id = %s", [glass]
        )

    assert state_of(refused) == "VL018"


def test_the_application_makes_no_ordinary_token_of_the_role(vault: Vault) -> None:
    vault.opened()

    with pytest.raises(psycopg.Error) as refused:
        vault.org.enter().execute(
            "select identity.create_token("
            "%s, gen_random_uuid(), gen_random_uuid(), 'user', 'erased', 'break-glass', null, sha256('x'), '1 hour')",
            [vault.org.org_id],
        )

    assert state_of(refused) == "VL018"


@pytest.mark.parametrize("permissions", ["{read,read-assurance,post}", "{read,manage-identity}", "{read}"])
def test_the_role_is_what_it_is(vault: Vault, permissions: str) -> None:
    vault.request(vault.administrator())

    with pytest.raises(psycopg.errors.CheckViolation, match="role_break_glass_check"):
        vault.admin.execute(
            "update identity.role set permissions = %s where code = 'break-glass'", [permissions]
        )


def test_the_end_and_the_collection_meet_and_no_token_survives(vault: Vault, as_role: Connect) -> None:
    first, glass = vault.opened()
    other = replace(vault.org, connection=as_role(APP)).enter()
    answers: list[bool] = []

    with vault.admin.transaction():
        assert vault.take(first, glass, "ended")
        waiting = threading.Thread(
            target=lambda: answers.append(vault.take(first, glass, "collected", other))
        )
        waiting.start()
        waiting.join(0.3)
        assert not answers
    waiting.join()

    assert answers == [False]
    assert vault.living_tokens() == 0


def test_a_revocation_and_a_collection_meet_and_no_token_survives(vault: Vault, as_role: Connect) -> None:
    first, glass = vault.opened()
    other = replace(vault.org, connection=as_role(APP)).enter()
    ended: list[Any] = []

    def revoke() -> None:
        with other.transaction():
            other.execute("select platform.revoke_administrator(%s, 'account test')", [first])
            ended.append(
                other.execute(
                    "select identity.end_break_glass_of(%s, %s)", [vault.org.org_id, first]
                ).fetchone()
            )

    with vault.admin.transaction():
        assert vault.take(first, glass, "collected")
        waiting = threading.Thread(target=revoke)
        waiting.start()
        waiting.join(0.3)
        assert not ended
    waiting.join()

    assert ended == [(1,)]
    assert vault.living_tokens() == 0


def test_who_is_being_revoked_asks_for_nothing_any_more(vault: Vault, as_role: Connect) -> None:
    first = vault.administrator()
    vault.request(first)
    other = replace(vault, admin=replace(vault.org, connection=as_role(SUPERUSER)).enter())
    refused: list[str | None] = []

    def ask() -> None:
        with pytest.raises(psycopg.Error) as refusal:
            other.request(first)
        refused.append(state_of(refusal))

    with vault.admin.transaction():
        vault.revoke(first)
        waiting = threading.Thread(target=ask)
        waiting.start()
        waiting.join(0.3)
        assert not refused
    waiting.join()

    assert refused == ["VL005"]
