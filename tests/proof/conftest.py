"""One story and its twin, and every call that mutants are tried with: made once for all of their tests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import psycopg
import pytest

from proof import stilled
from proof.calls import Repertoire, calls, narrow_calls
from proof.replays import Stage
from proof.scenario import Story, play
from proof.twins import add_twin
from proof.worlds import WORLDS
from support.ledger_sql import APP, SUPERUSER
from velaurum.db import embedded
from velaurum.db.sessions import adapt


@dataclass(frozen=True, slots=True)
class Played:
    """A story with its twin, on a stage."""

    stage: Stage
    story: Story
    twin: str


@pytest.fixture(scope="session")
def played(cluster: embedded.Cluster, clone: Callable[[], AbstractContextManager[str]]) -> Iterator[Played]:
    """Play the scenario in a database of its own where nothing is left to chance, copy it, and stop the clock."""
    with (
        clone() as name,
        psycopg.connect(cluster.conninfo(user=SUPERUSER, dbname=name), autocommit=True) as admin,
    ):
        with stilled.counted_ids(admin):
            story = play(cluster.conninfo(user=APP, dbname=name))
        twin = add_twin(admin, story.org_id)
        # What was noted or seen a moment ago was so however long the story took.
        for statement in (
            "update identity.token_use set last_used_at = clock_timestamp() + interval '10 minutes' where org_id = %s",
            "update identity.session set seen_at = clock_timestamp() + interval '10 minutes' where org_id = %s",
        ):
            admin.execute(statement.encode(), [story.org_id])
        stilled.stop_clock(admin)
        stilled.settle(admin)
        adapt(admin.adapters)
        yield Played(Stage(admin, {story.org_id: "the first", twin: "the twin"}), story, twin)


@pytest.fixture(scope="session")
def repertoire(played: Played) -> Repertoire:
    return Repertoire(played.stage, [*calls(played.story, played.twin)], WORLDS)


@pytest.fixture(scope="session")
def narrow_repertoire(played: Played) -> Repertoire:
    departments = played.stage.connection.execute(
        "select s.code, s.id::text from tenancy.sub_org as s where s.org_id = %s", [played.story.org_id]
    ).fetchall()
    return Repertoire(played.stage, [*narrow_calls(played.story, played.twin, dict(departments))])
