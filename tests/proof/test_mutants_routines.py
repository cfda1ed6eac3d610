"""With the policies off, every tie of every routine and view is missed: without it a call shows something else."""

import pytest

from proof.calls import Repertoire
from proof.catalog import product
from proof.installed import definition, mutated_routine, mutated_view
from proof.mutants import routine_mutants, tied_routines, view_mutants
from proof.replays import AS_IT_IS, Change
from proof.shielded import SHIELDED, label

# What is played first calls everything once, and waits behind whatever else the machine does.
pytestmark = pytest.mark.timeout(900)

TIED = {name: one for name, one in tied_routines(product()).items() if [*routine_mutants(one, product())]}


@pytest.mark.parametrize("name", sorted(TIED))
def test_each_tie_of_a_routine_keeps_another_organisation_out(repertoire: Repertoire, name: str) -> None:
    connection = repertoire.stage.connection
    mutants = [*routine_mutants(TIED[name], product())]
    changes = {one.name: Change(mutated_routine(connection, TIED[name], one)) for one in mutants}

    assert repertoire.by_routine[name], f"nothing calls {name}: call its verb in tests/proof/scenario.py"
    unseen = {label(mutant) for mutant in repertoire.unseen(name, changes)}

    assert unseen == {label(mutant) for mutant in changes} & set(SHIELDED)


@pytest.mark.parametrize("name", sorted(product().views))
def test_each_tie_of_a_view_keeps_another_organisation_out(repertoire: Repertoire, name: str) -> None:
    changes = {one.name: Change(mutated_view(one)) for one in view_mutants(name, product())}

    assert repertoire.by_routine[name], f"nothing reads {name}: call its verb in tests/proof/scenario.py"
    assert repertoire.unseen(name, changes) == []


def test_what_is_shielded_is_a_mutant() -> None:
    mutants = {label(one.name) for routine in TIED.values() for one in routine_mutants(routine, product())}

    assert set(SHIELDED) <= mutants


def test_a_routine_is_told_from_one_that_answers_something_else(repertoire: Repertoire) -> None:
    name = "identity.open_session"
    change = Change(definition(repertoire.stage.connection, TIED[name], "begin return null; end"))

    assert repertoire.unseen(name, {"another": change}) == []


def test_a_call_shows_the_same_each_time(repertoire: Repertoire) -> None:
    stage = repertoire.stage

    assert [one.name for one in repertoire.calls if stage.shows(one) != stage.once(one).seen] == []


def test_a_call_is_not_told_from_itself(repertoire: Repertoire) -> None:
    assert [one.name for one in repertoire.leaders if repertoire.stage.told(one, {"": AS_IT_IS})] == []
