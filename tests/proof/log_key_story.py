"""What runs when a key of the logs is announced, as the integrator, and what is read of it."""

from contextlib import closing

from psycopg.conninfo import make_conninfo

from velaurum.audit import keyrings, log_keys
from velaurum.audit.keyrings import State
from velaurum.db.connection import Database, Tx
from velaurum.tenancy.context import OrgId

# These run as the integrator's own role.
OF_THE_INTEGRATOR = frozenset(("audit.log_keys.lacking", "audit.log_keys.state"))
_KEY = keyrings.make("stock.example.com", "ed25519", State.ANNOUNCED, "2026-12-29T00:00:00Z")


def announce(conninfo: str, org_id: OrgId) -> None:
    """Say twice that a key is announced: once it is news."""
    with closing(Database(make_conninfo(conninfo, user="velaurum_integrator"), max_connections=1)) as door:
        with door.installation() as tx:
            assert org_id in log_keys.lacking(tx, _KEY, State.ANNOUNCED)
        said = []
        for _ in range(2):
            with door.installation() as outside:
                tx = outside.within(org_id)
                said.append(log_keys.state(tx, org_id, "any/log", _KEY, State.ANNOUNCED, "a story"))
        assert said == [True, False]


def read(tx: Tx, org_id: OrgId) -> None:
    """Read where the log says so."""
    assert log_keys.places(tx, org_id)
