"""What the benchmarks make of what they measured: percentiles, recovery, growth, and whether a target holds."""

import json

import pytest
from benchmarks import offering, overload, past, soak, targets
from benchmarks.offering import Answer, Offered
from benchmarks.targets import Line


def offered(*latencies_ms: float, seconds: float) -> Offered:
    """Return one answered posting a second, with these latencies."""
    answers = [Answer(n, n + 0.5, one / 1_000, 201, False) for n, one in enumerate(latencies_ms)]
    return Offered(seconds, answers=answers)


@pytest.mark.parametrize(("share", "found"), [(0.0, 1), (0.5, 51), (0.99, 100), (1.0, 100)])
def test_a_percentile_is_one_of_the_values(share: float, found: int) -> None:
    assert offering.percentile(range(1, 101), share) == found


def test_nobody_served_is_no_good_percentile() -> None:
    assert offering.percentile([], 0.99) == float("inf")


def test_recovery_is_the_end_of_the_last_second_above_the_level() -> None:
    load = (9, 9, 9, 900, 900)
    assert overload.recovered_after_s(offered(*load, 9, 9, 9, seconds=8), 5, 10) == 0
    assert overload.recovered_after_s(offered(*load, 900, 9, 900, 9, seconds=9), 5, 10) == 3
    assert overload.recovered_after_s(offered(*load, 9, 9, 900, seconds=8), 5, 10) == float("inf")


def test_a_second_without_an_answer_is_none_that_recovered() -> None:
    assert overload.recovered_after_s(offered(9, 9, seconds=4), 1, 10) == float("inf")


def test_the_unloaded_level_is_the_worst_second() -> None:
    assert overload.worst_second_ms(offered(99, 7, 12, 8, seconds=4), 1, 4) == pytest.approx(12)


def test_only_recorded_and_come_back_later_is_as_promised() -> None:
    answers = [
        Answer(n, 0, 0, status, has_retry_after)
        for n, (status, has_retry_after) in enumerate(
            [(200, False), (201, False), (503, True), (503, False), (500, False), (429, True), (0, False)]
        )
    ]
    assert overload.unlike_promised(Offered(1, answers=answers)) == 4
    assert Offered(1, answers=answers).numbers_acknowledged == [0, 1]


def test_memory_is_held_to_the_second_fifth_and_not_to_the_start() -> None:
    rising = [10.0] * 20 + [50.0] * 60 + [55.0] * 20
    before, after, times = soak.growth(rising)
    assert (before, after, round(times, 6)) == (50.0, 55.0, 1.1)
    assert soak.growth([8.0]) == (8.0, 8.0, 1.0)


def test_reads_of_one_key_alone_may_not_grow() -> None:
    before = [
        Line("one", 0.1, "ms", at_most=0.3),
        Line("all", 50, "ms", at_most=150),
        Line("share", 1, "of 1"),
    ]
    after = [
        Line("one", 0.4, "ms", at_most=0.3),
        Line("all", 500, "ms", at_most=150),
        Line("share", 1, "of 1"),
    ]
    grown = past.growth(before, after)
    assert [(one.what, round(one.measured), one.holds) for one in grown] == [
        ("one", 4, False),
        ("all", 10, None),
    ]


def test_a_target_that_is_missed_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    held = [Line("a", 0.35, "R", at_least=0.35), Line("b", 50, "ms", at_most=50), Line("c", 1, "R")]
    assert targets.show("t", held, as_json=False) == 0
    assert "hold" in capsys.readouterr().out
    assert targets.show("t", [*held, Line("d", 51, "ms", at_most=50)], as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["holds"] for one in told] == [True, True, None, False]


def test_of_all_rounds_the_one_in_the_middle_is_told() -> None:
    rounds = [[Line("a", measured, "R")] for measured in (3, 1, 2)]
    assert targets.typical(rounds) == [Line("a", 2, "R")]
