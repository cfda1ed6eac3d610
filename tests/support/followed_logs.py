"""A database whose logs integrators follow, and the signer beside it; what is stored of a log, held to itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from support.ledger_sql import SUPERUSER, ConninfoOf
from velaurum.audit import origins, signers
from velaurum.audit.signers import Signer
from velaurum.db.connection import Database
from velaurum.ops.integrating import Integrator
from velaurum.proofs import checkpoints, merkle, notes
from velaurum.tenancy.context import OrgId

INTEGRATOR = "velaurum_integrator"
NAME = "log.example"


@dataclass(frozen=True, slots=True)
class Place:
    """A database, and a signer beside it."""

    conninfo: ConninfoOf
    data_dir: Path

    @contextmanager
    def integrator(self) -> Iterator[Integrator]:
        """Start one as after a restart: nothing is remembered but what is stored."""
        one = Integrator(Database(self.conninfo(INTEGRATOR), max_connections=1), self.signer)
        try:
            yield one
        finally:
            one.database.close()

    @property
    def signer(self) -> Signer:
        return signers.load(self.data_dir, NAME)

    @contextmanager
    def connected(self, role: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        with psycopg.connect(self.conninfo(role), autocommit=True) as connection:
            yield connection


def leaves(place: Place, org_id: str) -> list[tuple[int, bytes]]:
    """Return log indices and leaf hashes, in order."""
    with place.connected(SUPERUSER) as admin:
        return admin.execute(  # type: ignore[return-value]
            "select log_index, leaf_hash from audit.leaf where org_id = %s order by log_index", [org_id]
        ).fetchall()


def count(place: Place, org_id: str, table: str = "ledger.movement") -> int:
    """Return how many rows of a table an organisation has."""
    with place.connected(SUPERUSER) as admin:
        found = admin.execute(f"select count(*) from {table} where org_id = %s".encode(), [org_id]).fetchone()  # noqa: S608
    assert found is not None
    return int(str(found[0]))


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed of a log in one of its incarnations."""

    incarnation: int
    size: int
    root: bytes


def require_prefixes(place: Place, org_id: str) -> list[Signed]:
    """Hold every checkpoint that is stored to the leaves that are there; return them, the smallest first."""
    hashes = [leaf for _, leaf in leaves(place, org_id)]
    with place.connected(SUPERUSER) as admin:
        found: list[tuple[int, str]] = admin.execute(
            "select incarnation, note from audit.checkpoint where org_id = %s order by size", [org_id]
        ).fetchall()  # type: ignore[assignment]
    held = []
    for incarnation, note in found:
        key = place.signer.verifier(origins.of_org(NAME, OrgId(org_id), incarnation))
        signed, _ = checkpoints.open_signed(notes.parse(note.encode()), [key])
        assert signed.root == merkle.root(hashes[: signed.size])
        held.append(Signed(incarnation, signed.size, signed.root))
    return held
