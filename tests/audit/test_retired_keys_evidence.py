"""A key that the log retired and that signs on, alone, is a finding of a verification (V-22)."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from support.ledger_sql import INTEGRATOR
from support.sealed import Sealed
from velaurum.audit import signers
from velaurum.audit.keyrings import LogKey
from velaurum.db.connection import Database
from velaurum.ops.rotating import Rotation
from velaurum.proofs import checkpoints, notes
from velaurum.proofs.checkpoints import Checkpoint

Rotated = tuple[LogKey, LogKey, tuple[int, str]]


@pytest.fixture
def rotated(sealed: Sealed) -> Rotated:
    """Rotate the key, and return the old one as a thief has it, the new one, and where the log retires the old one."""
    with closing(Database(sealed.conninfo(INTEGRATOR), max_connections=1)) as door:
        signer = signers.load(sealed.data_dir)
        (old,) = signer.keyring.keys
        rotation = Rotation(door, signer, "by the book")
        new = rotation.add("ed25519", timedelta(0))
        rotation.retire(old.id, before_time=True)
    sealed.post_and_sign()
    with sealed.superuser() as connection:
        row = connection.execute(
            "select v.log_index, v.subject_id::text from audit.version as v where v.subject = 'log-key'"
            " order by v.log_index desc limit 1"
        ).fetchone()
    assert row is not None
    return old, new, (row[0], row[1])


def said_last(sealed: Sealed) -> Checkpoint:
    return checkpoints.parse(notes.parse(sealed.statement()).text)


def signed_by(sealed: Sealed, key: LogKey, said: Checkpoint | None = None) -> bytes:
    return checkpoints.sign(said or said_last(sealed), [key.signer(sealed.origin)]).encode()


def store(sealed: Sealed, note: bytes) -> None:
    """Put a note into the place of the newest one, as whoever may do anything."""
    size = said_last(sealed).size
    sealed.rewrite(
        f"update audit.checkpoint set note = '{note.decode()}', xid = pg_current_xact_id() where size = {size}"  # noqa: S608
    )


def by_keyring(_sealed: Sealed, _rotated: Rotated, _folder: Path) -> Path | None:
    return None


def by_policy(sealed: Sealed, rotated: Rotated, folder: Path) -> Path | None:
    keys = "".join(f"log {one.verifier_of(sealed.origin)}\n" for one in rotated[:2])
    path = folder / "policy"
    path.write_text(f"{keys}quorum none\n", "utf-8")
    return path


@pytest.mark.parametrize("trusted", [by_keyring, by_policy])
def test_a_stored_checkpoint_that_a_retired_key_alone_signed_is_named_with_the_entry_that_retires_it(
    sealed: Sealed,
    rotated: Rotated,
    trusted: Callable[[Sealed, Rotated, Path], Path | None],
    tmp_path: Path,
) -> None:
    policy = trusted(sealed, rotated, tmp_path)
    assert sealed.verdict(policy=policy).findings.kept == []

    store(sealed, signed_by(sealed, rotated[0]))

    (found,) = sealed.verdict(policy=policy).findings.kept
    assert found.code == "checkpoint-retired"
    assert (found.log_index, found.record_id) == rotated[2]
    assert str(rotated[0].verifier_of(sealed.origin)) in found.detail


def test_the_next_key_beside_it_is_enough(sealed: Sealed, rotated: Rotated) -> None:
    both = [one.signer(sealed.origin) for one in rotated[:2]]

    store(sealed, checkpoints.sign(said_last(sealed), both).encode())

    assert sealed.verdict().findings.kept == []


def test_a_checkpoint_that_somebody_kept_is_held_to_the_same(
    sealed: Sealed, rotated: Rotated, tmp_path: Path
) -> None:
    with sealed.superuser() as connection:
        row = connection.execute("select note from audit.checkpoint order by size limit 1").fetchone()
    assert row is not None
    before, beyond = tmp_path / "before", tmp_path / "beyond"
    before.write_text(row[0], "utf-8")
    beyond.write_bytes(signed_by(sealed, rotated[0]))

    assert sealed.verdict(before).findings.kept == []
    (found,) = sealed.verdict(before, beyond).findings.kept
    assert (found.code, found.log_index) == ("checkpoint-retired", rotated[2][0])
    assert str(beyond) in found.detail
