"""What waits for people in the story: found as the integrator, read and acknowledged."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

from psycopg.conninfo import make_conninfo

from velaurum.db.connection import Database
from velaurum.jobs import reminders
from velaurum.jobs.reminders import KINDS
from velaurum.tenancy.context import OrgContext

# These run as the integrator's own role.
OF_THE_INTEGRATOR = frozenset(("jobs.reminders.remind",))
# Whatever there is, however new.
_AT_ONCE = dict.fromkeys(KINDS, timedelta(0))


def play(conninfo: str, database: Database, org: OrgContext) -> None:
    """Remind of all that there is, read it, and acknowledge one of each kind."""
    as_integrator = make_conninfo(conninfo, user="velaurum_integrator")
    with closing(Database(as_integrator, max_connections=1)) as door, door.installation() as outside:
        tx = outside.within(org.org_id)
        raised = reminders.remind(tx, org.org_id, _AT_ONCE)  # type: ignore[arg-type]
    assert {"approval-waiting", "job-failed"} <= {one.kind for one in raised}
    with database.installation() as outside:
        tx = outside.within(org.org_id)
        for reader in (org, replace(org, sub_org_ids=[])):
            reminders.list_page(tx, reader, state=None, before=reminders.LAST, limit=50)
        for one in raised:
            reminders.get(tx, org, one.id)
        (failed, *_) = (one for one in raised if one.kind == "job-failed")
        reminders.acknowledge(tx, org, failed.id)
        reminders.list_page(tx, org, state="acknowledged", before=reminders.LAST, limit=50)
