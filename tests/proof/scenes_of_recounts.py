"""Scenes of counts that meet: of one place, of one stock key counted again, and of two that adjust the same."""

from proof.scenes import PASSER_BY, Scene
from proof.scenes_of_counts import POST_COUNT
from proof.worlds import HERE, THERE, free

_OPEN = (
    f"select counting.open_count({HERE}, t.principal_id, t.id, gen_random_uuid(), 'scene', sha256(''), 'SCENE',"
    f" 'scene', l.id, null, true, false, 0) from {PASSER_BY} inner join catalog.location as l"
    f" on l.org_id = {HERE} and l.code = 'COUNT-WAITS'"
)
_FINISH = (
    f"select counting.finish_count({HERE}, t.principal_id, t.id, gen_random_uuid(), c.id) from {PASSER_BY}"
    f" inner join counting.count as c on c.org_id = {HERE} and c.code = 'WAITS'"
)
_KEY_OF_COUNT = (
    f"select o.* from {PASSER_BY} inner join counting.count as c on c.org_id = {HERE} and c.code = 'APPROVED'"
    f" cross join lateral ledger.post_movements({HERE}, jsonb_build_array(jsonb_build_object("
    "'ord', 1, 'idempotency_key', concat('count:', c.id, ':9'), 'kind', 'receipt', 'item_code', 'BOLT', 'quantity', 1,"
    " 'source_code', 'SUPPLIER', 'target_code', 'A', 'actor_id', t.principal_id, 'credential_id', t.id,"
    " 'request_id', gen_random_uuid())), false) as o"
)


def _lines_of(code: str, do: str, also: str) -> str:
    """Return what does something to the lines of a count; `also` says in which organisation, or of which lines."""
    return f"{do} counting.count as c where c.org_id = l.org_id and c.id = l.count_id and c.code = '{code}'{also}"


def _without_lines(code: str, whose: str) -> str:
    return _lines_of(code, "delete from counting.count_line as l using", f" and l.org_id = {whose}")


# In both another count of the place was posted, and adjusted one of the stock keys since it was counted.
_ADJUSTED = "; ".join(
    (
        (
            "update counting.count as c set state = 'posted', approved_by = a.approved_by,"
            " approved_with = a.approved_with, finished_at_size = c.opened_at_size, location_id = a.location_id"
            " from counting.count as a where c.code = 'GIVEN-UP' and a.org_id = c.org_id and a.code = 'APPROVED'"
        ),
        _lines_of("APPROVED", "update counting.count_line as l set at_size = 0 from", ""),
        (
            "insert into counting.count_line (org_id, count_id, number, location_id, item_id, quantity, round, at_size,"
            " actor_id, credential_id, request_id)"
            " select l.org_id, c.id, 1, l.location_id, l.item_id, 1, 1, 1, l.actor_id,"
            " l.credential_id, l.request_id from counting.count as c inner join counting.count as a"
            " on a.org_id = c.org_id and a.code = 'APPROVED' inner join counting.count_line as l"
            " on l.org_id = a.org_id and l.count_id = a.id and l.number = 1 where c.code = 'GIVEN-UP'"
        ),
        (
            "update ledger.movement as m set idempotency_key = concat('count:', c.id, ':1') from counting.count as c"
            " where c.org_id = m.org_id and c.code = 'GIVEN-UP' and m.log_index ="
            " (select min(x.log_index) from ledger.movement as x where x.org_id = m.org_id)"
        ),
    )
)


def _but(do: str) -> str:
    return free("counting.count", "counting.count_line", "ledger.movement", do=f"{_ADJUSTED}; {do}")


def _counter(name: str, whose: str = HERE) -> str:
    return (
        "(select t.principal_id, t.id from identity.token as t inner join identity.principal as p"
        f" on p.org_id = t.org_id and p.id = t.principal_id where t.org_id = {whose} and p.name = '{name}'"
        " and t.role = 'counter' order by t.id limit 1)"
    )


def _made_there(token: str, maker: str) -> str:
    return free(
        "identity.token",
        do=f"update identity.token set created_by = (select m.principal_id from {_counter(maker, THERE)} as m)"
        f" where org_id = {THERE} and id = (select t.id from {_counter(token, THERE)} as t)",
    )


_COUNT_AGAIN = (
    f"select o.* from {_counter('Ben')} as t inner join counting.count as c on c.org_id = {HERE} and c.code = 'OPEN'"
    f" cross join lateral counting.add_lines({HERE}, t.principal_id, t.id, gen_random_uuid(), c.id,"
    " jsonb_build_array(jsonb_build_object('ord', 1, 'idempotency_key', 'scene', 'item_code', 'MILK', 'lot_code', 'L1',"
    " 'status', 'quarantine', 'quantity', 8))) as o"
)
SCENES_OF_RECOUNTS = (
    Scene(
        "a count is opened at a place that is in another count elsewhere",
        _OPEN,
        free(
            "counting.count",
            do=f"update counting.count set state = 'cancelled' where org_id = {HERE} and code = 'WAITS'",
        ),
    ),
    Scene(
        "a count is finished that varies elsewhere alone",
        _FINISH,
        free(
            "counting.count_line",
            "ledger.movement",
            do="; ".join(
                (
                    _lines_of("WAITS", "delete from counting.count_line as l using", " and l.number > 1"),
                    _lines_of("WAITS", "update counting.count_line as l set quantity = 190 from", ""),
                    (
                        f"update ledger.movement set target_on_hand = 9 where org_id = {THERE}"
                        " and idempotency_key = 'COUNT-WAITS-0'"
                    ),
                )
            ),
        ),
    ),
    *(
        Scene(
            f"a counter counts again where elsewhere {maker} made the credential of {token}",
            _COUNT_AGAIN,
            _made_there(token, maker),
        )
        for token, maker in (("Ann", "Ben"), ("Ben", "Ann"))
    ),
    Scene(
        "a counter counts again what they counted elsewhere",
        _COUNT_AGAIN,
        free(
            "counting.count_line",
            do=f"update counting.count_line set actor_id = t.principal_id from {_counter('Ben')} as t"
            f" where org_id = {THERE}",
        ),
    ),
    Scene(
        "a counter counts again what was counted more often elsewhere",
        _COUNT_AGAIN,
        free("counting.count_line", do=f"update counting.count_line set round = 5 where org_id = {THERE}"),
    ),
    Scene(
        "a count is finished that tolerates less elsewhere",
        _FINISH,
        free(
            "counting.count",
            do=f"update counting.count set tolerance = 999999 where org_id = {HERE} and code = 'WAITS'",
        ),
    ),
    Scene(
        "a key of a count is used that is being posted elsewhere",
        _KEY_OF_COUNT,
        free(
            "counting.count",
            do="update counting.count set posting_xid = pg_current_xact_id()"
            f" where org_id = {THERE} and code = 'APPROVED'",
        ),
    ),
    Scene(
        "a count is posted by its approver, who did not approve it elsewhere",
        POST_COUNT,
        free(
            "counting.count",
            do=f"update counting.count set approved_by = t.principal_id from {PASSER_BY}"
            f" where org_id = {HERE} and code = 'APPROVED'",
        ),
    ),
    Scene(
        "a count is posted after one that was posted elsewhere",
        POST_COUNT,
        _but(
            "update counting.count set state = 'cancelled', approved_by = null, approved_with = null"
            f" where org_id = {HERE} and code = 'GIVEN-UP'"
        ),
    ),
    Scene(
        "a count is posted after one that counted the same elsewhere",
        POST_COUNT,
        _but(_without_lines("GIVEN-UP", HERE)),
    ),
    Scene(
        "a count is posted after one that adjusted the same elsewhere",
        POST_COUNT,
        _but(
            f"update ledger.movement set idempotency_key = 'scene' where org_id = {HERE}"
            " and idempotency_key like 'count:%'"
        ),
    ),
    Scene(
        "a count is posted that has no lines elsewhere", POST_COUNT, _but(_without_lines("APPROVED", THERE))
    ),
)
