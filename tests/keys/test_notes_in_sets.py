"""Sealed notes are verified a page at a time: what is found is what each has, and nobody asks for each (V-22)."""

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from keys.conftest import Bench
from support.ledger_sql import SUPERUSER, Connect, Org, receipt
from velaurum import secret_files
from velaurum.keys import local_keystore
from velaurum.keys.keyring import Keyring, Plain
from velaurum.keys.sealed_texts import Text
from velaurum.ledger import notes as places
from velaurum.ops.evidence import notes
from velaurum.ops.evidence.findings import Findings
from velaurum.tenancy.context import OrgId

COUNT = notes.AT_ONCE + 50  # a page, and the beginning of another one
DAMAGED = (
    "update ledger.movement_note as n set sealed = case m.log_index"
    " when %(first)s then overlay(n.sealed placing '\\x00'::bytea from octet_length(n.sealed))"
    " when %(first)s + 1 then overlay(n.sealed placing '\\x00'::bytea from 1)"
    " when %(first)s + 2 then (select x.sealed from ledger.movement_note as x inner join ledger.movement as y"
    " on x.org_id = y.org_id and x.movement_id = y.id where y.org_id = %(org)s and y.log_index = %(first)s + 9)"
    " when %(first)s + 3 then overlay(n.sealed placing uuid_send(gen_random_uuid()) from 5)"
    " else n.sealed end from ledger.movement as m where n.org_id = %(org)s and m.org_id = %(org)s"
    " and n.movement_id = m.id and m.log_index between %(first)s and %(first)s + 3"
)


@pytest.fixture
def org(module_org_factory: Callable[..., Org]) -> Org:
    return module_org_factory(items=["BOLT"], locations=["A"])


def noted(bench: Bench, keyring: Keyring, org: Org) -> int:
    """Post movements with notes that the product sealed; return the index of the first one."""
    org_id = OrgId(org.org_id)
    texts = [(str(uuid.uuid4()), Text(hashlib.sha256(b"%d" % n).digest(), f"note {n}")) for n in range(COUNT)]
    with bench.within(org_id) as tx:
        sealed = keyring.seal_many(
            tx, org_id, [Plain(places.place(org_id, key), text.packed(), None) for key, text in texts]
        )
    org.post(
        receipt("BOLT", "A", "1")
        | {
            "idempotency_key": key,
            "note_sealed": f"\\x{envelope.hex()}",
            "note_commitment": f"\\x{text.commitment.hex()}",
        }
        for (key, text), envelope in zip(texts, sealed, strict=True)
    )
    found = org.connection.execute(
        "select min(m.log_index) from ledger.movement as m where m.org_id = %s", [org.org_id]
    ).fetchone()
    assert found is not None
    return int(found[0])


def damage(superuser: psycopg.Connection[Any], org: Org, first: int) -> None:
    """Change four envelopes: one of its bytes, its form, another note's, and the key that it names."""
    with superuser.transaction():
        superuser.execute("set local event_triggers = off")  # the fence lets nobody alter a table
        superuser.execute("select set_config('velaurum.org', %s, true)", [org.org_id])
        superuser.execute("alter table ledger.movement_note disable trigger user")
        superuser.execute(DAMAGED, {"first": first, "org": org.org_id})


def test_what_is_found_is_what_each_note_has_and_pages_cost_a_few_statements(
    bench: Bench, org: Org, module_as_role: Connect
) -> None:
    keyring, org_id, findings = bench.keyring(), OrgId(org.org_id), Findings()
    first = noted(bench, keyring, org)
    damage(module_as_role(SUPERUSER), org, first)
    verifying = bench.keyring()

    with bench.within(org_id) as tx:
        unopened = notes.verify(tx, verifying, org_id, org.code, findings)
    ran = sum(one.calls for one in verifying.database.counts.snapshot().values())  # type: ignore[union-attr]

    assert unopened == 0
    assert [(one.code, one.log_index) for one in findings.kept] == [
        ("note-differs", first + n) for n in range(4)
    ]
    assert all(one.detail.endswith("Its envelope does not open.") for one in findings.kept)
    assert ran < 20


def test_without_a_keyring_all_of_them_are_counted(bench: Bench, org: Org) -> None:
    org_id, findings = OrgId(org.org_id), Findings()
    noted(bench, bench.keyring(), org)

    with bench.within(org_id) as tx:
        assert notes.verify(tx, None, org_id, org.code, findings) == COUNT
    assert findings.kept == []


def test_a_provider_that_is_away_leaves_them_unopened_and_blames_none(bench: Bench, org: Org) -> None:
    org_id, findings = OrgId(org.org_id), Findings()
    noted(bench, bench.keyring(), org)
    (bench.data_dir / secret_files.FOLDER / local_keystore.FOLDER).rename(bench.data_dir / "away")

    with bench.within(org_id) as tx:
        assert notes.verify(tx, bench.keyring(), org_id, org.code, findings) == COUNT
    assert findings.kept == []
