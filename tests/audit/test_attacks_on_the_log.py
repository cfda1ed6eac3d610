"""Whoever rewrites what vouches for the logs past every wall is named by a verification (V-20, V-22, V-23)."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from attacks.rewritings_of_logs import REWRITINGS_OF_LOGS, RewritingOfLogs
from support.ledger_sql import INTEGRATOR
from support.sealed import Sealed
from support.timestamp_authority import Authority
from velaurum.audit import metalog, signers, timestamps, verifications
from velaurum.audit.verifications import Result
from velaurum.db.connection import Database
from velaurum.ops.anchoring import Anchorer
from velaurum.ops.rotating import Rotation
from velaurum.tenancy.context import OrgId

LEAVES = 3
STAMPED_AT = datetime(2026, 11, 22, tzinfo=UTC)
FOUND = Result(
    "2026-11-22T10:00:00.000000Z",
    "2026-11-22T10:00:09.000000Z",
    17,
    "A" * 43 + "=",
    2,
    ["entry-differs", "fork"],
    "0.1.0",
    "0f" * 32,
    is_scheduled=True,
)
DOCUMENT = Path(__file__).parents[2] / "docs/security/attacks.md"


def vouched_for(sealed: Sealed) -> None:
    """Rotate the key of the logs, record what a verification found, and anchor, sign and stamp all of it."""
    with closing(Database(sealed.conninfo(INTEGRATOR), max_connections=1)) as door:
        signer = signers.load(sealed.data_dir)
        (old,) = signer.keyring.keys
        rotation = Rotation(door, signer, "by the book")
        rotation.add("ed25519", timedelta(0))
        rotation.retire(old.id, before_time=True)
        org_id = OrgId(sealed.org_id)
        with door.installation() as outside:
            verifications.record(outside.within(org_id), org_id, FOUND)
        for _ in range(LEAVES):
            sealed.post_and_sign()
            assert Anchorer(door, signer, timedelta(0)).follow() == 1
        with door.installation() as tx:
            published = metalog.newest(tx)
            assert published is not None
            reply = Authority().stamp(published.note.encode(), STAMPED_AT)
            timestamps.keep(tx, published, STAMPED_AT, "tsa.example", reply)


def test_what_nobody_rewrote_holds(sealed: Sealed) -> None:
    vouched_for(sealed)

    assert sealed.verdict().findings.kept == []


@pytest.mark.parametrize("rewriting", REWRITINGS_OF_LOGS, ids=[one.name for one in REWRITINGS_OF_LOGS])
def test_a_rewriting_is_reported_with_its_record(sealed: Sealed, rewriting: RewritingOfLogs) -> None:
    vouched_for(sealed)
    record_id = newest_record(sealed, rewriting.of)

    sealed.rewrite(*rewriting.steps)

    found = sealed.verdict().findings.kept
    assert tuple(sorted({one.code for one in found})) == rewriting.codes, found
    named = [one for one in found if one.code == rewriting.codes[0]]
    assert rewriting.names in named[0].detail
    assert record_id in {None, *(one.record_id for one in named)}


def newest_record(sealed: Sealed, subject: str) -> str | None:
    with sealed.superuser() as connection:
        row = connection.execute(
            "select v.subject_id::text from audit.version as v where v.subject = %s"
            " order by v.log_index desc limit 1",
            [subject],
        ).fetchone()
    return None if row is None else row[0]


def test_the_page_lists_these_rewritings_and_what_is_said_of_them() -> None:
    section = DOCUMENT.read_text("utf-8").partition("## On the log past every wall")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|") and not line.startswith("|-")]

    listed = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines]

    assert listed[1:] == [one.cells for one in REWRITINGS_OF_LOGS]
