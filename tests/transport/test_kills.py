"""Consumers that are killed at random: every message arrives, and its first arrival is in its place (V-06)."""

import random
import time
from collections import defaultdict
from pathlib import Path

from support.carriers import consumer_that_notes, messages
from transport.conftest import InDatabase

ORGS, MESSAGES, CONSUMERS = 3, 120, 3
PATIENCE_S = 120.0
SEED = 20261129


def test_every_message_arrives_in_order_though_consumers_are_killed(
    in_database: InDatabase, tmp_path: Path
) -> None:
    chance, transport = random.Random(SEED), in_database.transport()  # noqa: S311 - it kills, and hides nothing
    org_ids = [in_database.org() for _ in range(ORGS)]
    how = in_database.described() | {"lease_s": 1.0}
    notes = [tmp_path / f"notes-{n}" for n in range(CONSUMERS)]
    for path in notes:
        path.touch()
    kills, deadline = 0, time.monotonic() + PATIENCE_S
    running = [consumer_that_notes(how, path) for path in notes]
    try:
        for n in range(0, MESSAGES, 10):
            transport.publish([one for org_id in org_ids for one in messages(org_id, *range(n, n + 10))])
            time.sleep(chance.uniform(0.5, 1.2))
            killed = chance.randrange(CONSUMERS)
            running[killed].kill()
            running[killed].wait()
            running[killed] = consumer_that_notes(how, notes[killed])
            kills += 1
        while len(_noted(notes)) < ORGS * MESSAGES and time.monotonic() < deadline:
            time.sleep(0.2)
    finally:
        for one in running:
            one.kill()
            one.wait()

    noted = _noted(notes)
    assert kills == MESSAGES // 10
    assert noted == {f"{org_id}:{n}" for org_id in org_ids for n in range(MESSAGES)}
    for path in notes:
        _require_order(path)


def _noted(notes: list[Path]) -> set[str]:
    return {line for path in notes for line in path.read_text().splitlines()}


def _require_order(path: Path) -> None:
    """Require that what a consumer got is in order, but for what came again after it was killed."""
    last: dict[str, int] = defaultdict(lambda: -1)
    seen: set[str] = set()
    for line in path.read_text().splitlines():
        org_id, _, index = line.partition(":")
        assert int(index) > last[org_id] or line in seen, line
        seen.add(line)
        last[org_id] = max(last[org_id], int(index))
