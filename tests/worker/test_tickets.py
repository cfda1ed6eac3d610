"""What an operator sees of the queue: how much waits, for how long, and whether anybody works."""

from pathlib import Path

from support.workshop import COUNT, HEAVY, QUEUE, Workshop, eventually
from velaurum.config import Settings
from velaurum.db import tickets
from velaurum.ops import doctor_of_jobs


def test_the_queue_says_what_waits_and_for_how_long(shop: Workshop, tmp_path: Path) -> None:
    org = shop.new_org()
    for _ in range(3):
        shop.ask(org, COUNT)
    with shop.superuser() as connection:
        connection.execute("update procrastinate.procrastinate_events set at = at - interval '1 hour'")

    (light,) = tickets.lanes(shop.conninfo(QUEUE))

    assert (light.lane, light.waiting, light.under_way) == ("light", 3, 0)
    assert 3600 <= light.oldest_s < 3700
    (finding,) = doctor_of_jobs.worked(Settings(tmp_path), shop.conninfo(QUEUE))
    assert finding.holds is False
    assert "3 wait" in finding.name


def test_whoever_works_is_heard_and_what_is_under_way_counted(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        shop.ask(org, HEAVY)
        (heavy,) = eventually(
            lambda: [one for one in tickets.lanes(shop.conninfo(QUEUE)) if one.under_way == 1]
        )
        heard = tickets.workers(shop.conninfo(QUEUE), 30)
        shop.gate.opened.set()

    assert (heavy.lane, heavy.waiting, heard) == ("heavy", 0, 2)
    assert tickets.workers(shop.conninfo(QUEUE), 30) == 0
