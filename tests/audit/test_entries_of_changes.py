"""Entries of changes: SQL and Python build the same bytes, and what is personal or secret is in none of them."""

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from support.chronicle import NASTY, entered, leaves, lives, makes_item
from support.keyrings import keyring_within
from support.ledger_sql import SUPERUSER, Connect, act_as
from support.offices import Office
from velaurum import canonical
from velaurum.audit import entries
from velaurum.keys import person_names, sealed_texts
from velaurum.keys.sealed_texts import SealedText

VECTORS = sorted((Path(__file__).parent.parent / "vectors").glob("change_entry*.json"))
TABLES = {
    "item": "catalog.item",
    "location": "catalog.location",
    "sub-org": "tenancy.sub_org",
    "principal": "identity.principal",
    "role": "identity.role",
    "token": "identity.token",
    "assignment": "identity.assignment",
}
BROKEN = """
insert into identity.break_glass (org_id, id, reason, life, requested_by, credential_id, request_id, requested_at)
select p.org_id, %s, %s, '90 minutes', p.id, p.id, p.id, '2026-03-29T01:30:00.5+01:00'
from identity.principal as p where p.id = %s
"""


def written(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write the values of a version as change_entry() wants them, without any help of SQL."""
    shown = {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in row.items()}
    shown["recorded_at"] = row["recorded_at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return shown


def test_every_entry_is_the_one_that_python_builds(office: Office) -> None:
    lives(office)

    versions = leaves(office)

    assert {one["subject"] for one in versions} >= TABLES.keys()
    for row in versions:
        entry = entries.change_entry(written(row), written(row))
        assert bytes(row["entry"]) == entry
        assert bytes(row["leaf_hash"]) == canonical.leaf_hash(entry)
        assert entry == canonical.encode(json.loads(entry))


@pytest.mark.parametrize("subject", TABLES)
def test_a_record_is_the_row_that_python_reads(office: Office, subject: str) -> None:
    lives(office)
    newest = {row["subject_id"]: row for row in leaves(office) if row["subject"] == subject}
    with entered(office).cursor(row_factory=dict_row) as cursor:
        query = f"select t.* from {TABLES[subject]} as t where t.org_id = %s"  # noqa: S608 - names of ours
        rows = cursor.execute(query, [office.org.org_id]).fetchall()

    assert len(rows) == len(newest)
    for row in rows:
        version = newest[row["id"]]
        kept = {name: row[name] for name in row if name in entries.record(version["row_after"])}
        assert entries.record(kept) == version["row_after"]
        left_out = {name for name in row if row[name] is not None} - kept.keys()
        assert left_out <= {"org_id", "secret_hash", *version["commitments"]}


def test_what_is_personal_is_only_committed_to(office: Office) -> None:
    ada, said = office.hires("Ada Lovelace").id, "what somebody wrote"
    makes_item(office, description=said, attributes={"owner": said})

    versions = leaves(office)

    whole = b"".join(bytes(row["entry"]) for row in versions) + repr(versions).encode()
    assert b"Ada Lovelace" not in whole
    assert said.encode() not in whole
    committed = {
        (one["subject"], name): said for one in versions for name, said in one["commitments"].items()
    }
    kept = entered(office).execute(
        "select v.subject, p.name, p.salt, p.value from audit.personal_value as p inner join audit.version as v"
        " on p.org_id = v.org_id and p.change_id = v.change_id"
        " where v.org_id = %s and (v.subject = 'item' or v.subject_id = %s)",
        [office.org.org_id, ada],
    )
    told = {(subject, name): (salt, value) for subject, name, salt, value in kept.fetchall()}
    salt, value = told["item", "description"]
    assert value == said
    assert base64.b64decode(committed["item", "description"]) == entries.commitment(bytes(salt), value)
    salt, sealed = told["principal", "name"]
    assert salt is None
    with office.door.installation() as outside:
        tx, org_id = outside.within(office.org.org_id), office.org.org_id
        place = person_names.place(org_id, ada)
        opened, _ = sealed_texts.open_each(
            tx, org_id, keyring_within(tx), {0: SealedText(place, sealed, ada)}
        )
    assert opened[0].text == "Ada Lovelace"
    (name,) = [row["commitments"]["name"] for row in versions if str(row["subject_id"]) == ada]
    assert base64.b64decode(name) == entries.commitment(opened[0].salt, "Ada Lovelace")


def test_a_commitment_says_nothing_of_an_equal_value(office: Office) -> None:
    first, second = (office.hires("Ada").id for _ in range(2))

    committed = {str(row["subject_id"]): row["commitments"] for row in leaves(office)}

    assert committed[first] != committed[second]


def test_no_entry_holds_a_secret_or_its_hash(office: Office) -> None:
    issued = office.issues(office.hires().id, "auditor")
    assert issued.token is not None

    whole = repr(leaves(office))

    assert issued.created.require().id in whole
    for secret in (issued.token.text, issued.token.secret_hash.hex(), repr(issued.token.secret_hash)):
        assert secret not in whole
    assert "secret_hash" not in whole


@pytest.mark.parametrize(
    "session",
    [
        {"TimeZone": "Pacific/Chatham", "DateStyle": "SQL, DMY", "IntervalStyle": "iso_8601"},
        {"IntervalStyle": "sql_standard", "extra_float_digits": "-15", "bytea_output": "escape"},
    ],
    ids=",".join,
)
def test_no_session_setting_changes_an_entry(
    session: dict[str, str], office: Office, module_as_role: Connect
) -> None:
    connection = entered(office, module_as_role(SUPERUSER))
    for name, value in session.items():
        connection.execute("select set_config(%s, %s, false)", [name, value])
    made = str(uuid.uuid4())

    act_as(connection, office.org.actor_id)
    with connection.transaction():
        connection.execute("select fence.open()")
        connection.execute(
            "alter table identity.break_glass disable trigger break_glass_is_an_administrators"
        )
        connection.execute(BROKEN, [made, NASTY, office.org.actor_id])
        connection.execute(
            "alter table identity.break_glass enable always trigger break_glass_is_an_administrators"
        )

    (row,) = [row for row in leaves(office) if str(row["subject_id"]) == made]
    assert bytes(row["entry"]) == entries.change_entry(written(row), written(row))
    assert (row["row_after"]["life"], row["row_after"]["requested_at"]) == (
        "5400.000000",
        "2026-03-29T00:30:00.500000Z",
    )


flat = st.dictionaries(
    st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=8),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")), max_size=3),
    max_size=6,
)


@given(value=flat)
@example(value={"b": "".join(map(chr, range(1, 33))), "a": "\x7f\u2028", "C": [], "aa": ["x", "\\u0041"]})
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_value_is_encoded_alike(value: dict[str, Any], office: Office) -> None:
    by_sql = office.admin.execute("select audit.canonical(%s)", [Jsonb(value)]).fetchall()

    assert by_sql[0][0].encode() == canonical.encode(value)


def test_there_are_vectors() -> None:
    assert VECTORS


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_the_vectors_are_what_both_build(path: Path, office: Office) -> None:
    vector = json.loads(path.read_text("utf-8"))
    version = vector["version"] | {
        "previous_leaf": bytes.fromhex(vector["version"].get("previous_leaf") or "")
    }

    entry = entries.change_entry(version, vector["change"])

    assert entry.decode() == vector["entry"]
    assert canonical.leaf_hash(entry).hex() == vector["leaf_hash"]
    by_sql = (
        entered(office)
        .execute(
            "select audit.change_entry(jsonb_populate_record(null::audit.version, %s),"
            " jsonb_populate_record(null::audit.change, %s), %s, decode(%s, 'hex'))",
            [
                json.dumps(vector["version"]),
                json.dumps(vector["change"]),
                vector["change"]["actor_kind"],
                vector["version"].get("previous_leaf"),
            ],
        )
        .fetchall()
    )
    assert bytes(by_sql[0][0]) == entry
