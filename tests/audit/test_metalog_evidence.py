"""Whoever rewrites the meta-log past every wall is named by a verification (V-20, V-22)."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.ledger_sql import INTEGRATOR
from support.sealed import Sealed
from support.timestamp_authority import Authority
from velaurum.audit import metalog, signers, timestamps
from velaurum.db.connection import Database
from velaurum.ops.anchoring import Anchorer

LEAVES = 3
STAMPED_AT = datetime(2026, 11, 22, tzinfo=UTC)
REWRITINGS = {
    "a salt": (
        "update audit.anchor set salt = sha256(salt), xid = pg_current_xact_id() where leaf_index = 1",
        {"anchor-differs"},
    ),
    "an anchor of another checkpoint": (
        """
        update audit.anchor as a set size = c.size, xid = pg_current_xact_id() from audit.checkpoint as c
        where a.leaf_index = 1 and c.org_id = a.org_id and c.size = (select min(y.size) from audit.checkpoint as y)
        """,
        {"anchor-differs"},
    ),
    "an anchor that is written again": (
        "update audit.anchor set anchored_at = anchored_at - interval '1 day' where leaf_index = 1",
        {"transaction-differs"},
    ),
    "no anchor": ("delete from audit.anchor where leaf_index = 1", {"anchor-missing"}),
    "an entry and its leaf": (
        """
        update platform.meta_leaf
        set entry = '\\x07', leaf_hash = sha256('\\x0007'::bytea), xid = pg_current_xact_id() where leaf_index = 1
        """,
        {"anchor-differs", "checkpoint-differs", "fork"},
    ),
    "no last leaf": (
        "delete from platform.meta_leaf where leaf_index = 2",
        {"anchor-differs", "checkpoint-beyond", "behind-last-statement"},
    ),
    "a checkpoint": (
        """
        update platform.meta_checkpoint set note = replace(note, '/meta/', '/Meta/'), xid = pg_current_xact_id()
        where size = 2
        """,
        {"checkpoint-unsigned"},
    ),
    "a time stamp": (
        "update platform.meta_timestamp set stamped_at = stamped_at - interval '1 day'",
        {"transaction-differs", "timestamp-refused"},
    ),
}


def anchored(sealed: Sealed, authority: Authority | None = None) -> None:
    """Anchor the log a few times, and have the last checkpoint stamped."""
    authority = authority or Authority()
    with closing(Database(sealed.conninfo(INTEGRATOR), max_connections=1)) as door:
        for _ in range(LEAVES):
            sealed.post_and_sign()
            assert Anchorer(door, signers.load(sealed.data_dir), timedelta(0)).follow() == 1
        with door.installation() as tx:
            published = metalog.newest(tx)
            assert published is not None
            reply = authority.stamp(published.note.encode(), STAMPED_AT)
            timestamps.keep(tx, published, STAMPED_AT, "tsa.example", reply)


def test_a_meta_log_that_nobody_touched_holds(sealed: Sealed) -> None:
    anchored(sealed)

    assert sealed.verdict().findings.kept == []


def test_a_policy_that_does_not_name_it_takes_its_checkpoints_as_they_are(
    sealed: Sealed, tmp_path: Path
) -> None:
    anchored(sealed)
    policy = tmp_path / "policy"
    policy.write_text(f"log {signers.load(sealed.data_dir).verifier(sealed.origin)}\nquorum none\n", "utf-8")
    assert sealed.verdict(policy=policy).findings.kept == []

    sealed.rewrite(REWRITINGS["an entry and its leaf"][0])

    codes = {one.code for one in sealed.verdict(policy=policy).findings.kept}
    assert codes == {"anchor-differs", "checkpoint-differs"}


@pytest.mark.parametrize("name", REWRITINGS)
def test_a_rewriting_is_named(sealed: Sealed, name: str) -> None:
    statement, codes = REWRITINGS[name]
    anchored(sealed)

    sealed.rewrite(statement)

    assert {one.code for one in sealed.verdict().findings.kept} == codes


def test_a_time_stamp_is_held_to_the_certificates_that_are_given(sealed: Sealed, tmp_path: Path) -> None:
    authority, forger = Authority(), Authority()
    anchored(sealed, authority)
    believed = tmp_path / "tsa.pem"
    believed.write_bytes(authority.pem)
    assert sealed.verdict(timestamp_ca=believed).findings.kept == []

    # Whoever makes up a reply makes up its certificate as well.
    with sealed.superuser() as connection:
        row = connection.execute(
            "select note from platform.meta_checkpoint order by size desc limit 1"
        ).fetchone()
    assert row is not None
    forged = forger.stamp(row[0].encode(), STAMPED_AT).hex()
    sealed.rewrite(
        f"update platform.meta_timestamp set reply = decode('{forged}', 'hex'), xid = pg_current_xact_id()"  # noqa: S608
    )

    assert sealed.verdict().findings.kept == []
    (found,) = sealed.verdict(timestamp_ca=believed).findings.kept
    assert (found.code, "3 leaves" in found.detail) == ("timestamp-refused", True)


def test_a_time_stamp_of_another_checkpoint_is_refused(sealed: Sealed) -> None:
    authority = Authority()
    anchored(sealed, authority)
    other = authority.stamp(b"another checkpoint\n", STAMPED_AT).hex()

    sealed.rewrite(
        f"update platform.meta_timestamp set reply = decode('{other}', 'hex'), xid = pg_current_xact_id()"  # noqa: S608
    )

    (found,) = sealed.verdict().findings.kept
    assert (found.code, "over something else" in found.detail) == ("timestamp-refused", True)
