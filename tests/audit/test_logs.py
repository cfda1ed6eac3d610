"""What the integrator builds over an organisation's leaves: the tree that anybody would compute (V-22)."""

from collections.abc import Callable, Iterator

import pytest

from support.ledger_sql import APP, ConninfoOf, Org, receipt
from velaurum.audit import logs
from velaurum.db.connection import Database
from velaurum.proofs import merkle, tiles
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
