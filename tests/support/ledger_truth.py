"""The ledger's own account, read from its tables: what must hold of one organisation whatever happened."""

from typing import Any

import psycopg

_LOG = """
select h.size, count(x.log_index), min(x.log_index), max(x.log_index), (
        select count(*) = count(distinct m.idempotency_key) from ledger.movement as m where m.org_id = h.org_id
    ), bool_and(x.leaf_hash = sha256('\\x00'::bytea || x.entry))
from ledger.head as h left join audit.leaf as x on x.org_id = h.org_id
where h.org_id = %s group by h.size, h.org_id
"""

_ORDER = """
select count(*) from (
    select x.recorded_at, lag(x.recorded_at) over (order by x.log_index) as before
    from audit.leaf as x where x.org_id = %s
) as pair where pair.recorded_at <= pair.before
"""

_BALANCES = """
select b.item_id, b.location_id, b.on_hand, s.quantity, b.seq, s.changes, s.last_seq
from ledger.balance as b
full join (
    select item_id, location_id, sum(quantity) as quantity, count(*) as changes, max(seq) as last_seq
    from (
        select item_id, source_id as location_id, -quantity as quantity, source_seq as seq
        from ledger.movement where org_id = %(org)s and source_seq is not null
        union all
        select item_id, target_id, quantity, target_seq
        from ledger.movement where org_id = %(org)s and target_seq is not null
    ) as side group by item_id, location_id
) as s on b.item_id = s.item_id and b.location_id = s.location_id
where coalesce(b.org_id, %(org)s) = %(org)s
    and (b.on_hand, b.seq, b.seq) is distinct from (s.quantity, s.changes, s.last_seq)
"""

_KEYS = """
select d.idempotency_key from ledger.decision as d
inner join ledger.movement as m on m.org_id = d.org_id and m.idempotency_key = d.idempotency_key
where d.org_id = %s
"""

_WORLD = """
select (select coalesce(sum(on_hand), 0) from ledger.balance where org_id = %(org)s) + coalesce(sum(
    case when m.target_seq is null then m.quantity else 0 end
    - case when m.source_seq is null then m.quantity else 0 end), 0)
from ledger.movement as m where m.org_id = %(org)s
"""


def findings(connection: psycopg.Connection[Any], org_id: str) -> list[str]:
    """Return one sentence for each thing that does not hold; an empty list is a sound ledger."""
    found: list[str] = []
    connection.execute(
        "select set_config('velaurum.org', %s, false), set_config('velaurum.sub_orgs', '*', false)", [org_id]
    )
    log = connection.execute(_LOG, [org_id]).fetchone()
    assert log is not None
    size, rows, first, last, is_keyed, hashed = log
    if (size, (0, size - 1) if size else (None, None)) != (rows, (first, last)) or hashed is False:
        found.append(f"the log of size {size} has {rows} entries from {first} to {last}")
    if not is_keyed:
        found.append("a key was posted twice")
    disorder = connection.execute(_ORDER, [org_id]).fetchone()
    if disorder != (0,):
        found.append(f"recorded_at does not increase at {disorder} places")
    balances = connection.execute(_BALANCES, {"org": org_id}).fetchall()
    found += [f"a balance is not the sum of its movements: {row}" for row in balances]
    keys_of_both = connection.execute(_KEYS, [org_id]).fetchall()
    found += [f"key {key} was posted and refused" for (key,) in keys_of_both]
    world = connection.execute(_WORLD, {"org": org_id}).fetchone()
    if world is None or world[0] != 0:
        found.append(f"all locations together hold {world}, not nothing")
    return found
