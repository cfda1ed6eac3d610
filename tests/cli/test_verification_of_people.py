"""`velaurum verify db` names what somebody did to texts that are sealed for people past every trigger (V-08, V-22)."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support import api_orgs
from support.api_orgs import ApiOrg
from support.authenticator import Authenticator
from support.command import Installation
from support.directories import directory
from support.guests import Guest, member
from support.http_client import Client
from support.ledger_sql import APP, SUPERUSER
from support.passkeys import register
from support.sealed import OFF, ON
from support.sign_ins import let_vouch
from support.staff import administrator
from support.whole_orgs import another
from support.written_notes import database_of
from velaurum.db import embedded
from velaurum.db.connection import Database

# Nobody asks it for anything here.
ISSUER = "https://login.invalid"


@dataclass(frozen=True, slots=True)
class Two:
    """Two people who have a name, a password and a provider's subject each; ids of rows by table and person."""

    org: ApiOrg
    rows: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What somebody writes, and the codes that name it; `both` where the rows of both people are wrong after it.

    A statement, where `%(ada)s` and `%(bea)s` are the ids of the two rows of a table; or columns that are swapped.
    """

    name: str
    table: str
    does: str | tuple[str, ...]
    codes: tuple[str, ...]
    both: bool = True


def swap(
    attacker: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: tuple[str, str]
) -> None:
    """Give each of two rows what the other has; for a moment the first has what is nobody's, as both are unique."""
    where = sql.Identifier(*table.split("."))
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    kept = [
        attacker.execute(sql.SQL("select {} from {} where id = %s").format(listed, where), [row]).fetchone()
        for row in rows
    ]
    aside = [None if one.endswith("_index") or one in NULLABLE else "aside" for one in columns]
    told = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(one)) for one in columns)
    for row, values in ((rows[0], aside), (rows[1], kept[0]), (rows[0], kept[1])):
        attacker.execute(
            sql.SQL("update {} set {} where id = %s").format(where, told), [*(values or ()), row]
        )


def cut(table: str, column: str, left: int) -> str:
    """Return what leaves so many bytes of the envelope of one row, whose form is as before."""
    envelope = f"substring(keys.envelope_of({column}) from 1 for {left})"
    return (
        f"update {table} set {column} = left({column}, 49) ||"  # noqa: S608 - of names that are listed below
        f" translate(encode({envelope}, 'base64'), e'\\n', '')"
        " where id = %(ada)s"
    )


PRINCIPAL, PASSWORDS, SUBJECTS = "identity.principal", "identity.password", "identity.provider_subject"
INVITATION, USERS, PASSKEYS = "identity.invitation", "identity.scim_user", "identity.passkey"
NULLABLE = ("external_id", "attributes", "attributes_digest")
OF_TEXT, OF_INDEX = ("record-differs", "note-differs"), ("index-differs",)
EVERY = [
    Wrong("two names swapped", PRINCIPAL, ("name",), OF_TEXT),
    Wrong(
        "a plain name",
        PRINCIPAL,
        "update identity.principal set name = 'Mallory' where id = %(ada)s",
        ("record-differs",),
        both=False,
    ),
    Wrong(
        "a plain name, and its former one",
        PRINCIPAL,
        "with a as (update identity.principal set name = 'Mallory' where id = %(ada)s)"
        " update audit.personal_value as x set value = 'Mallory', salt = sha256('') from audit.change as c"
        " where c.org_id = x.org_id and c.id = x.change_id and c.subject_id = %(ada)s",
        ("note-differs",),
        both=False,
    ),
    Wrong(
        "a name under the commitment of another one",
        PRINCIPAL,
        "update identity.principal as t set name = overlay(o.name placing substring(t.name from 5 for 44) from 5)"
        " from identity.principal as o where t.id = %(ada)s and o.id = %(bea)s",
        ("note-differs",),
        both=False,
    ),
    Wrong("a name cut short", PRINCIPAL, cut(PRINCIPAL, "name", 64), ("note-differs",), both=False),
    Wrong("a name cut to nothing", PRINCIPAL, cut(PRINCIPAL, "name", 3), OF_TEXT, both=False),
    Wrong("two logins swapped", PASSWORDS, ("login",), OF_TEXT),
    Wrong("two logins of invitations swapped", INVITATION, ("login",), OF_TEXT),
    Wrong(
        "two logins and their indexes swapped",
        PASSWORDS,
        (
            "login",
            "login_index",
        ),
        OF_TEXT,
    ),
    Wrong("the indexes of two logins swapped", PASSWORDS, ("login_index",), OF_INDEX),
    Wrong(
        "the index of a login taken away",
        PASSWORDS,
        "update identity.password set login_index = null where id = %(ada)s",
        OF_INDEX,
        both=False,
    ),
    Wrong(
        "a plain login",
        PASSWORDS,
        "update identity.password set login = 'mallory', login_index = null where id = %(ada)s",
        ("record-differs",),
        both=False,
    ),
    Wrong("a login cut short", PASSWORDS, cut(PASSWORDS, "login", 64), ("note-differs",), both=False),
    Wrong("two subjects swapped", SUBJECTS, ("subject",), OF_TEXT),
    Wrong("the indexes of two subjects swapped", SUBJECTS, ("subject_index",), OF_INDEX),
    Wrong("a subject cut short", SUBJECTS, cut(SUBJECTS, "subject", 64), ("note-differs",), both=False),
    Wrong("two users' names swapped", USERS, ("user_name",), OF_TEXT),
    Wrong("two external ids swapped", USERS, ("external_id",), OF_TEXT),
    # Of attributes the log has their digest alone.
    Wrong("two users' attributes swapped", USERS, ("attributes",), ("note-differs",)),
    Wrong("two digests swapped", USERS, ("attributes_digest",), OF_TEXT),
    Wrong("the indexes of two users' names swapped", USERS, ("user_name_index",), OF_INDEX),
    Wrong("the indexes of two external ids swapped", USERS, ("external_id_index",), OF_INDEX),
    Wrong("the indexes of two display names swapped", USERS, ("display_name_index",), OF_INDEX),
    Wrong(
        "the index of a display name taken away",
        USERS,
        "update identity.scim_user set display_name_index = null where id = %(ada)s",
        OF_INDEX,
        both=False,
    ),
    Wrong("two names of passkeys swapped", PASSKEYS, ("name",), OF_TEXT),
]


@pytest.fixture(scope="module")
def there() -> Iterator[Installation]:
    with another("people.example") as installation:
        yield installation


@pytest.fixture
def two(there: Installation) -> Iterator[Two]:
    conninfo = database_of(there).conninfo(user=APP, dbname=embedded.DATABASE)
    with ExitStack() as stack:
        door = stack.enter_context(closing(Database(conninfo, max_connections=2)))
        org = api_orgs.create(door, stack.enter_context(closing(Client(there.url))))
        front = let_vouch(org, ISSUER)
        people = [member(org, login=login) for login in ("ada", "bea")]
        for one in people:
            assert front.link(f"{one.login}@idp", one.principal_id).status == 201
            register(one.sign_in(), Authenticator(), name=f"{one.login}'s phone")
            provision(org, one)
        ids = [one.principal_id for one in people]
        with psycopg.connect(database_of(there).conninfo(user=SUPERUSER, dbname=embedded.DATABASE)) as asked:
            rows = {
                table: [
                    str(row[0])
                    for one in ids
                    for row in asked.execute(
                        sql.SQL("select id from {} where principal_id = %s").format(
                            sql.Identifier(*table.split("."))
                        ),
                        [one],
                    )
                ]
                for table in (INVITATION, PASSWORDS, SUBJECTS, USERS, PASSKEYS)
            }
        yield Two(org, {PRINCIPAL: (ids[0], ids[1]), **{table: (a, b) for table, (a, b) in rows.items()}})


def provision(org: ApiOrg, one: Guest) -> None:
    """Hand somebody over to the directory, which says something of them."""
    admin, at_work = administrator(org), directory(org)
    asked = {"principal": one.principal_id, "user_name": one.login, "external_id": f"x-{one.login}"}
    user = admin.must(admin.post("/scim-users", asked))["id"]
    said = {"op": "replace", "path": "displayName", "value": f"{one.login} of the directory"}
    at_work.must(at_work.patch(f"/Users/{user}", said))


def findings(there: Installation, two: Two) -> list[dict[str, str]]:
    done = there.command("verify", "db", "--org", two.org.code, "--json")
    assert done.stdout, done.stderr
    assert done.stdout, done.stderr
    said = json.loads(done.stdout)
    assert (done.code == 0) == (said["findings"] == []), done.stderr
    assert "not verified" not in json.dumps(said["notes"])
    found: list[dict[str, str]] = said["findings"]
    return found


@pytest.mark.parametrize("wrong", EVERY, ids=[one.name for one in EVERY])
def test_what_was_done_to_a_text_is_named(there: Installation, two: Two, wrong: Wrong) -> None:
    rows = two.rows[wrong.table]
    assert findings(there, two) == []
    with (
        psycopg.connect(
            database_of(there).conninfo(user=SUPERUSER, dbname=embedded.DATABASE), autocommit=True
        ) as attacker,
        attacker.transaction(),
    ):
        for step in OFF:
            attacker.execute(sql.SQL(step))
        if isinstance(wrong.does, tuple):
            swap(attacker, wrong.table, wrong.does, rows)
        else:
            attacker.execute(sql.SQL(wrong.does), {"ada": rows[0], "bea": rows[1]})
        for step in ON:
            attacker.execute(sql.SQL(step))

    found = findings(there, two)

    for code in wrong.codes:
        named = {one["record_id"] for one in found if one["code"] == code}
        assert named == set(rows if wrong.both else rows[:1]), (code, found)
    assert {one["code"] for one in found} == set(wrong.codes)
