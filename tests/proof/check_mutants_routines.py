"""With the policies off, every tie of every routine and view is missed: without it a call shows something else."""

import pytest

from proof.calls import Repertoire
from proof.catalog import product
from proof.installed import definition, mutated_routine, mutated_view
from proof.mutants import routine_mutants, tied_routines, view_mutants
from proof.shielded import SHIELDED, label

TIED = {name: one for name, one in tied_routines(product()).items() if [*routine_mutants(one, product())]}


@pytest.mark.parametrize("name", sorted(TIED))
def test_each_tie_of_a_routine_keeps_another_organisation_out(repertoire: Repertoire, name: str) -> None:
    connection = repertoire.stage.connection
    mutants = [*routine_mutants(TIED[name], product())]
    changes = [(one.name, mutated_routine(connection, TIED[name], one)) for one in mutants]

    assert repertoire.by_routine[name], f"nothing calls {name}: call its verb in tests/proof/scenario.py"
    unseen = {label(mutant) for mutant, change in changes if not repertoire.tells(name, change)}

    assert unseen <= set(SHIELDED)


@pytest.mark.parametrize("name", sorted(product().views))
def test_each_tie_of_a_view_keeps_another_organisation_out(repertoire: Repertoire, name: str) -> None:
    changes = {one.name: mutated_view(one) for one in view_mutants(name, product())}

    assert repertoire.by_routine[name], f"nothing reads {name}: call its verb in tests/proof/scenario.py"
    assert [mutant for mutant, change in changes.items() if not repertoire.tells(name, change)] == []


def test_what_is_shielded_is_a_mutant() -> None:
    mutants = {label(one.name) for routine in TIED.values() for one in routine_mutants(routine, product())}

    assert set(SHIELDED) <= mutants


def test_a_routine_is_told_from_one_that_answers_something_else(repertoire: Repertoire) -> None:
    body = "begin return null; end"
    name = "identity.open_session"
    change = definition(repertoire.stage.connection, TIED[name], body)

    assert repertoire.tells(name, change)


def test_a_call_is_not_told_from_itself(repertoire: Repertoire) -> None:
    assert [one.name for one in repertoire.leaders if repertoire.stage.tells(one, "")] == []
