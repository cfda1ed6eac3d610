"""SQL takes no login in plain, and no text under another key than its person's, whoever writes (V-08, V-25)."""

from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.browsers import operator
from support.guests import Guest, invite, member
from support.oidc_provider import OidcProvider
from support.sign_ins import let_vouch
from support.staff import administrator
from velaurum.db.connection import Database

COPY: LiteralString = """
    insert into {table} select (jsonb_populate_record(null::{table}, to_jsonb(x) || %s::jsonb || jsonb_build_object(
        'id', gen_random_uuid()))).* from {table} as x where x.org_id = %s limit 1"""
# A sealed text for the same commitment with another envelope, and such envelopes: one under the organisation's key.
UNDER: LiteralString = "left({text}, 49) || {envelope}"
THE_ORGANISATIONS: LiteralString = """
    (select replace(encode(k.sealed, 'base64'), E'\\n', '') from keys.index_key as k where k.org_id = x.org_id)"""
A_COLLEAGUES: LiteralString = """
    (select split_part(p.name, '.', 3) from identity.principal as p where p.org_id = x.org_id and p.kind = 'user'
     and p.id <> x.{whose} and p.name like 'VE1.%%' limit 1)"""
WRITE: LiteralString = "update {table} as x set {column} = {text} where x.org_id = %s and x.{whose} = %s"
UNDER_A_PERSONS: LiteralString = """
    update {table} as x set sealed = keys.envelope_of(p.name) from identity.principal as p
    where x.org_id = %s and p.id = %s"""
SEAL_FORMER: LiteralString = """
    select audit.seal_value(x.org_id, x.change_id, x.name, x.value, {text}) from audit.personal_value as x
    where x.org_id = %s and x.name = 'login' limit 1"""
TEXTS = [
    ("identity.principal", "name", "id"),
    ("identity.invitation", "login", "principal_id"),
    ("identity.password", "login", "principal_id"),
    ("identity.provider_subject", "subject", "principal_id"),
]
Connection = psycopg.Connection[Any]


@pytest.fixture
def ada(org: ApiOrg, oidc_provider: OidcProvider) -> Guest:
    """Somebody with all that is sealed; there is a colleague as well."""
    ada, _ = member(org), member(org, login="bea")
    assert let_vouch(org, oidc_provider.issuer).link("ada@idp", ada.principal_id).status == 201
    return ada


@pytest.fixture
def by_hand(ada: Guest, api_door: Database) -> Iterator[Connection]:
    with operator(api_door, ada.org) as (connection, _):
        connection.execute("select tenancy.set_context(%s, null)", [ada.org.org_id])
        yield connection
        connection.rollback()


@pytest.mark.parametrize("table", ["invitation", "password", "provider_subject"])
@pytest.mark.parametrize("said", ["plain", "VE1.", None])
def test_no_login_or_subject_is_written_in_plain_or_without_an_index(
    by_hand: Connection, ada: Guest, table: str, said: str | None
) -> None:
    column = "subject" if table == "provider_subject" else "login"
    otherwise = {f"{column}_index": None} if said is None else {column: said}

    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        by_hand.execute(
            COPY.format(table=f"identity.{table}"), [psycopg.types.json.Jsonb(otherwise), ada.org.org_id]
        )

    assert refused.value.diag.constraint_name == f"{table}_{column}_sealed_check"
    assert "plain" not in str(refused.value)


@pytest.mark.parametrize(("table", "column", "whose"), TEXTS)
@pytest.mark.parametrize("envelope", [THE_ORGANISATIONS, A_COLLEAGUES])
def test_no_text_of_a_person_is_under_another_key_than_theirs(
    by_hand: Connection, ada: Guest, table: str, column: str, whose: str, envelope: LiteralString
) -> None:
    text = UNDER.format(text=f"x.{column}", envelope=envelope.format(whose=whose))
    statement = WRITE.format(table=table, column=column, text=text, whose=whose)

    with pytest.raises(psycopg.DatabaseError, match="is not sealed under") as refused:
        by_hand.execute(statement, [ada.org.org_id, ada.principal_id])  # type: ignore[arg-type]

    assert refused.value.sqlstate == "VL052"


def test_what_is_the_organisations_is_under_no_persons_key(by_hand: Connection, ada: Guest) -> None:
    ada.enrol(ada.sign_in())

    for table in ("identity.second_factor", "keys.index_key"):
        with pytest.raises(psycopg.DatabaseError) as refused, by_hand.transaction():
            by_hand.execute(UNDER_A_PERSONS.format(table=table), [ada.org.org_id, ada.principal_id])
        assert refused.value.sqlstate == "VL052"


def test_no_former_text_is_under_another_key_than_its_persons(by_hand: Connection, ada: Guest) -> None:
    text = UNDER.format(text="x.value", envelope=THE_ORGANISATIONS)
    statement = SEAL_FORMER.format(text=text)

    with pytest.raises(psycopg.DatabaseError) as refused:
        by_hand.execute(statement, [ada.org.org_id])  # type: ignore[arg-type]

    assert refused.value.sqlstate == "VL052"


def test_no_note_is_under_another_key_than_whose_it_is(by_hand: Connection, ada: Guest) -> None:
    ada.org.movement({**RECEIPT, "note": "broken seal"})
    envelopes = by_hand.execute(
        "select n.movement_id, n.sealed, decode(split_part(p.name, '.', 3), 'base64')"
        " from ledger.movement_note as n inner join identity.principal as p on p.org_id = n.org_id"
        " where n.org_id = %s and p.id = %s",
        [ada.org.org_id, ada.principal_id],
    ).fetchone()
    assert envelopes is not None

    with pytest.raises(psycopg.DatabaseError) as refused:
        by_hand.execute("select ledger.seal_note(%s, %s, %s, %s)", [ada.org.org_id, *envelopes])

    assert refused.value.sqlstate == "VL052"


def test_an_index_does_not_come_back_to_who_was_erased(by_hand: Connection, ada: Guest) -> None:
    admin = administrator(ada.org)
    invite(ada.org, ada.principal_id, "ada-again")
    for act in ("disabling", "erasure"):
        admin.must(admin.post(f"/principals/{ada.principal_id}/{act}"))

    for table in ("invitation", "password", "provider_subject"):
        column = "subject" if table == "provider_subject" else "login"
        whose = {"table": f"identity.{table}", "whose": "principal_id"}
        statement = WRITE.format(column=f"{column}_index", text="sha256('ada')", **whose)
        with pytest.raises(psycopg.DatabaseError) as refused, by_hand.transaction():
            by_hand.execute(statement, [ada.org.org_id, ada.principal_id])
        assert refused.value.sqlstate == "VL001"
