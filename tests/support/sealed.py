"""A signed log and who attacks it: databases of their own, the key and the statements outside, and the verdict."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from support.ledger_sql import APP, SUPERUSER, ConninfoOf, Org, create_org, issue, receipt, transfer
from support.postings import keyed
from velaurum.audit import origins, signers
from velaurum.config import Settings
from velaurum.db import last_notes
from velaurum.db.connection import Database
from velaurum.db.readings import AUDITOR
from velaurum.keys import opening as keyrings
from velaurum.keys.keyring import Keyring
from velaurum.keys.sealed_texts import Text
from velaurum.ledger import notes
from velaurum.ops.evidence import database
from velaurum.ops.evidence.database import Report
from velaurum.ops.evidence.trust import Sources
from velaurum.ops.integrating import Integrator
from velaurum.proofs import checkpoints, merkle
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.tenancy.context import OrgId

INTEGRATOR = "velaurum_integrator"
SIZE = 300  # more than a tile
REFERENCE, FORGED = "PO-1881", "PO-9999"
# Whoever may do anything turns the triggers of the product off without a trace in the catalogue, and on again.
OFF = (
    "set local allow_system_table_mods = on",
    "set local session_replication_role = replica",
    "update pg_trigger set tgenabled = 'D' where tgenabled = 'A'",
)
ON = ("update pg_trigger set tgenabled = 'A' where tgenabled = 'D'",)


@dataclass(frozen=True, slots=True)
class Sealed:
    """One database with a signed log, where its key and statements are, and what was posted."""

    conninfo: ConninfoOf
    data_dir: Path
    org_id: str
    org: str
    ids: Mapping[int, str]  # of the movements, by log index
    edited: int  # the index of the row that attacks are after; a checkpoint stands before and after it
    noted: int  # the index of a row with a note
    poster: tuple[str, str]  # who posts, and with which credential

    @contextmanager
    def superuser(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.conninfo(SUPERUSER), autocommit=True) as connection:
            yield connection

    def as_poster(self, connection: psycopg.Connection[Any]) -> Org:
        """Return the organisation over a connection of the application."""
        return Org(connection, self.org_id, self.org, *self.poster)

    def post_and_sign(self) -> None:
        """Post one more row, and have it signed."""
        with psycopg.connect(self.conninfo(APP), autocommit=True) as connection:
            assert self.as_poster(connection).receive("BOLT", "A", "1").status == "posted"
        with closing(Database(self.conninfo(INTEGRATOR), max_connections=1)) as door:
            Integrator(door, signers.load(self.data_dir)).advance(OrgId(self.org_id))

    def rewrite(self, *statements: str) -> None:
        """Run statements as a superuser, in one transaction in which no trigger of the product fires."""
        with self.superuser() as connection, connection.transaction():
            for statement in (*OFF, *statements, *ON):
                connection.execute(sql.SQL(statement))

    def verdict(
        self,
        *since: Path,
        policy: Path | None = None,
        timestamp_ca: Path | None = None,
        witnesses: Path | None = None,
        conninfo: str | None = None,
        workers: int = 1,
    ) -> Report:
        """Verify the database as its auditor."""
        trust = Sources(self.data_dir, policy, since, timestamp_ca, witnesses).read()
        where = conninfo or self.conninfo(AUDITOR)
        with closing(self.keyring()) as keyring:
            return database.examine(
                where, None, trust, unwatched, is_own_server=True, keyring=keyring, workers=workers
            )

    def keyring(self) -> Keyring:
        """Open the keys of the data directory, as the application does."""
        return keyrings.opened(Settings(self.data_dir), self.conninfo(APP))

    @property
    def origin(self) -> str:
        return origins.of_org(signers.load(self.data_dir).name, OrgId(self.org_id), 0)

    def statement(self) -> bytes:
        """Return the signer's last statement about the log."""
        found = self._statements.get(self.origin)
        assert found is not None
        return found

    def replace_statement(self, note: bytes) -> None:
        """Put another statement into the signer's own store."""
        with self._statements.held(self.origin) as slot:
            slot.kept = note

    def resign(self, sizes: Iterable[int]) -> None:
        """Sign anew what stands in the database with the real key, around the signer, and keep these notes alone."""
        signer = signers.load(self.data_dir)
        with self.superuser() as connection:
            found = connection.execute(
                "select l.leaf_hash from audit.leaf as l where l.org_id = %s order by l.log_index",
                [self.org_id],
            )
            leaves = [row[0] for row in found.fetchall()]
            with connection.transaction():
                for statement in OFF:
                    connection.execute(sql.SQL(statement))
                connection.execute("delete from audit.checkpoint")
                for size in sizes:
                    said = Checkpoint(self.origin, size, merkle.root(leaves[:size]))
                    note = checkpoints.sign(said, [signer.keyring.signing[0].signer(self.origin)])
                    connection.execute(
                        "insert into audit.checkpoint (org_id, size, note) values (%s, %s, %s)",
                        [self.org_id, size, note.encode().decode()],
                    )
                for statement in ON:
                    connection.execute(sql.SQL(statement))

    def rebuild_tiles(self) -> None:
        """Let the product build every tile anew from the leaves as they are."""
        self.rewrite("delete from audit.tile")
        with (
            closing(Database(self.conninfo(INTEGRATOR), max_connections=1)) as door,
            door.installation() as outside,
        ):
            outside.within(self.org_id).connection.execute("select audit.integrate(%s)", [self.org_id])

    @property
    def _statements(self) -> last_notes.LastNotes:
        return last_notes.LastNotes(self.data_dir / signers.FOLDER / signers.STATEMENTS_FILE)


def seal(conninfo: ConninfoOf, data_dir: Path) -> Sealed:
    """Post and sign a log in a migrated database: single rows with a checkpoint after each, then very many at once."""
    signer = signers.load(data_dir)
    with (
        psycopg.connect(conninfo(APP), autocommit=True) as app,
        closing(Database(conninfo(INTEGRATOR), max_connections=1)) as door,
        closing(keyrings.opened(Settings(data_dir), conninfo(APP))) as keyring,
    ):
        follower = Integrator(door, signer)
        org = create_org(app, items=["BOLT"], locations=["A", "B"])
        org.lot(org.item("MILK", tracking="lot"), "L1", expires_on="2999-12-31")
        org.serial(org.item("PUMP", tracking="serial"), "S1")
        for row in _single_rows(org, keyring):
            assert [one.status for one in org.post([row])] == ["posted"]
            follower.advance(OrgId(org.org_id))
        size = _value(org, "select h.size from ledger.head as h where h.org_id = %s")
        org.post([receipt("BOLT", "A", "1")] * (SIZE - size))
        follower.advance(OrgId(org.org_id))
        found = org.connection.execute(
            "select m.log_index, m.id::text, m.reference, m.note_commitment from ledger.movement as m"
            " where m.org_id = %s",
            [org.org_id],
        ).fetchall()
    ids = {log_index: movement_id for log_index, movement_id, _, _ in found}
    (edited,) = (log_index for log_index, _, reference, _ in found if reference == REFERENCE)
    (noted,) = (log_index for log_index, _, _, commitment in found if commitment is not None)
    poster = org.actor_id, org.credential_id
    return Sealed(conninfo, data_dir, org.org_id, org.code, ids, edited, noted, poster)


def forged_entry(index: int | str) -> str:
    """Return SQL that writes another reference into a row and makes entry, leaf and transaction agree with it."""
    return f"""
        update ledger.movement set reference = '{FORGED}', xid = pg_current_xact_id(), entry = f.entry,
            leaf_hash = sha256('\\x00'::bytea || f.entry)
        from (
            select convert_to(replace(convert_from(m.entry, 'UTF8'), '{REFERENCE}', '{FORGED}'), 'UTF8') as entry
            from ledger.movement as m where m.log_index = {index}
        ) as f
        where log_index = {index}
    """


def _noted(org: Org, keyring: Keyring) -> dict[str, Any]:
    """Return a request with a note that the product sealed."""
    text = Text(hashlib.sha256(b"salt").digest(), "by hand")
    with keyring.database.installation() as outside:
        tx, org_id = outside.within(org.org_id), OrgId(org.org_id)
        sealed = keyring.seal(tx, org_id, notes.place(org_id, "noted"), text.packed())
    commitment = text.commitment
    written = {"note_sealed": f"\\x{sealed.hex()}", "note_commitment": f"\\x{commitment.hex()}"}
    return keyed(receipt("BOLT", "B", "4"), "noted") | written


def _single_rows(org: Org, keyring: Keyring) -> Iterator[dict[str, Any]]:
    milk = {"lot_code": "L1", "source_status": "quarantine", "target_status": "quarantine"}
    yield receipt("MILK", "A", "10") | milk | {"source_status": None}
    yield transfer("MILK", "A", "B", "4") | milk
    released = transfer("MILK", "B", "B", "3") | milk | {"target_status": "available"}
    yield released | {"kind": "status-change", "reason": "inspected"}
    yield receipt("PUMP", "A", "1") | {"serial_code": "S1"}
    yield transfer("PUMP", "A", "B", "1") | {"serial_code": "S1"}
    yield receipt("BOLT", "A", "100")
    yield issue("BOLT", "A", "2")
    yield transfer("BOLT", "A", "B", "7")
    yield _noted(org, keyring)
    yield receipt("BOLT", "A", "1")
    yield receipt("BOLT", "A", "5") | {"reference": REFERENCE}
    yield receipt("BOLT", "B", "3")
    last = _value(
        org,
        "select m.id::text from ledger.movement as m where m.org_id = %s order by m.log_index desc limit 1",
    )
    yield {"kind": "reversal", "reverses_id": last, "reason": "mistake"}


@contextmanager
def unwatched(_total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _done: None


def _value(org: Org, query: str) -> Any:
    row = org.enter().execute(sql.SQL(query), [org.org_id]).fetchone()
    assert row is not None
    return row[0]
