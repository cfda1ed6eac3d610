"""What the integrator and the readers of a log run, after the story of an organisation was committed."""

from contextlib import closing

from psycopg.conninfo import make_conninfo

from proof import (
    events_story,
    evidence_story,
    exports_story,
    incarnation_story,
    log_key_story,
    metalog_story,
    reminders_story,
    retention_story,
    transport_story,
    webhooks_story,
)
from support.keyrings import keyring_within
from support.tenants import LIFE, new_context
from velaurum.audit import disclosures, incarnations, logs
from velaurum.db.connection import Database, Tx
from velaurum.identity import tokens
from velaurum.proofs.tiles import Tile
from velaurum.tenancy.context import OrgContext, OrgId

# These run as the integrator's own role.
OF_THE_INTEGRATOR = frozenset(("audit.logs.behind", "audit.logs.integrate", "audit.logs.publish"))


def integrate(conninfo: str, org_id: OrgId) -> None:
    """Bring the log to a checkpoint, whatever its note says, as the integrator."""
    with closing(Database(make_conninfo(conninfo, user="velaurum_integrator"), max_connections=1)) as door:
        with door.installation() as tx:
            assert org_id in logs.behind(tx)
        with door.installation() as outside:
            tx = outside.within(org_id)
            size = logs.integrate(tx, org_id)
            for covered in (1, size - 1, size):
                logs.publish(tx, org_id, 1, covered, f"a note of {covered}\n\nsigned\n")


def read(tx: Tx, org_id: OrgId) -> None:
    """Read all that is served of a log."""
    size = logs.head(tx, org_id).size
    signed = logs.newest(tx, org_id)
    assert signed is not None
    assert signed.size == size
    assert logs.unsigned(tx, org_id) is None
    earlier = logs.covering(tx, org_id, size - 2)
    assert earlier is not None
    assert earlier.size == size - 1
    assert logs.first_covering(tx, org_id, 0) is not None
    assert logs.last_of_each(tx, org_id)[-1].size == size
    entries = logs.entries(tx, org_id, 0, size)
    assert len(entries) == size
    assert logs.entry(tx, org_id, 0) == entries[0]
    assert len(logs.reader(tx, org_id)(Tile(0, 0, min(size, 256)))) == min(size, 256) * 32
    opened = [*disclosures.opened(tx, org_id, keyring_within(tx), size)]
    assert disclosures.of_versions(tx, org_id, keyring_within(tx), [one.log_index for one in opened])


def follow(conninfo: str, database: Database, org: OrgContext) -> None:
    """Integrate, read, verify, anchor, cosign, hold and take up again what a story recorded."""
    with database.installation() as outside:
        stolen = tokens.create(
            outside, org.org_id, keyring_within(outside), "auditor", kind="service", name="stolen", life=LIFE
        )
        leaving = tokens.verify(
            outside,
            tokens.create(
                outside,
                org.org_id,
                keyring_within(outside),
                "auditor",
                kind="user",
                name="leaving",
                life=LIFE,
            ),
        )
        assert leaving is not None
    with database.installation() as outside:
        tx, manager = outside.enter(new_context(outside, org.org_id, "org-admin", "manage-identity"))
        exports_story.record(tx, manager)
    webhooks_story.deliver(conninfo, org.org_id)
    log_key_story.announce(conninfo, org.org_id)
    integrate(conninfo, org.org_id)
    webhooks_story.tell(conninfo, org.org_id, org.org_code)
    with database.installation() as outside:
        read(outside.within(org.org_id), org.org_id)
        log_key_story.read(outside.within(org.org_id), org.org_id)
        exports_story.read(
            outside.within(org.org_id), org, logs.head(outside.within(org.org_id), org.org_id).size
        )
        webhooks_story.read(outside.within(org.org_id), org)
        evidence_story.play(outside, org)
    with database.installation() as outside:
        events_story.play(outside, org)
    transport_story.play(database, org.org_id)
    retention_story.play(conninfo, database, org.org_id)
    reminders_story.play(conninfo, database, org)
    metalog_story.anchor(conninfo)
    with database.installation() as outside:
        metalog_story.read(conninfo, outside, org)
    incarnation_story.cosign_and_hold(conninfo, org.org_id)
    with database.installation() as outside:
        incarnation_story.read_verifications(outside.within(org.org_id), org)
        lost = incarnation_story.cut_off(outside, org.org_id, stolen.token_id, leaving.actor_id)
    incarnation_story.take_up(conninfo, org.org_id, lost)
    with database.installation() as outside:
        assert incarnations.list_all(outside.within(org.org_id), org.org_id)[-1].number == lost.number
