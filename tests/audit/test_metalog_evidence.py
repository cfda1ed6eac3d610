"""Whoever rewrites the meta-log past every wall is named by a verification (V-20, V-22)."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.ledger_sql import INTEGRATOR
from support.sealed import Sealed
from velaurum.audit import metalog, signers, timestamps
from velaurum.db.connection import Database
from velaurum.ops.anchoring import Anchorer

LEAVES = 3
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
        {"transaction-differs"},
    ),
}


def anchored(sealed: Sealed) -> None:
    """Anchor the log a few times, and keep what stands for a time stamp."""
    with closing(Database(sealed.conninfo(INTEGRATOR), max_connections=1)) as door:
        for _ in range(LEAVES):
            sealed.post_and_sign()
            assert Anchorer(door, signers.load(sealed.data_dir), timedelta(0)).follow() == 1
        with door.installation() as tx:
            published = metalog.newest(tx)
            assert published is not None
            timestamps.keep(tx, published, datetime(2026, 11, 22, tzinfo=UTC), "tsa.example", b"a reply")


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
