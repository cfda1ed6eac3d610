"""Every table of an organisation is carried away, or it is said why not (V-19)."""

import re
from pathlib import Path

import velaurum
from velaurum.exchange import org_pages
from velaurum.tenancy.context import OrgId

SQL = Path(velaurum.__file__).parent / "sql"
GUIDE = Path(__file__).parents[2] / "docs/guide/carrying-away.md"
_TENANT = re.compile(r"\('([a-z_]+\.[a-z_]+)', '(?:tenant|directory)',")
_RECORD = re.compile(r"audit\.record_changes\(\s*'([a-z_]+\.[a-z_]+)'")

# In files of their own, or in the log that is made of them.
CARRIED = {
    "ledger.movement": "data/movements",
    "ledger.movement_note": "data/movements",
    "ledger.balance": "data/balances",
    "ledger.head": "checkpoint",
    "ledger.decision": "data/decisions",
    "tenancy.access_event": "data/accesses",
    "tenancy.sighting": "data/sightings",
    "identity.erasure": "data/erasures",
    "identity.legal_hold": "data/legal-holds",
    "identity.restriction": "data/restrictions",
    "audit.change": "data/history",
    "audit.version": "data/history",
    "audit.personal_value": "disclosures.jsonl",
    "audit.tile": "tile",
    "audit.checkpoint": "checkpoints",
    "audit.cosignature": "checkpoint",
    "audit.anchor": "meta",
}
NOT_CARRIED = {
    "keys.data_key": "every key",
    "keys.index_key": "every key",
    "identity.session": "sessions",
    "identity.sign_in": "sessions",
    "identity.sign_in_failure": "sessions",
    "identity.token_use": "hashes of passwords and tokens",
    "identity.passkey_use": "passkeys' keys",
    "identity.passkey_challenge": "passkeys' keys",
    "identity.recovery_code": "second factors",
    "webhooks.delivery": "work under way",
    "webhooks.attempt": "work under way",
    "webhooks.act": "work under way",
    "jobs.job": "work under way",
    "jobs.attempt": "work under way",
    "jobs.act": "work under way",
    "jobs.integration_job": "work under way",
    "jobs.integration_step": "work under way",
    "jobs.reminder": "reminders",
    "events.subscriber": "work under way",
    "events.inbox": "work under way",
    "transport.queue": "work under way",
    "transport.message": "work under way",
}


def test_every_table_is_carried_or_said_not_to_be() -> None:
    tables = set(_TENANT.findall((SQL / "catalogue.sql").read_text()))
    records = {
        name for path in (SQL / "routines").glob("*.sql") for name in _RECORD.findall(path.read_text())
    }

    assert len(tables) > 60
    assert records <= tables
    assert tables - records == {*CARRIED, *NOT_CARRIED}
    assert not CARRIED.keys() & NOT_CARRIED.keys()


def test_the_guide_names_what_is_not_carried() -> None:
    said = " ".join(GUIDE.read_text().split())
    (listed,) = re.findall(r"Not in it: (.*?)\. \[Why", said)

    assert {reason for reason in NOT_CARRIED.values() if reason not in listed} == set()


def test_what_stands_in_no_log_is_in_files_of_its_own() -> None:
    names = {f"data/{one.name}" for one in org_pages.outside(OrgId("any"), 0, "")}

    assert names < set(CARRIED.values())
    assert all(name in GUIDE.read_text() for name in names)
