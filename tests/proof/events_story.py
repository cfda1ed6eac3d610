"""What runs when a log is followed, from outside and by parts of the product; after a checkpoint was kept."""

from velaurum.db.connection import Tx
from velaurum.events import feed, nouns, positions, subscribers
from velaurum.events.feed import Reader
from velaurum.tenancy.context import OrgContext


def play(outside: Tx, org: OrgContext) -> None:
    """Follow the log in every way."""
    tx = outside.within(org.org_id)
    everything = frozenset(nouns.NOUNS)
    reader = Reader(org.org_code, None, everything)
    assert feed.read(tx, org.org_id, reader, positions.START, limit=1_000).is_end
    types = nouns.chosen(["velaurum.item.*", "velaurum.location.*"])
    assert feed.read(tx, org.org_id, reader, positions.START, limit=50, types=types).events
    for name in ("follower", "relay"):
        subscribers.subscribe(tx, org.org_id, name)
    turn = subscribers.read(tx, org.org_id, org.org_code, "follower", limit=5)
    assert turn is not None
    subscribers.advance(tx, org.org_id, turn)
    with outside.connection.transaction(force_rollback=True):
        # Undone, so that one is left that may move on.
        relayed = subscribers.read(tx, org.org_id, org.org_code, "relay", limit=5)
        assert relayed is not None
        subscribers.advance(tx, org.org_id, relayed)
    assert subscribers.read(tx, org.org_id, org.org_code, "nobody") is None
    for message_ids in (["a:1", "a:2"], ["a:2", "a:3"]):
        assert subscribers.take(tx, org.org_id, "consumer", message_ids)
    assert [one.name for one in subscribers.list_all(tx, org.org_id)] == ["follower", "relay"]
