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
READ_OCTETS = 40_000
# So much is handed on at once, and so long does whoever gets it take.
PIECE, TAKEN_S = 200, 0.002
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
        lines = [json.dumps([one["id"], one["logindex"]]) + "\n" for one in events]
        with (folder / code).open("ab", buffering=0) as file:
            for begin in range(0, len(lines), PIECE):
                file.write(("\n" + "".join(lines[begin : begin + PIECE])).encode())
                time.sleep(TAKEN_S)
        subscribers.advance(tx, org_id, turn)
        return len(events)


def messages(path: Path, begin: int = 0, most: int = -1) -> tuple[list[tuple[str, int]], int]:
    """Return what was handed on behind an octet, in its order, with what came again; and behind which one that ends."""
    if not path.exists():
        return [], begin
    with path.open("rb") as file:
        file.seek(begin)
        read = file.read(most)
    whole = read[: read.rfind(b"\n") + 1]
    found = [json.loads(line) for line in whole.split(b"\n") if line.startswith(b"[") and line.endswith(b"]")]
    return [(message_id, int(index)) for message_id, index in found], begin + len(whole)


def consumer(door: Database, org_id: OrgId, code: str, folder: Path) -> int:
    """Do with some messages what is to be done once, and only then say that they came."""
    said = folder / f"{code}.said"
    begin = int(said.read_text() or 0) if said.exists() else 0
    batch, end = messages(folder / code, begin, READ_OCTETS)
    if end == begin:
        return 0
    indices = dict(batch)
    with door.installation() as outside:
        tx = outside.within(org_id)
        new = subscribers.take(tx, org_id, "consumer", [message_id for message_id, _ in batch])
        tx.connection.execute(_DO, ["consumer", org_id, [indices[one] for one in new]])
    # Another one may have said more meanwhile, or this one be killed before: then they come again.
    said.write_text(str(end))
    return len(batch)


def main() -> None:
    """Work for ever: the role, where the database is, the folder for files, and the organisations."""
    role, conninfo, folder, orgs = sys.argv[1], sys.argv[2], Path(sys.argv[3]), json.loads(sys.argv[4])
    work = {"direct": direct, "relay": relay, "consumer": consumer}[role]
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
