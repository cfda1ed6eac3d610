"""Scenes of reservations: what consumed them in one organisation, and not in the other."""

from proof.scenes import PASSER_BY, Scene
from proof.worlds import HERE, THERE, free
from support.ledger_sql import OWNER

_OF = (
    "(select m.log_index from ledger.movement as m"
    " where m.org_id = {whose} and left(m.idempotency_key, 7) = 'nut-out')"
)
_CONSUME = (
    f"select ledger.consume({HERE}, array[row(r.id, 3, {_OF.format(whose=HERE)}, t.principal_id, t.id,"
    f" gen_random_uuid())::ledger.reservation_use]) from ledger.reservation as r cross join {PASSER_BY}"
    f" where r.org_id = {HERE} and r.reference = 'kept'"
)
_ISSUE = (
    f"select o.* from ledger.reservation as r cross join {PASSER_BY} cross join lateral ledger.post_movements({HERE},"
    " jsonb_build_array(jsonb_build_object('ord', 1, 'idempotency_key', 'scene-kept', 'kind', 'issue',"
    " 'item_id', r.item_id, 'source_id', r.location_id, 'target_code', 'CONSUMPTION', 'quantity', 2,"
    " 'reservation_id', r.id, 'actor_id', t.principal_id, 'credential_id', t.id,"
    f" 'request_id', gen_random_uuid())), false) as o where r.org_id = {HERE} and r.reference = 'kept'"
)
_COUNTED = f"(select c.id from counting.count as c where c.org_id = {HERE} and c.code = 'APPROVED')"
SCENES_OF_RESERVATIONS = (
    Scene(
        "a count is posted that found less than what is reserved",
        f"select counting.post_count({HERE}, t.principal_id, t.id, gen_random_uuid(), {_COUNTED}) from {PASSER_BY}",
        free(
            "ledger.reservation",
            "counting.count_line",
            do=f"update counting.count_line set quantity = 1 where org_id = {HERE} and count_id = {_COUNTED}"
            " and idempotency_key = 'one'; update ledger.reservation as r set item_id = l.item_id,"
            " location_id = l.location_id from counting.count_line as l"
            f" where r.org_id = {HERE} and r.reference = 'kept' and l.org_id = {HERE} and l.count_id = {_COUNTED}"
            " and l.idempotency_key = 'one'",
        ),
    ),
    Scene(
        "a reservation is consumed by a movement that was posted just now elsewhere",
        _CONSUME,
        free(
            "ledger.movement",
            do="update ledger.movement set quantity = 3, xid = pg_current_xact_id()"
            f" where org_id = {THERE} and log_index = {_OF.format(whose=THERE)}",
        ),
        OWNER,
    ),
    Scene(
        "a reservation is consumed by a movement before one that consumed elsewhere",
        _ISSUE,
        free(
            "ledger.reservation",
            do="update ledger.reservation set movement_index = (select max(m.log_index) from ledger.movement as m"
            f" where m.org_id = {THERE}) where org_id = {THERE} and reference = 'kept'",
        ),
    ),
)
