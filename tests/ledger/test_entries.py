"""Entries: SQL and Python build the same bytes, whatever the texts and whatever the session."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from support.ledger_sql import APP, SUPERUSER, Connect, Org, create_org, issue, receipt, transfer
from support.postings import Request, noted, reversal, shown
from velaurum import canonical
from velaurum.ledger import entries

VECTORS = sorted((Path(__file__).parent.parent / "vectors").glob("movement_entry*.json"))
INSTANTS = ("occurred_at", "recorded_at")
QUANTITIES = ("quantity", "source_on_hand", "target_on_hand")
NASTY = 'quote " backslash \\ slash / DEL \x7f separators \u2028\u2029 é ß 漢 \U0001f980 \U0010fffd <&> \\u0041 \\x00'

SESSIONS = [
    {"TimeZone": "Pacific/Chatham", "DateStyle": "SQL, DMY", "IntervalStyle": "iso_8601"},
    {"TimeZone": "America/St_Johns", "DateStyle": "German", "IntervalStyle": "sql_standard"},
    {"lc_numeric": "C", "extra_float_digits": "-15", "bytea_output": "escape"},
    {"standard_conforming_strings": "off", "escape_string_warning": "off", "backslash_quote": "on"},
    {"quote_all_identifiers": "on", "xmlbinary": "hex", "array_nulls": "off", "lc_time": "C"},
]

characters = st.characters(exclude_categories=("Cs",), min_codepoint=0x20)
texts = st.text(characters, min_size=1, max_size=200)
notes = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=300)
quantities = st.decimals(
    min_value=Decimal("1e-9"), max_value=Decimal(9999999999999999999), places=9
) | st.decimals(min_value=1, max_value=1000, places=2)


@pytest.fixture(scope="module")
def org(module_as_role: Connect) -> Org:
    """Make an organisation that posts in sessions of every sort."""
    return create_org(module_as_role(APP), items=["BOLT"], locations=["A", "B"])


def stored(org: Org, log_indexes: Iterable[int]) -> list[dict[str, Any]]:
    """Read movements as typed values, and the kind of their actor."""
    query = (
        "select m.*, p.kind as actor_kind from ledger.movement as m"
        " join identity.principal as p on p.org_id = m.org_id and p.id = m.actor_id"
        " where m.org_id = %s and m.log_index = any(%s) order by m.log_index"
    )
    with org.connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, [org.org_id, list(log_indexes)]).fetchall()


def entry_row(row: Request) -> dict[str, Any]:
    """Write the values of a stored movement as movement_entry() wants them, without any help of SQL."""
    written = {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in row.items()}
    for name in INSTANTS:
        written[name] = row[name].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for name in QUANTITIES:
        written[name] = None if row[name] is None else f"{row[name]:.9f}"
    return written


def check(org: Org, requests: list[dict[str, Any]], poster: Org | None = None) -> None:
    """Post requests that are all accepted, and compare what SQL stored with what Python builds."""
    rows = stored(org, [shown(row)["log_index"] for row in (poster or org).post(requests)])
    for request, row in zip(requests, rows, strict=True):
        entry = entries.movement_entry(entry_row(row))
        assert bytes(row["entry"]) == entry
        assert bytes(row["leaf_hash"]) == canonical.leaf_hash(entry)
        if "note_commitment" in request:
            assert bytes(row["note_commitment"]) == bytes.fromhex(request["note_commitment"][2:])
        for name in ("reason", "reference"):
            assert row[name] == request.get(name)


@given(reason=texts, reference=texts, note=notes)
@example(reason=NASTY, reference=NASTY, note=NASTY + "".join(map(chr, range(1, 32))))
@settings(max_examples=50, deadline=None)
def test_texts_are_encoded_alike(reason: str, reference: str, note: str, org: Org) -> None:
    request = receipt("BOLT", "A", "1")

    check(org, [request | {"reason": reason, "reference": reference}, noted(request, note)])


@given(quantity=quantities)
@example(quantity=Decimal("9999999999999999999.999999999"))
@example(quantity=Decimal("1E+3"))
@example(quantity=Decimal("0.1000"))
@settings(max_examples=50, deadline=None)
def test_quantities_of_every_scale_are_encoded_alike(quantity: Decimal, org: Org) -> None:
    check(org, [receipt("BOLT", "A", f"{quantity}"), transfer("BOLT", "A", "B", f"{quantity}")])


@pytest.mark.parametrize("occurred_at", ["1900-01-01T00:00:00Z", "2024-02-29T23:59:59.999999-14:00"])
def test_instants_are_encoded_alike(occurred_at: str, org: Org) -> None:
    check(org, [receipt("BOLT", "A", "1") | {"occurred_at": occurred_at}])


@pytest.mark.parametrize("status", ["available", "quarantine", "blocked", "damaged"])
def test_lots_serials_and_statuses_are_encoded_alike(status: str, org: Org) -> None:
    milk, pump = (org.item(f"{noun}-{status}", tracking=noun) for noun in ("lot", "serial"))
    org.lot(milk, "L1")
    org.serial(pump, "S1")
    received = {"target_status": status}

    check(
        org,
        [
            receipt(f"lot-{status}", "A", "2.5") | received | {"lot_code": "L1"},
            receipt(f"serial-{status}", "A", "1") | received | {"serial_code": "S1"},
            transfer(f"serial-{status}", "A", "B", "1") | {"serial_code": "S1", "source_status": status},
            receipt("BOLT", "A", "1") | received,
        ],
    )


def test_a_reversal_is_encoded_alike(org: Org) -> None:
    (received,) = org.post([receipt("BOLT", "A", "1")])

    check(org, [reversal(received)])


@pytest.mark.parametrize("session", SESSIONS, ids=",".join)
def test_no_session_setting_changes_an_entry(
    session: dict[str, str], org: Org, module_as_role: Connect
) -> None:
    connection = module_as_role(APP)
    poster = replace(org, connection=connection)
    for name, value in session.items():
        connection.execute(sql.SQL("set {} = {}").format(sql.Identifier(name), sql.Literal(value)))

    request = receipt("BOLT", "A", "1.5") | {"occurred_at": "2026-07-01T12:00:00.25Z"}
    request |= {"reason": NASTY, "reference": NASTY}
    check(org, [noted(request, NASTY), issue("BOLT", "A", "0.25")], poster)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_the_known_answer_holds_in_both_languages(path: Path, module_as_role: Connect) -> None:
    vector = json.loads(path.read_text("utf-8"))
    row, actor_kind = vector["movement"], vector["actor_kind"]

    (entry,) = module_as_role(SUPERUSER).execute(
        "select ledger.movement_entry(jsonb_populate_record(null::ledger.movement, %s), %s)",
        [Jsonb(row), actor_kind],
    ).fetchone() or (b"",)

    committed = row["note_commitment"]
    commitment = None if committed is None else bytes.fromhex(committed.removeprefix("\\x"))
    in_python = entries.movement_entry(row | {"note_commitment": commitment, "actor_kind": actor_kind})
    assert bytes(entry).decode() == in_python.decode() == vector["entry"]
    assert canonical.leaf_hash(bytes(entry)).hex() == vector["leaf_hash"]
