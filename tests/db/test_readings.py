"""Who reads a database: alone with it one at a time, and in a stream that can be given up."""

from collections.abc import Callable
from contextlib import closing

import pytest

from support.ledger_sql import INTEGRATOR, SUPERUSER, ConninfoOf, Org
from velaurum.db import readings
from velaurum.db.readings import UnreadableError
from velaurum.ops.evidence.stock import QUERIES, Step

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


@pytest.mark.timeout(60)
def test_whoever_gives_a_stream_up_leaves_its_reading(
    conninfo: ConninfoOf, org_factory: Callable[..., Org]
) -> None:
    org = org_factory(items=["BOLT"], locations=["A"])
    org.receive("BOLT", "A", "5")

    def give_up() -> None:
        with readings.reading(conninfo(SUPERUSER)) as tx:
            within = tx.within(org.org_id)
            with closing(within.streamed(QUERIES["replayed"], Step, org_id=org.org_id)) as rows:
                next(rows)
                raise UnreadableError("An index and its table are at odds.")

    with pytest.raises(UnreadableError, match="at odds"):
        give_up()
