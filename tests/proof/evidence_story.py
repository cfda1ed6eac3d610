"""What `velaurum verify db` reads of a log that was integrated, each statement called once."""

import msgspec

from proof.units_story import HELD, ITEM
from velaurum.catalog import items
from velaurum.db.connection import Tx
from velaurum.ops.evidence import conversions, movements, periods, records, signed, stock, stretches, versions
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.leaves import Walk
from velaurum.proofs import tiles
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Note
from velaurum.proofs.wire import ProofError
from velaurum.tenancy.context import OrgContext


def play(outside: Tx, org: OrgContext) -> None:
    """Read a log with a tile that is full as a verification does."""
    tx = outside.within(org.org_id)
    findings = Findings()
    walk = Walk(org.org_code, findings)
    tree = signed.Tree(tx, org.org_id, org.org_code, findings, _unsigned, [], tiles.WIDTH)
    tree.grow(walk.leaves([stretches.read(tx, org.org_id, org.org_code, 0)]), lambda _: None)
    tree.finish()
    signed.bracket(tx, org.org_id, tree.size - 1)
    signed.bracket(tx, org.org_id, tree.size)
    findings.take(stock.replay(tx, org.org_id, org.org_code))
    findings.take(periods.check(tx, org.org_id, org.org_code))
    findings.take(versions.placed(tx, org.org_id, org.org_code))
    for one in (movements, versions):
        one.next_index(tx, org.org_id, 0)
    # Rows of recorded tables are read beside the gateway, which the application's role never does.
    versions.chained(tx, org.org_id, org.org_code, "item", findings)
    alive = [one.subject_id for one in records.alive(tx, org.org_id, "item")]
    assert records.last_of(tx, org.org_id, "item", alive).keys() == {*alive}
    # The twin decided the same keys under other names.
    movements.decided(tx, org.org_id, [f"{key}-of-the-twin" for key in ("item", "location-A")])
    [moved, *_] = movements.between(tx, org.org_id, 0, tree.size)
    stated = {"item_id": items.get(tx, org, ITEM).id, "stated_quantity": "1.000000000", "stated_unit": HELD}
    assert conversions.wrong(tx, org.org_id, [moved, msgspec.structs.replace(moved, **stated)])
    late = msgspec.structs.replace(moved, log_index=tree.size, occurred_at="2001-06-01T00:00:00.000000Z")
    assert [one for one, _ in periods.entered(tx, org.org_id, [moved, late])] == [late]
    # Nobody signed this story's checkpoint.
    assert {one.code for one in findings.kept} == {"checkpoint-unsigned"}, findings.kept


def _unsigned(note: Note) -> Checkpoint:
    raise ProofError(note.text)
