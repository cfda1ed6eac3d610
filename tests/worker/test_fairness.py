"""Heavy jobs do not keep light ones waiting, nor one organisation the others."""

from support.workshop import COUNT, HEAVY, Workshop
from velaurum.jobs import jobs

BACKLOG = 10_000


def test_a_backlog_of_one_organisation_delays_the_first_job_of_another_by_one(shop: Workshop) -> None:
    busy, other, third = shop.new_org(), shop.new_org(), shop.new_org()
    with shop.door.transaction(busy) as (tx, within):
        for _ in range(BACKLOG):
            jobs.enqueue(tx, within, COUNT, COUNT.payload())

    asked = [shop.ask(one, COUNT) for one in (other, third, other)]
    with shop.working():
        shop.ended(other, asked[2])

    begun = shop.begun()
    first = begun[:8]
    assert first.index(other.org_id) <= 1
    assert first.index(third.org_id) <= 2
    assert first.count(other.org_id) == 2


def test_a_lane_that_was_idle_forgives_what_came_before(shop: Workshop) -> None:
    busy, other = shop.new_org(), shop.new_org()
    with shop.working():
        for _ in range(20):
            shop.ended(busy, shop.ask(busy, COUNT))
    with shop.door.transaction(other) as (tx, within):
        waiting = [jobs.enqueue(tx, within, COUNT, COUNT.payload()) for _ in range(20)]

    asked = shop.ask(busy, COUNT)
    with shop.working():
        shop.ended(busy, asked)
        shop.ended(other, waiting[-1])

    assert shop.begun()[20:].index(busy.org_id) <= 1


def test_heavy_jobs_that_take_long_do_not_stop_light_ones(shop: Workshop) -> None:
    org = shop.new_org()

    with shop.working():
        heavy = [shop.ask(org, HEAVY) for _ in range(5)]
        assert shop.gate.reached.wait(30)
        light = shop.ended(org, shop.ask(org, COUNT))
        under_way = shop.get(org, heavy[0]).state
        shop.gate.opened.set()
        ended = [shop.ended(org, one).state for one in heavy]

    assert (light.state, under_way, ended) == ("succeeded", "running", ["succeeded"] * 5)
