"""The part of the scenario in which the operator breaks the glass: every step once, and one that is left waiting."""

from support.keyrings import keyring_within
from velaurum.db.connection import Tx
from velaurum.identity import administrators, break_glass
from velaurum.tenancy.context import OrgContext

REASON = "The balances do not add up"


def play(outside: Tx, org: OrgContext) -> None:
    """Break the glass of an organisation, as two administrators of the platform."""
    if not administrators.exists(outside):
        administrators.bootstrap(outside, "root")
    # A name is given once in an installation, which may see the story more than once.
    called = [f"{name} of {org.org_code}" for name in ("a", "b")]
    names = [administrators.create(outside, name, created_by="account test").token_id for name in called]
    first, second = (
        OrgContext(org.org_id, org.org_code, one, one, org.request_id, "platform-administrator")
        for one in names
    )
    tx = outside.within(org.org_id)
    made = break_glass.request(
        tx, first, keyring_within(tx), REASON, "1h", idempotency_key="glass-1"
    ).require()
    break_glass.approve(tx, second, keyring_within(tx), made.id)
    break_glass.collect(tx, first, keyring_within(tx), made.id)
    break_glass.end(tx, second, keyring_within(tx), made.id)
    break_glass.request(tx, first, keyring_within(tx), REASON, "2h", idempotency_key="glass-2").require()
    break_glass.end_of(outside, org.org_id, first.actor_id)
    for status in (None, "ended"):
        break_glass.list_page(tx, first, status=status, before=break_glass.LAST, limit=10)
