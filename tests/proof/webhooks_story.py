"""The part of the scenario in which an organisation has its events told: its verbs, each called once."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from psycopg.conninfo import make_conninfo

from proof import history_story
from velaurum.db.connection import Database, Tx
from velaurum.events import publishing, subscribers
from velaurum.outbound.networks import Networks
from velaurum.tenancy.context import OrgContext, OrgId
from velaurum.webhooks import deliveries, endpoints, telling
from velaurum.webhooks.deliveries import Ending, Told
from velaurum.webhooks.endpoints import EndpointChange, NewEndpoint
from velaurum.webhooks.signing_keys import InstallationKey

# These run as the integrator's own role.
OF_THE_INTEGRATOR = frozenset(
    f"webhooks.{name}"
    for name in (
        *("deliveries.with_due", "deliveries.make", "deliveries.claim", "deliveries.end_attempt"),
        *("telling.with_news", "telling.enabled", "telling.log"),
    )
)
URL = "https://hooks.example.com/velaurum"
_KEY = InstallationKey(b"\x07" * 32)
_LEASE = timedelta(minutes=5)
# Nobody has it, but in a world that is made so.
NO_LEASE = "00000000-0000-4000-8000-0000000000aa"


def run(outside: Tx, org: OrgContext) -> None:
    """Make two endpoints, change and rotate one, and ask for a test of each, and for one of them again."""
    tx, ruler = outside.enter(replace(org, permission="manage-webhooks"))
    new = NewEndpoint("erp", "ERP", URL)
    made = endpoints.create(tx, ruler, new, Networks(), _KEY, idempotency_key="hook").require()
    endpoints.create(tx, ruler, replace(new, code="other"), Networks(), _KEY, idempotency_key="hook-2")
    for reference in (made.id, "erp"):
        endpoints.find(tx, ruler, reference)
    endpoints.list_page(tx, ruler, after="", limit=10)
    endpoints.of_other_keys(tx, org.org_id, "another key")
    endpoints.update(tx, ruler, "erp", 1, EndpointChange(name="New"), Networks())
    history_story.of_noun(tx, ruler, endpoints.WEBHOOKS, 2**40, datetime.now(UTC) + _LEASE)
    endpoints.rotate(tx, ruler, "erp", _KEY, idempotency_key="hook-3")
    for n, code in enumerate(("erp", "erp", "other")):
        asked = deliveries.send_test(tx, ruler, code, idempotency_key=f"test-{n}").require()
    deliveries.redeliver(tx, ruler, "other", asked.id, idempotency_key="again")


def deliver(conninfo: str, org_id: OrgId) -> None:
    """Make a delivery of an event, and try some of those that are due, as the integrator."""
    with closing(Database(make_conninfo(conninfo, user="velaurum_integrator"), max_connections=1)) as door:
        with door.installation() as tx:
            assert org_id in deliveries.with_due(tx)
        with door.installation() as outside:
            tx = outside.within(org_id)
            (endpoint_id, *_) = {one.endpoint_id for one in _claimed(tx, org_id, 1)}
            told = Told(endpoint_id, "event:1", "velaurum.movement.posted.v1", "{}")
            assert deliveries.make(tx, org_id, [told]) == 1
            with outside.connection.transaction(force_rollback=True):
                # Undone, so that an event is left that nothing was made of.
                assert deliveries.make(tx, org_id, [replace(told, event_id="event:2")]) == 1
            for ending in (Ending(3, 2), Ending(4, 5, "answered-5xx", timedelta(hours=1))):
                (due,) = _claimed(tx, org_id, 1)
                deliveries.end_attempt(tx, org_id, due, ending)
            assert deliveries.end_attempt(tx, org_id, replace(due, lease=NO_LEASE), ending) is None


def tell(conninfo: str, org_id: OrgId, org_code: str) -> None:
    """Take the relay's turn after a checkpoint, and consume what it published, as the integrator."""
    with closing(Database(make_conninfo(conninfo, user="velaurum_integrator"), max_connections=1)) as door:
        with door.installation() as tx:
            assert org_id in {one.org_id for one in telling.with_news(tx)}
        with door.installation() as outside:
            tx = outside.within(org_id)
            assert telling.listeners(tx, org_id)
            turn = subscribers.read(tx, org_id, org_code, subscribers.RELAY, limit=5)
            assert turn is not None
            subscribers.advance(tx, org_id, turn)
            telling.fan_out(tx, org_id, [publishing.message(org_id, one) for one in turn.page.events])


def read(tx: Tx, org: OrgContext) -> None:
    """Read what is shown of deliveries."""
    for endpoint in endpoints.list_page(tx, org, after="", limit=10):
        for state in (None, "pending"):
            found = deliveries.list_page(tx, org, endpoint, state=state, before=deliveries.LAST, limit=10)
        for one in found:
            deliveries.get(tx, org, endpoint, one.id)
            deliveries.body(tx, org, one)
            deliveries.attempts(tx, org, one)
            deliveries.acts(tx, org, one)


def _claimed(tx: Tx, org_id: OrgId, limit: int) -> list[deliveries.Due]:
    return deliveries.claim(tx, org_id, limit=limit, per_org=8, per_endpoint=4, lease=_LEASE)
