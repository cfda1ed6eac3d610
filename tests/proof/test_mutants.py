"""Every tie to the organisation matters: without any one of them the proof says no."""

import pytest

from proof.allowed import BY_NAME, OWN_ORG
from proof.catalog import product
from proof.judge import judge
from proof.mutants import judged_mutants, routine_mutants, view_mutants
from proof.registry import statements

# A tie that may go without the verdict changing, and why it is written all the same. None is at present.
REDUNDANT: dict[str, str] = {}

APPLIED = {one.name: one for one in statements() if judge(one.text, product()).is_applied}
ROUTINES = {
    name: routine
    for name, routine in product().routines.items()
    if name not in BY_NAME and (routine.takes_org or name in OWN_ORG)
}


@pytest.mark.parametrize("name", sorted(APPLIED))
def test_a_statement_without_one_of_its_ties_is_not_proven(name: str) -> None:
    judged = [*judged_mutants(APPLIED[name].text, product())]

    assert judged, "it has no tie to take away"
    assert [f"{name}: {mutant.name}" for mutant, verdict in judged if verdict.is_applied] == [*REDUNDANT]


@pytest.mark.parametrize("name", sorted(ROUTINES))
def test_a_routine_without_one_of_its_ties_is_not_proven(name: str) -> None:
    judged = [*routine_mutants(ROUTINES[name], product())]

    assert [mutant for mutant, verdict in judged if verdict.is_applied] == []


@pytest.mark.parametrize("name", sorted(product().views))
def test_a_view_without_one_of_its_ties_is_not_proven(name: str) -> None:
    judged = [*view_mutants(name, product())]

    assert judged, "it has no tie to take away"
    assert [mutant for mutant, verdict in judged if verdict.is_applied] == []


def test_the_ties_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    in_statements = sum(len([*judged_mutants(one.text, product())]) for one in APPLIED.values())
    in_routines = sum(len([*routine_mutants(one, product())]) for one in ROUTINES.values())
    in_views = sum(len([*view_mutants(name, product())]) for name in product().views)

    with capsys.disabled():
        counts = f"{in_statements} in statements, {in_routines} in routines, {in_views} in views"
        print(f"\nties to the organisation, each taken away once: {counts}")  # noqa: T201 - for the log of a build
    assert min(in_statements, in_routines, in_views) > 0
