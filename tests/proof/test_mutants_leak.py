"""With the policies off, every tie of every statement is missed: without it another organisation is read or written."""

import pytest

from proof.calls import role_of
from proof.catalog import product
from proof.conftest import Played
from proof.judge import judge
from proof.mutants import OTHER, mutants
from proof.registry import statements
from proof.replays import Call, Change
from proof.scenes_of_callbacks import WORLDS_OF_CALLBACKS
from proof.scenes_of_history import WORLDS_OF_HISTORY
from proof.scenes_of_jobs import WORLDS_OF_JOBS
from proof.scenes_of_keys import WORLDS_OF_KEYS
from proof.scenes_of_logs import WORLDS_OF_LOGS
from proof.scenes_of_parts import WORLDS_OF_PARTS
from proof.scenes_of_reminders import WORLDS_OF_REMINDERS
from proof.scenes_of_retention import WORLDS_OF_RETENTION
from proof.scenes_of_sealed_texts import WORLDS_OF_SEALED_TEXTS
from proof.scenes_of_subjects import WORLDS_OF_SUBJECTS
from proof.scenes_of_transport import WORLDS_OF_TRANSPORT
from proof.scenes_of_webhooks import WORLDS_OF_WEBHOOKS

APPLIED = {one.name: one.text for one in statements() if judge(one.text, product()).is_applied}
WORLDS = (
    WORLDS_OF_LOGS
    | WORLDS_OF_HISTORY
    | WORLDS_OF_JOBS
    | WORLDS_OF_WEBHOOKS
    | WORLDS_OF_CALLBACKS
    | WORLDS_OF_RETENTION
    | WORLDS_OF_REMINDERS
    | WORLDS_OF_TRANSPORT
    | WORLDS_OF_KEYS
    | WORLDS_OF_SUBJECTS
    | WORLDS_OF_SEALED_TEXTS
    | WORLDS_OF_PARTS
)


def _calls(played: Played, name: str) -> list[Call]:
    given = played.story.recorded.get(name)
    assert given, f"nothing runs {name}: call its verb in tests/proof/scenario.py"
    org_id, twin, role = played.story.org_id, played.twin, role_of(name)
    return [
        Call(name, APPLIED[name], {**one, OTHER: twin}, org_id, twin, world, role)
        for world in dict.fromkeys(("", WORLDS.get(name, "")))
        for one in given
    ]


@pytest.mark.parametrize("name", sorted(APPLIED))
def test_each_tie_of_a_statement_keeps_another_organisation_out(played: Played, name: str) -> None:
    changes = {one.name: Change(text=one.sql) for one in mutants(APPLIED[name], product())}

    assert played.stage.unseen(_calls(played, name), changes) == []


@pytest.mark.parametrize("name", sorted(APPLIED))
def test_a_statement_is_not_told_from_itself(played: Played, name: str) -> None:
    itself = {"itself": Change(text=APPLIED[name])}

    assert played.stage.unseen(_calls(played, name), itself) == [*itself]


def test_a_whole_statement_writes_in_the_organisation_that_it_is_bound_to_alone(played: Played) -> None:
    # In the twin what was done before can be done for the first time.
    bound = {"org_id": played.twin}
    seen = {
        name: {
            place[-1]
            for one in played.story.recorded[name]
            for place in played.stage.shows(
                Call(name, text, {**one, **bound}, played.twin, played.story.org_id)
            )
            if place[0] == "wrote"
        }
        for name, text in APPLIED.items()
    }

    assert {name: whose for name, whose in seen.items() if not whose <= {"the twin"}} == {}
    assert {"catalog.items.create", "ledger.movements.post"} <= {
        name for name, whose in seen.items() if whose
    }


def test_a_posting_is_seen_where_it_is_written(played: Played) -> None:
    (call, *_) = _calls(played, "ledger.movements.post")
    (_, mutant) = mutants(call.text, product())

    seen = played.stage.shows(call, Change(text=mutant.sql))

    assert seen["wrote", "ledger.movement", "the twin"] == ["1"]
