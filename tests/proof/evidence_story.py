"""A log that is signed, and the statements that `velaurum verify db` reads of it, each called once."""

import tempfile
from contextlib import closing
from pathlib import Path

from psycopg.conninfo import make_conninfo

from velaurum.audit import signers
from velaurum.db.connection import Database, Tx
from velaurum.ops.evidence import movements, records, signed, stock, versions
from velaurum.ops.evidence.findings import Findings
from velaurum.ops.evidence.leaves import Walk
from velaurum.ops.evidence.trust import Sources
from velaurum.ops.integrating import Integrator
from velaurum.proofs import tiles
from velaurum.tenancy.context import OrgContext

INTEGRATOR = "velaurum_integrator"


def play(conninfo: str, outside: Tx, org: OrgContext) -> None:
    """Have the log signed, with a tile that is full, and read it as a verification does."""
    with tempfile.TemporaryDirectory() as directory:
        door = Database(make_conninfo(conninfo, user=INTEGRATOR), max_connections=1)
        with closing(door):
            Integrator(door, signers.load(Path(directory))).advance(org.org_id)
        trust = Sources(Path(directory)).read()
    tx = outside.within(org.org_id)
    findings = Findings()
    walk = Walk(tx, org.org_id, org.org_code, findings)
    tree = signed.Tree(tx, org.org_id, org.org_code, findings, trust.opened, [], tiles.WIDTH)
    tree.grow(walk.leaves(), lambda _: None)
    tree.finish()
    signed.bracket(tx, org.org_id, tree.size - 1)
    signed.bracket(tx, org.org_id, tree.size)
    stock.replay(tx, org.org_id, org.org_code, findings)
    versions.placed(tx, org.org_id, org.org_code, findings)
    records.compare(tx, org.org_id, org.org_code, findings)
    # The twin decided the same keys under other names.
    movements.decided(tx, org.org_id, [f"{key}-of-the-twin" for key in ("item", "location-A")])
    assert not findings.kept, findings.kept
