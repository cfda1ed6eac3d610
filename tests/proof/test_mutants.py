"""Every tie to the organisation matters: without any one of them the proof says no."""

from dataclasses import replace

import pytest

from proof.catalog import product
from proof.judge import judge
from proof.mutants import judged_mutants, routine_mutants, tied_routines, view_mutants
from proof.registry import statements
from proof.routines import judge_body, judge_view

# A tie that may go without the verdict changing, and why it is written all the same. None is at present.
REDUNDANT: dict[str, str] = {}

APPLIED = {one.name: one for one in statements() if judge(one.text, product()).is_applied}
ROUTINES = tied_routines(product())


@pytest.mark.parametrize("name", sorted(APPLIED))
def test_a_statement_without_one_of_its_ties_is_not_proven(name: str) -> None:
    judged = [*judged_mutants(APPLIED[name].text, product())]

    assert judged, "it has no tie to take away"
    assert [f"{name}: {mutant.name}" for mutant, verdict in judged if verdict.is_applied] == [*REDUNDANT]


@pytest.mark.parametrize("name", sorted(ROUTINES))
def test_a_routine_without_one_of_its_ties_is_not_proven(name: str) -> None:
    routine = ROUTINES[name]

    assert [
        mutant.name
        for mutant in routine_mutants(routine, product())
        if judge_body(routine, mutant.body, product()).is_applied
    ] == []


# What puts tables one below the other joins nothing, and shows the organisation of each row.
JOINED = sorted(product().views.keys() - {"audit.leaf"})


@pytest.mark.parametrize("name", JOINED)
def test_a_view_without_one_of_its_ties_is_not_proven(name: str) -> None:
    mutants = [*view_mutants(name, product())]

    assert mutants, "it has no tie to take away"
    assert [
        mutant.name
        for mutant in mutants
        if judge_view(name, replace(product(), views={name: mutant.query})).is_applied
    ] == []


def test_the_ties_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    in_statements = sum(len([*judged_mutants(one.text, product())]) for one in APPLIED.values())
    in_routines = sum(len([*routine_mutants(one, product())]) for one in ROUTINES.values())
    in_views = sum(len([*view_mutants(name, product())]) for name in product().views)

    with capsys.disabled():
        counts = f"{in_statements} in statements, {in_routines} in routines, {in_views} in views"
        print(f"\nties to the organisation, each taken away once: {counts}")  # noqa: T201 - for the log of a build
    assert min(in_statements, in_routines, in_views) > 0
