"""A log filled by the product's own routine, without HTTP: as many movements as a measurement wants."""

import psycopg

from benchmarks.site import ITEMS, ORG, STORES, Site
from velaurum.db import embedded

BATCH = ITEMS
# Of the stock keys at STORE-0: one in ten movements is of the hot one, and only the first is of the cold one.
HOT, COLD = 0, ITEMS - 1
# Each batch touches every item once: what is received is carried on by the next batch, and issued by the one after it.
_FILL = """
select count(*) filter (where p.status = 'posted') from tenancy.enter_lane(%(org_id)s) as e
cross join lateral ledger.post_movements(
    e.org_id, (
        select jsonb_agg(jsonb_build_object(
            'ord', n, 'idempotency_key', %(run)s::text || n, 'kind', %(kind)s::text, 'item_code', 'ITEM-' || (n - 1),
            'source_code', %(source)s::text, 'target_code', %(target)s::text, 'quantity', '1',
            'actor_id', %(actor_id)s::text, 'credential_id', %(credential_id)s::text, 'request_id', gen_random_uuid(),
            'reference', 'PO-' || n))
        from generate_series(1, %(batch)s) as n
    ), false) as p
"""
_FILL_KEYS = """
select count(*) filter (where p.status = 'posted') from tenancy.enter_lane(%(org_id)s) as e
cross join lateral ledger.post_movements(
    e.org_id, (
        select jsonb_agg(jsonb_build_object(
            'ord', n, 'idempotency_key', %(run)s::text || n, 'kind', 'receipt',
            'item_code', 'ITEM-' || case
                when n = 1000 and %(batch)s = 0 then %(cold)s
                when n %% 10 = 0 then %(hot)s
                else (n * 7 + %(batch)s) %% %(cold)s
            end,
            'source_code', 'SUPPLIER',
            'target_code', 'STORE-' || case when n %% 10 = 0 then 0 else (n + %(batch)s) %% %(stores)s end,
            'quantity', '1', 'actor_id', %(actor_id)s::text, 'credential_id', %(credential_id)s::text,
            'request_id', gen_random_uuid(), 'reference', 'PO-' || n))
        from generate_series(1, %(rows)s) as n
    ), false) as p
"""
_POSTED = "select count(*) from ledger.movement as m where m.org_id = %s"
_POSTER = """
select o.org_id::text, t.principal_id::text, t.id::text
from tenancy.org as o inner join identity.token as t on o.org_id = t.org_id
where o.code = %s and t.role = 'controller'
"""


def fill(place: Site, movements: int) -> str:
    """Post so many movements, rounded down to whole batches; return the organisation's id."""
    conninfo = place.cluster.conninfo(user="postgres", dbname=embedded.DATABASE)
    with psycopg.connect(conninfo, autocommit=True) as admin:
        row = admin.execute(_POSTER, [ORG]).fetchone()
        if row is None:
            raise RuntimeError("nobody may post")
        org_id, actor_id, credential_id = row
        who = {"org_id": org_id, "actor_id": actor_id, "credential_id": credential_id, "batch": BATCH}
        for n in range(movements // BATCH):
            kind, source, target = _step(n)
            what = {"run": f"{n}-", "kind": kind, "source": source, "target": target}
            posted = admin.execute(_FILL, who | what).fetchone()
            if posted != (BATCH,):
                raise RuntimeError(f"of batch {n} were posted {posted}")
        admin.execute("vacuum analyze")
    return str(org_id)


def fill_keys(place: Site, movements: int) -> int:
    """Post until there are so many movements, in whole batches, over all keys; return how many were posted now."""
    conninfo = place.cluster.conninfo(user="postgres", dbname=embedded.DATABASE)
    with psycopg.connect(conninfo, autocommit=True) as admin:
        row = admin.execute(_POSTER, [ORG]).fetchone()
        if row is None:
            raise RuntimeError("nobody may post")
        org_id, actor_id, credential_id = row
        (there,) = admin.execute(_POSTED, [org_id]).fetchone() or (0,)
        who = {"org_id": org_id, "actor_id": actor_id, "credential_id": credential_id}
        what = {"hot": HOT, "cold": COLD, "stores": STORES, "rows": BATCH}
        for batch in range(there // BATCH, movements // BATCH):
            posted = admin.execute(_FILL_KEYS, who | what | {"run": f"{batch}-", "batch": batch}).fetchone()
            if posted != (BATCH,):
                raise RuntimeError(f"of batch {batch} were posted {posted}")
        admin.execute("vacuum analyze")
        (after,) = admin.execute(_POSTED, [org_id]).fetchone() or (0,)
    return int(after - there)


def pause() -> None:
    """Wait for a line: what fills takes long, and the machine need be quiet only for what is measured."""
    input("Filled. Press Enter to measure. ")


def _step(n: int) -> tuple[str, str, str]:
    here, there = (f"STORE-{(n // 3 + one) % STORES}" for one in (0, 1))
    return (
        ("receipt", "SUPPLIER", here),
        ("transfer", here, there),
        ("issue", there, "CUSTOMER"),
    )[n % 3]
