"""Who is alone with a database: one at a time, and the next as soon as that one is done."""

from support.ledger_sql import INTEGRATOR, ConninfoOf
from velaurum.db import readings

TURNS = 100


def test_one_at_a_time_is_alone(module_conninfo: ConninfoOf) -> None:
    conninfo = module_conninfo(INTEGRATOR)

    with readings.alone(conninfo) as first, readings.alone(conninfo) as second:
        assert (first, second) == (True, False)


def test_whoever_is_done_lets_the_next_one_be_alone_at_once(module_conninfo: ConninfoOf) -> None:
    conninfo, turns = module_conninfo(INTEGRATOR), []

    for _ in range(TURNS):
        with readings.alone(conninfo) as is_alone:
            turns.append(is_alone)

    assert all(turns)
