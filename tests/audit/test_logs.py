"""What the integrator builds over an organisation's leaves: the tree that anybody would compute (V-22)."""

from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support.ledger_sql import APP, ConninfoOf, Org, receipt
from velaurum.audit import cosignatures, logs
from velaurum.audit.cosignatures import Uncosigned
from velaurum.db.connection import Database
from velaurum.proofs import merkle, policies, tiles
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import COSIGNATURE, Signer
from velaurum.tenancy.context import OrgId

OrgFactory = Callable[..., Org]
INTEGRATOR = "velaurum_integrator"


@pytest.fixture
def org(module_org_factory: OrgFactory) -> Org:
    return module_org_factory(items=["BOLT"], locations=["A"])


@pytest.fixture(scope="module")
def integrator(module_conninfo: ConninfoOf) -> Iterator[Database]:
    door = Database(module_conninfo(INTEGRATOR), max_connections=1)
    yield door
    door.close()


@pytest.fixture(scope="module")
def application(module_conninfo: ConninfoOf) -> Iterator[Database]:
    door = Database(module_conninfo(APP), max_connections=1)
    yield door
    door.close()


def test_the_root_is_that_of_all_leaves_at_every_size(
    org: Org, integrator: Database, application: Database
) -> None:
    grown = [_grow(org, integrator, rows) for rows in (1, 254, 1, 1, 300)]
    leaves = _leaves(org)

    for size in {1, 2, 255, 256, 257, 511, 512, 513, *grown}:
        with application.installation() as outside:
            tx = outside.within(org.org_id)
            assert logs.root(tx, OrgId(org.org_id), size) == merkle.root(leaves[:size]), size


def test_a_higher_level_is_built_of_whole_tiles(org: Org, integrator: Database) -> None:
    _grow(org, integrator, 65_536 + 300)
    leaves = _leaves(org)
    size = len(leaves)

    with integrator.installation() as outside:
        tx = outside.within(org.org_id)
        assert logs.root(tx, OrgId(org.org_id), size) == merkle.root(leaves)
        tree = tiles.CheckedTiles(size, merkle.root(leaves), logs.reader(tx, OrgId(org.org_id)))
        proof = merkle.inclusion_proof(65_537, size, tree.node)
        older = merkle.consistency_proof(65_536, size, tree.node)
    merkle.verify_inclusion(65_537, size, leaves[65_537], proof, merkle.root(leaves))
    merkle.verify_consistency(65_536, merkle.root(leaves[:65_536]), size, merkle.root(leaves), older)


def _grow(org: Org, integrator: Database, rows: int) -> int:
    for start in range(0, rows, 1_000):
        org.post([receipt("BOLT", "A", "1")] * min(1_000, rows - start))
    with integrator.installation() as outside:
        tx = outside.within(org.org_id)
        size = logs.head(tx, OrgId(org.org_id)).size
        while logs.integrate(tx, OrgId(org.org_id)) < size:
            pass
    return size


def _leaves(org: Org) -> list[bytes]:
    found = org.enter().execute(
        "select l.leaf_hash from audit.leaf as l where l.org_id = %s order by l.log_index", [org.org_id]
    )
    return [row[0] for row in found.fetchall()]


def test_the_quorum_is_found_beyond_many_checkpoints_that_one_witness_saw_alone(
    org: Org, integrator: Database, application: Database
) -> None:
    org_id, away_until = OrgId(org.org_id), 600
    here, away = (Signer(name, Ed25519PrivateKey.generate(), COSIGNATURE) for name in ("here", "away"))
    policy = policies.parse(
        f"witness a {here.verifier}\nwitness b {away.verifier}\ngroup both all a b\nquorum both\n".encode()
    )
    with integrator.installation() as outside:
        tx = outside.within(org_id)
        for size in range(1, away_until + 3):
            text = Checkpoint("log", size, bytes(32)).text
            logs.publish(tx, org_id, 0, size, text)
            for witness in (here, away)[: 1 + (size >= away_until)]:
                asked = Uncosigned(org_id, 0, size, text, 0)
                cosignatures.keep(tx, org_id, asked, witness.sign(text, 1))

    with application.installation() as outside:
        found = cosignatures.enough(outside.within(org_id), org_id, 0, 0, policy)

    assert found is not None
    assert (found[0].size, found[1].count("\n\u2014 ")) == (away_until, 2)
