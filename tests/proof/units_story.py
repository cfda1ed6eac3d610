"""What a keeper of items runs: packs made, changed and ended, and the units that the product knows."""

from proof import stock_keys_story
from velaurum.catalog import items, packs, units
from velaurum.catalog.packs import FIRST, NewPack, PackChange
from velaurum.db.connection import Tx
from velaurum.tenancy.context import OrgContext

ITEM, HELD, ENDED, OF_ANOTHER = "BOLT", "CS", "BX", "PK"


def keep(tx: Tx, org: OrgContext) -> None:
    """Call every verb; the item has one pack afterwards, and one that ended, and another item has one."""
    stock_keys_story.keep(tx, org)
    items.find(tx, org, ITEM)
    units.list_page(tx, after="", limit=10)
    held = packs.create(tx, org, ITEM, NewPack(HELD, 12), idempotency_key="pack").require()
    packs.update(tx, org, ITEM, held.id, 1, PackChange(numerator=10))
    ended = packs.create(tx, org, ITEM, NewPack(ENDED, 4), idempotency_key="ended-pack").require()
    packs.remove(tx, org, ITEM, ended.id)
    of_another = NewPack(OF_ANOTHER, 6)
    packs.create(tx, org, stock_keys_story.BY_LOT, of_another, idempotency_key="pack-of-another").require()
    for with_removed in (False, True):
        packs.list_page(tx, org, ITEM, after=FIRST, limit=10, with_removed=with_removed)
