"""What forgets and what counts: each statement run once, where nothing is old enough to go."""

from contextlib import closing
from datetime import timedelta

from psycopg.conninfo import make_conninfo

from velaurum.db.connection import Database
from velaurum.ops import figures, retention
from velaurum.tenancy.context import OrgId

# These run as the integrator's own role.
OF_THE_INTEGRATOR = frozenset(f"ops.retention.{one.statement}" for one in retention.RULES)
_AGE = timedelta(days=60)


def play(conninfo: str, database: Database, org_id: OrgId) -> None:
    """Forget what is older than sixty days, and count the rest."""
    as_integrator = make_conninfo(conninfo, user="velaurum_integrator")
    with closing(Database(as_integrator, max_connections=1)) as door, door.installation() as outside:
        tx = outside.within(org_id)
        for rule in retention.RULES:
            given = {"org_id": org_id, "age": _AGE, "limit": retention.STEP}
            assert tx.value(retention.QUERIES[rule.statement], int, **given) == 0
    assert figures.read(database, None, 1.0).organisations
