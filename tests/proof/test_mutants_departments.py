"""Without any one mention of departments a call shows what is beyond them, or does something there."""

import pytest

from proof.calls import Repertoire
from proof.catalog import product
from proof.departments import narrow_mutants, narrow_routine_mutants, narrow_routines
from proof.installed import mutated_routine
from proof.judge import judge
from proof.registry import statements
from proof.replays import Change

# What is played first calls everything once, and waits behind whatever else the machine does.
pytestmark = pytest.mark.timeout(900)

ROUTINES = narrow_routines(product())
STATEMENTS = {
    one.name: one.text
    for one in statements()
    if judge(one.text, product()).is_applied and [*narrow_mutants(one.text)]
}


@pytest.mark.parametrize("name", sorted(ROUTINES))
def test_each_mention_of_departments_in_a_routine_keeps_the_others_out(
    narrow_repertoire: Repertoire, name: str
) -> None:
    connection = narrow_repertoire.stage.connection
    changes = {
        one.name: Change(mutated_routine(connection, ROUTINES[name], one))
        for one in narrow_routine_mutants(ROUTINES[name])
    }

    assert narrow_repertoire.unseen(name, changes) == []


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_each_mention_of_departments_in_a_statement_keeps_the_others_out(
    narrow_repertoire: Repertoire, name: str
) -> None:
    changes = {one.name: Change(text=one.sql) for one in narrow_mutants(STATEMENTS[name])}

    assert narrow_repertoire.unseen_of_statement(name, changes) == []
