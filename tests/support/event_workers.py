"""Programs that follow logs and are killed at any moment; `velaurum` runs the same verbs in its own.

`direct` does something in the database in the transaction of its turn. `relay` hands each event on, into a file, before
its turn is over, so that some come again. `consumer` reads such a file from its start whenever it starts.
"""

import json
import os
import sys
import time
from contextlib import closing
from pathlib import Path

from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.events import envelopes, subscribers
from velaurum.tenancy.context import OrgId

PAUSE_S = 0.05
BATCH = 1_000
# What is done with an event: the order of n is the order in which it was done.
EFFECTS = """
    create schema told;
    create table told.effect (n bigserial, doer text, org_id uuid, log_index bigint);
    grant usage on schema told to velaurum_app;
    grant insert, select on told.effect to velaurum_app;
    grant usage on sequence told.effect_n_seq to velaurum_app;
"""
_DO = "insert into told.effect (doer, org_id, log_index) select %s, %s, i from unnest(%s::bigint[]) as i"


def direct(door: Database, org_id: OrgId, code: str, _folder: Path) -> int:
    """Do one turn of a subscriber whose effect is in the database."""
    with door.installation() as outside:
        tx = outside.within(org_id)
        turn = subscribers.read(tx, org_id, code, "direct")
        if turn is None or not turn.page.events:
            return 0
        indices = [one.position.index for one in turn.page.events]
        tx.connection.execute(_DO, ["direct", org_id, indices])
        subscribers.advance(tx, org_id, turn)
        return len(indices)


def relay(door: Database, org_id: OrgId, code: str, folder: Path) -> int:
    """Do one turn of a subscriber that hands events on, to where no transaction reaches."""
    with door.installation() as outside:
        tx = outside.within(org_id)
        turn = subscribers.read(tx, org_id, code, "relay")
        if turn is None or not turn.page.events:
            return 0
        events = [envelopes.cloud_event(one, "https://stock.example.com") for one in turn.page.events]
        # Whoever was killed may have left half a line.
        lines = "\n" + "".join(json.dumps([one["id"], one["logindex"]]) + "\n" for one in events)
        with (folder / code).open("ab", buffering=0) as file:
            file.write(lines.encode())
        subscribers.advance(tx, org_id, turn)
        return len(events)


def messages(path: Path) -> list[tuple[str, int]]:
    """Return what was handed on, in its order, with what came again."""
    if not path.exists():
        return []
    found = []
    for line in path.read_bytes().split(b"\n"):
        if line.endswith(b"]"):
            message_id, index = json.loads(line)
            found.append((message_id, int(index)))
    return found


class Consumer:
    """Reads what was handed on, and does with each what is to be done once."""

    def __init__(self) -> None:
        """Begin at the start of every file."""
        self.read: dict[str, int] = {}

    def __call__(self, door: Database, org_id: OrgId, code: str, folder: Path) -> int:
        begin = self.read.get(code, 0)
        batch = messages(folder / code)[begin : begin + BATCH]
        if not batch:
            return 0
        indices = dict(batch)
        with door.installation() as outside:
            tx = outside.within(org_id)
            new = subscribers.take(tx, org_id, "consumer", [message_id for message_id, _ in batch])
            tx.connection.execute(_DO, ["consumer", org_id, [indices[one] for one in new]])
        self.read[code] = begin + len(batch)
        return len(batch)


def main() -> None:
    """Work for ever: the role, where the database is, the folder for files, and the organisations."""
    role, conninfo, folder, orgs = sys.argv[1], sys.argv[2], Path(sys.argv[3]), json.loads(sys.argv[4])
    work = {"direct": direct, "relay": relay, "consumer": Consumer()}[role]
    parent = os.getppid()
    with closing(Database(conninfo, max_connections=1)) as door:
        while os.getppid() == parent:
            done = 0
            for org_id, code in orgs:
                try:
                    done += work(door, OrgId(org_id), code, folder)
                except Refusal as refusal:
                    print(refusal, file=sys.stderr)  # noqa: T201 - the test shows it
            if not done:
                time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
