"""The record of changes: whoever changes who may do what leaves a line with their name, or changes nothing (V-23)."""

import uuid
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from support.ledger_sql import OWNER, SUPERUSER, Connect, act_as
from support.offices import Office, open_office
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.identity import assignments, principals, roles, tokens
from velaurum.identity.assignments import NewAssignment
from velaurum.identity.roles import NewRole, RoleChange

APPOINTED = """
insert into identity.assignment (org_id, id, principal_id, role, created_by)
select p.org_id, p.id, p.id, 'auditor', p.created_by from identity.principal as p where p.id <> p.created_by
"""
RENAMED = "update identity.principal set name = 'erased' where id = %s"


def entered(office: Office, connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    connection.execute(
        "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false)",
        [office.org.org_id],
    )
    return connection


def test_every_verb_leaves_its_line_with_who_and_what(office: Office) -> None:
    made = office.hires("Ada").id
    office.renames(made, "Ada B.")
    role = office.does(roles.create, NewRole("packer", "Packer", ["read"]), idempotency_key="r").require()
    office.does(roles.update, role.id, 1, RoleChange(permissions=["read", "post"]))
    given = office.does(assignments.create, made, NewAssignment("packer"), idempotency_key="a").require()
    office.does(assignments.revoke, made, given.id)
    token = office.issues(made, "packer").created.require()
    office.does(principals.disable, made)
    office.does(principals.enable, made)

    lines = [line for line in office.record() if line.actor_id == office.org.actor_id]

    assert [(line.subject, line.action, line.subject_id) for line in reversed(lines)] == [
        ("principal", "created", made),
        ("principal", "changed", made),
        ("role", "created", role.id),
        ("role", "changed", role.id),
        ("assignment", "created", given.id),
        ("assignment", "revoked", given.id),
        ("token", "created", token.id),
        ("principal", "disabled", made),
        ("token", "revoked", token.id),
        ("principal", "enabled", made),
    ]
    assert {line.credential_id for line in lines} == {office.org.credential_id}
    assert all(line.request_id for line in lines)
    renamed = lines[-2]
    assert (renamed.before, renamed.after) == (
        {"name": "Ada", "version": 1},
        {"name": "Ada B.", "version": 2},
    )


def test_the_operators_own_hand_is_named_and_holds_no_credential(office: Office) -> None:
    born = office.record()[-1]

    assert (born.actor_name, born.actor_kind, born.credential_id) == ("platform-operator", "process", None)
    assert {line.actor_name for line in office.record()} == {"platform-operator"}


def test_no_line_holds_a_secret_or_its_hash(office: Office) -> None:
    issued = office.issues(office.hires().id, "auditor")
    assert issued.token is not None

    (kept,) = office.admin.execute(
        "select string_agg(c::text, ' ') from audit.change as c where c.org_id = %s", [office.org.org_id]
    ).fetchall()[0]

    assert issued.created.require().id in kept
    assert "secret" not in kept
    assert issued.token.secret_hash.hex() not in kept
    assert issued.token.text not in kept


@pytest.mark.parametrize("writer", [SUPERUSER, OWNER])
def test_a_write_without_an_actor_is_refused(writer: str, office: Office, module_as_role: Connect) -> None:
    connection = entered(office, module_as_role(SUPERUSER))
    if writer == OWNER:
        connection.execute("set session authorization velaurum_owner")

    for statement in (
        "update identity.principal set version = version + 1",
        "update identity.role set name = 'x'",
        "update identity.token set expires_at = expires_at + interval '1 day'",
        APPOINTED,
    ):
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(statement)
        assert refused.value.sqlstate == "VL013", statement


def test_who_acts_is_forgotten_with_the_transaction_and_by_who_enters_next(
    office: Office, module_as_role: Connect
) -> None:
    made = office.hires().id
    connection = entered(office, module_as_role(SUPERUSER))
    with connection.transaction():
        connection.execute(
            "select identity.act_as(%s, %s, null, null)", [office.org.org_id, office.org.actor_id]
        )
        connection.execute(RENAMED, [made])
        connection.execute("select tenancy.enter_lane(%s)", [office.org.org_id])
        with pytest.raises(psycopg.Error) as entered_anew, connection.transaction():
            connection.execute("update identity.principal set version = version + 1 where id = %s", [made])
    with pytest.raises(psycopg.Error) as afterwards:
        connection.execute("update identity.principal set version = version + 1 where id = %s", [made])

    assert (entered_anew.value.sqlstate, afterwards.value.sqlstate) == ("VL013", "VL013")


def test_an_actor_is_a_principal_of_the_organisation(
    office: Office, door: Database, module_as_role: Connect
) -> None:
    made = office.hires().id
    other = open_office(door, office.admin)
    connection = entered(office, module_as_role(SUPERUSER))

    for actor in (str(uuid.uuid4()), other.org.actor_id):
        act_as(connection, actor)
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute(RENAMED, [made])


def test_a_credential_speaks_for_its_own_principal_alone(office: Office) -> None:
    other = office.enters(office.issues(office.hires().id, "org-admin"))
    borrowed = replace(office.org, actor_id=other.actor_id)

    with pytest.raises(Refusal) as refused:
        office.hires("Mallory", by=borrowed)

    assert refused.value.code == "unauthenticated"


def test_a_write_of_what_is_kept_apart_is_no_change(office: Office, module_as_role: Connect) -> None:
    token = office.issues(office.hires().id, "auditor").created.require().id
    before = len(office.record())

    module_as_role(SUPERUSER).execute(
        "update identity.token set secret_hash = sha256('x') where id = %s", [token]
    )
    with office.door.installation() as outside:
        tokens.note_use(outside, office.org.org_id, token)

    assert len(office.record()) == before


def test_a_table_is_opted_in_by_one_line(office: Office, module_as_role: Connect) -> None:
    connection = entered(office, module_as_role(SUPERUSER))
    org_id, thing = office.org.org_id, str(uuid.uuid4())
    with connection.transaction(force_rollback=True):
        connection.execute("select fence.open()")
        connection.execute(
            "create table identity.thing (org_id uuid, id uuid, hash bytea, salt text, seen_at timestamptz, name text)"
        )
        connection.execute(
            "select audit.record_changes('identity.thing', 'thing', '{id}', '{salt,seen_at}', '{}', '')"
        )
        act_as(connection, office.org.actor_id)
        connection.execute(
            "insert into identity.thing values (%s, %s, '\\xff', 'salt', now(), 'a')", [org_id, thing]
        )
        connection.execute("update identity.thing set hash = '\\x00', salt = 's', seen_at = null")
        connection.execute("update identity.thing set name = 'b'")
        connection.execute("delete from identity.thing")

        lines = connection.execute(
            "select c.action, c.before, c.after from audit.change as c where c.subject_id = %s order by c.at",
            [thing],
        ).fetchall()

    assert lines == [
        ("created", None, {"name": "a"}),
        ("changed", {"name": "a"}, {"name": "b"}),
        ("removed", {"name": "b"}, None),
    ]
