"""With the policies off, every tie of every statement is missed: without it another organisation is read or written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from proof.catalog import product
from proof.judge import judge
from proof.mutants import OTHER, mutants
from proof.registry import statements
from proof.scenario import Story, play
from proof.twins import add_twin, writes
from support.ledger_sql import APP, SUPERUSER, Connect, ConninfoOf
from velaurum.db.sessions import adapt

APPLIED = {one.name: one.text for one in statements() if judge(one.text, product()).is_applied}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a statement answered, or the SQLSTATE of its refusal, and how many rows it wrote where."""

    answer: list[str] | str | None
    written: Mapping[tuple[str, str], int]

    def tells_from(self, other: "Seen", *, by_answer: bool) -> bool:
        return self.written != other.written or (by_answer and self.answer != other.answer)


@dataclass(frozen=True, slots=True)
class Stage:
    """A story, the same again in another organisation, and a connection of the application."""

    story: Story
    twin: str
    connection: psycopg.Connection[Any]

    def watch(self, statement: str, parameters: Mapping[str, Any]) -> Seen:
        """Run a statement and undo it."""
        names = {self.story.org_id: "own", self.twin: "the twin's"}
        with self.connection.transaction(force_rollback=True):
            try:
                cursor = self.connection.execute(statement.encode(), {**parameters, OTHER: self.twin})
                answer = sorted(map(repr, cursor.fetchall()))
            except psycopg.Error as failure:
                return Seen(failure.sqlstate, {})
            return Seen(answer, writes(self.connection, names))

    def is_missed(self, statement: str, mutant: str, parameters: Mapping[str, Any]) -> bool:
        """Say whether a statement is told from its mutant; an answer that is never the same tells nothing."""
        first, again = (self.watch(statement, parameters) for _ in range(2))
        seen = self.watch(mutant, parameters)
        return seen.tells_from(first, by_answer=first.answer == again.answer)


@pytest.fixture(scope="module")
def stage(module_conninfo: ConninfoOf, module_as_role: Connect) -> Iterator[Stage]:
    admin = module_as_role(SUPERUSER)
    story = play(module_conninfo(APP))
    connection = module_as_role(APP)
    adapt(connection.adapters)
    # Routines read it; without policies it keeps nobody out.
    for setting, value in (("velaurum.org", story.org_id), ("velaurum.sub_orgs", "*")):
        connection.execute("select set_config(%s, %s, false)", [setting, value])
    return Stage(story, add_twin(admin, story.org_id), connection)


@pytest.mark.parametrize("name", sorted(APPLIED))
def test_each_tie_of_a_statement_keeps_another_organisation_out(stage: Stage, name: str) -> None:
    given = stage.story.recorded.get(name)
    assert given, "call its verb in tests/proof/scenario.py"

    unseen = [
        mutant.name
        for mutant in mutants(APPLIED[name], product())
        if not any(stage.is_missed(APPLIED[name], mutant.sql, parameters) for parameters in given)
    ]

    assert unseen == []


@pytest.mark.parametrize("name", sorted(APPLIED))
def test_a_statement_is_not_told_from_itself(stage: Stage, name: str) -> None:
    text = APPLIED[name]

    assert not any(stage.is_missed(text, text, parameters) for parameters in stage.story.recorded[name])


def test_a_whole_statement_writes_in_the_organisation_that_it_is_bound_to_alone(stage: Stage) -> None:
    # In the twin what was done before can be done for the first time.
    seen = {
        name: {
            whose
            for one in stage.story.recorded[name]
            for _, whose in stage.watch(text, {**one, "org_id": stage.twin}).written
        }
        for name, text in APPLIED.items()
    }

    assert {name: whose for name, whose in seen.items() if not whose <= {"the twin's"}} == {}
    assert {"catalog.items.create", "ledger.movements.post"} <= {
        name for name, whose in seen.items() if whose
    }


def test_a_posting_is_seen_where_it_is_written(stage: Stage) -> None:
    (given, *_) = stage.story.recorded["ledger.movements.post"]
    (_, mutant) = mutants(APPLIED["ledger.movements.post"], product())

    seen = stage.watch(mutant.sql, given)

    assert seen.written["ledger.movement", "the twin's"] == 1
