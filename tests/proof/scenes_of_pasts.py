"""Scenes of what was backdated: the past of a stock key in one organisation, and the same of the other."""

from proof.scenes import PASSER_BY, Scene
from proof.stock_keys_story import BY_LOT
from proof.worlds import HERE, THERE, free
from support.ledger_sql import OWNER

_YEAR = "interval '1 year'"
_THEN = f"clock_timestamp() - {_YEAR}"


def _balance(item: str, latest: str = "b.latest_occurred_at") -> str:
    """Return what is available of an item in A as a row, as b.held."""
    return (
        "(select row(b.org_id, b.item_id, b.location_id, b.on_hand, b.seq, b.lot_id, b.serial_id, b.status,"
        f" b.held_serial_id, {latest})::ledger.balance as held from ledger.balance as b"
        " inner join catalog.item as i on i.org_id = b.org_id and i.id = b.item_id"
        " inner join catalog.location as l on l.org_id = b.org_id and l.id = b.location_id"
        f" where b.org_id = {HERE} and i.code = '{item}' and l.code = 'A' and b.status is null limit 1) as b"
    )


_RECORDED_LONG_AGO = free(
    "ledger.movement",
    "audit.version",
    "ledger.head",
    do="; ".join(
        f"update {table} set recorded_at = recorded_at - 2 * {_YEAR} where org_id = {THERE}"
        for table in ("ledger.movement", "audit.version", "ledger.head")
    ),
)
_HAPPENED_LATER = free(
    "ledger.movement",
    do=f"update ledger.movement set occurred_at = occurred_at + {_YEAR} where org_id = {THERE}",
)
# Whatever is there is later than what is here, so that the log of there begins after every instant of this one.
_ALL_LATER = free(
    "ledger.movement",
    "audit.version",
    "ledger.balance",
    do=f"update ledger.movement set recorded_at = recorded_at + {_YEAR}, occurred_at = occurred_at + {_YEAR}"
    f" where org_id = {THERE}; update audit.version set recorded_at = recorded_at + {_YEAR} where org_id = {THERE};"
    f" update ledger.balance set latest_occurred_at = null where org_id = {HERE}",
)
_ISSUE = (
    f"select o.* from {PASSER_BY} cross join lateral ledger.post_movements({HERE}, jsonb_build_array("
    "jsonb_build_object('ord', 1, 'idempotency_key', 'scene-issue', 'kind', 'issue', 'item_code', 'BOLT',"
    " 'quantity', 1, 'source_code', 'A', 'target_code', 'CUSTOMER', 'actor_id', t.principal_id,"
    " 'credential_id', t.id, 'request_id', gen_random_uuid())), false) as o"
)

SCENES_OF_PASTS = (
    Scene("an issue is posted of what happened later elsewhere", _ISSUE, _ALL_LATER),
    *(
        Scene(
            f"the changes of {item} since then are read, of which there are others elsewhere",
            f"select c.* from {_balance(item)} cross join lateral ledger.changes_after({HERE}, b.held, {_THEN}, '{{}}')"
            " as c",
            _HAPPENED_LATER,
            OWNER,
        )
        for item in ("BOLT", BY_LOT)
    ),
    Scene(
        "the changes since then are read, which were recorded long ago elsewhere",
        f"select c.* from {_balance('BOLT')} cross join lateral ledger.changes_after({HERE}, b.held, {_THEN}, '{{}}')"
        " as c",
        _RECORDED_LONG_AGO,
        OWNER,
    ),
    Scene(
        "the latest change since then is read, after which there is another elsewhere",
        f"select ledger.latest_from({HERE}, b.held, {_THEN}, '{{}}') from {_balance('BOLT')}",
        _HAPPENED_LATER,
        OWNER,
    ),
    Scene(
        "something leaves what has no latest change, after which there is another elsewhere",
        f"select ledger.moved({HERE}, b.held, -1, {_THEN}, {_THEN}, '{{}}') from {_balance('BOLT', 'null')}",
        _HAPPENED_LATER,
        OWNER,
    ),
)
