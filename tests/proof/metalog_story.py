"""What anchors an organisation's checkpoint in the meta-log, and what reads that; after a checkpoint was kept."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.conninfo import make_conninfo

from support.ledger_sql import SUPERUSER
from velaurum.audit import anchors, metalog, timestamps
from velaurum.audit.incarnations import Loss
from velaurum.db import operator
from velaurum.db.connection import Database, Tx
from velaurum.exports.lineage import Lineage
from velaurum.ops.evidence import cosigned
from velaurum.ops.evidence import metalog as evidence
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.metalog import Accounted
from velaurum.ops.evidence.signed import Outside
from velaurum.ops.evidence.trust import Trust
from velaurum.proofs import notes
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Note, Signer, VerifierKey
from velaurum.proofs.tiles import Tile
from velaurum.proofs.wire import ProofError
from velaurum.tenancy.context import OrgContext

# These run as the integrator's own role.
OF_THE_INTEGRATOR = frozenset(
    (
        "audit.anchors.anchor",
        "audit.timestamps.due",
        "audit.timestamps.keep",
        *(f"audit.metalog.{name}" for name in ("integrate", "publish", "uncosigned", "keep_cosignature")),
    )
)
# This runs as the operator's.
OF_THE_OPERATOR = frozenset(("audit.metalog.open",))
_WITNESS = Signer("witness.example", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32), notes.COSIGNATURE)


def anchor(conninfo: str) -> None:
    """Anchor every log's newest checkpoint, keep a note of the meta-log and a cosignature, as the integrator."""
    with closing(Database(make_conninfo(conninfo, user="velaurum_integrator"), max_connections=1)) as door:
        with door.installation() as tx:
            metalog.integrate(tx)
            assert anchors.anchor(tx, timedelta(0)) > 0
            metalog.publish(tx, 0, metalog.integrate(tx), "a note of all\n\nsigned\n")
        with door.installation() as tx:
            asked = metalog.uncosigned(tx, _WITNESS.verifier)
            assert asked is not None
            metalog.keep_cosignature(tx, asked, _WITNESS.sign("any text\n", 1_800_000_000))
            due = timestamps.due(tx, timedelta(0))
            assert due is not None
            timestamps.keep(tx, due, datetime.fromtimestamp(1_800_000_000, UTC), "tsa.example", b"a reply")


def take_up(conninfo: str, lost: Loss) -> None:
    """Take the meta-log up again, as the operator."""
    with closing(operator.door(make_conninfo(conninfo, user=SUPERUSER))) as door, door.installation() as tx:
        assert metalog.reopen(tx, lost, "restored") == lost


def read(conninfo: str, outside: Tx, org: OrgContext) -> None:
    """Read all that is served of the meta-log, what opens a leaf of it, and what a verification reads."""
    size = metalog.size(outside)
    assert len(metalog.entries(outside, 0, size)) == size
    assert len(metalog.reader(outside)(Tile(0, 0, size))) == size * 32
    newest = metalog.newest(outside)
    assert newest in metalog.every(outside)
    assert newest is not None
    assert newest == metalog.checkpoint(outside, 0, size)
    assert metalog.cosigned(outside, newest) != newest.note
    lost = Loss(metalog.current(outside) + 1, size, 1, size + 1, "A" * 43 + "=")
    take_up(conninfo, lost)
    assert timestamps.covering(outside, 0) is not None
    assert timestamps.newest(outside) == timestamps.every(outside)[0]
    tx = outside.within(org.org_id)
    assert anchors.newest(tx, org.org_id, size + 1_000) is not None
    findings = Findings()
    accounted = Accounted()
    evidence.anchors(tx, org.org_id, org.org_code, Lineage(), findings, accounted)
    assert accounted.leaves
    assert evidence.stored_tile(outside, 0, 0) is None
    statement = Outside(Checkpoint("log.example/meta/0", size, bytes(32)), "behind-since", "A file")
    evidence.verify(outside, Trust(_unsigned, _unsigned, (), False, (statement,)), None, findings)
    cosigned.verify_meta(outside, (), findings)
    # Nobody signed this story's checkpoint, and nobody stamped it.
    codes = {"checkpoint-unsigned", "cosignature-differs", "fork", "timestamp-refused"}
    assert {one.code for one in findings.kept} <= codes, findings.kept


def _unsigned(note: Note) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    raise ProofError(note.text)
