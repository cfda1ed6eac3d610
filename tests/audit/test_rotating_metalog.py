"""A rotation of the logs' key in the meta-log (V-22): both keys sign it, and what was anchored before stays usable."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.ledger_sql import APP, INTEGRATOR
from support.sealed import Sealed
from support.timestamp_authority import Authority
from velaurum.audit import logs, metalog, signers, timestamps
from velaurum.audit.keyrings import LogKey
from velaurum.db.connection import Database
from velaurum.exchange import log_files
from velaurum.exports import verification
from velaurum.exports.verification import Verdict
from velaurum.ops.anchoring import Anchorer
from velaurum.ops.rotating import Rotation
from velaurum.proofs import checkpoints, notes, policies
from velaurum.proofs import metalog as formats
from velaurum.proofs import timestamps as stamps
from velaurum.tenancy.context import OrgId


@dataclass
class Place:
    """A signed log, whose meta-log is anchored and stamped, and the keys that its readers know."""

    sealed: Sealed
    door: Database
    folder: Path
    authority: Authority = field(default_factory=Authority)

    @property
    def meta(self) -> str:
        return formats.origin(signers.load(self.sealed.data_dir).name, 0)

    def rotation(self) -> Rotation:
        return Rotation(self.door, signers.load(self.sealed.data_dir), "by the book")

    def anchor(self) -> None:
        """Post, sign, anchor, and have what is new stamped."""
        self.sealed.post_and_sign()
        assert Anchorer(self.door, signers.load(self.sealed.data_dir), timedelta(0)).follow() == 1
        with self.door.installation() as tx:
            published = metalog.newest(tx)
            assert published is not None
            at = datetime.now(UTC).replace(microsecond=0)
            reply = self.authority.stamp(published.note.encode(), at)
            timestamps.keep(tx, published, at, "tsa.example", reply)

    def verify(self, *keys: LogKey) -> Verdict:
        """Export the log and verify that with a policy of these keys, each for the log and for the meta-log."""
        named = "".join(
            f"log {key.verifier_of(name)}\n" for name in (self.sealed.origin, self.meta) for key in keys
        )
        out = self.folder / f"export-{len(list(self.folder.iterdir()))}"
        org_id = OrgId(self.sealed.org_id)
        with (
            closing(Database(self.sealed.conninfo(APP), max_connections=1)) as door,
            door.installation() as outside,
        ):
            tx = outside.within(org_id)
            signed = logs.newest(tx, org_id)
            assert signed is not None
            signer = signers.load(self.sealed.data_dir)
            with closing(self.sealed.keyring()) as keyring:
                log_files.write(tx, org_id, signed, signer, keyring, out, lambda _size: None)
        policy = policies.parse(f"{named}quorum none\n".encode())
        return verification.verify(out, policy, trusted=stamps.roots(self.authority.pem), workers=1)


@pytest.fixture
def place(sealed: Sealed, tmp_path: Path) -> Iterator[Place]:
    with closing(Database(sealed.conninfo(INTEGRATOR), max_connections=1)) as door:
        (tmp_path / "exports").mkdir()
        yield Place(sealed, door, tmp_path / "exports")


@pytest.mark.parametrize("kind", ["ed25519", "ml-dsa-44"])
def test_while_keys_overlap_either_accepts_the_meta_log(place: Place, kind: str) -> None:
    (old,) = place.rotation().signer.keyring.keys
    new = place.rotation().add(kind, timedelta(0))
    place.anchor()

    with place.door.installation() as tx:
        published = metalog.newest(tx)
    assert published is not None
    wanted = [one.verifier_of(place.meta) for one in (old, new)]
    assert [key for key, _ in notes.verify(notes.parse(published.note.encode()), wanted)] == wanted
    for keys in ((old,), (new,), (old, new)):
        verdict = place.verify(*keys)
        assert verdict.fault is None
        assert [one.stamped is not None for one in verdict.anchored] == [True]


def test_what_was_stamped_before_counts_for_who_keeps_the_old_key_and_is_passed_over_without(
    place: Place,
) -> None:
    (old,) = place.rotation().signer.keyring.keys
    place.anchor()
    new = place.rotation().add("ed25519", timedelta(0))
    place.rotation().retire(old.id, before_time=True)
    place.anchor()
    (retired, _) = place.rotation().signer.keyring.keys

    both, alone = place.verify(retired, new), place.verify(new)

    assert (both.fault, alone.fault) == (None, None)
    assert [one.meta.size for one in both.anchored] == [1, 2]
    assert [one.meta.size for one in alone.anchored] == [2]
    assert (both.passed_over, alone.passed_over) == (0, 1)


def store(place: Place, *keys: LogKey) -> None:
    """Sign the meta-log's newest checkpoint anew with these keys alone, and put that into its place."""
    with place.door.installation() as tx:
        published = metalog.newest(tx)
    assert published is not None
    said = checkpoints.parse(notes.parse(published.note.encode()).text)
    note = checkpoints.sign(said, [key.signer(place.meta) for key in keys]).encode().decode()
    place.sealed.rewrite(
        "delete from platform.meta_timestamp",
        f"update platform.meta_checkpoint set note = '{note}', xid = pg_current_xact_id()"  # noqa: S608
        f" where size = {published.size}",
    )


@pytest.mark.parametrize("by_policy", [False, True])
def test_a_retired_key_that_signs_the_meta_log_on_alone_is_a_finding(
    place: Place, tmp_path: Path, by_policy: bool
) -> None:
    (old,) = place.rotation().signer.keyring.keys
    place.anchor()
    new = place.rotation().add("ed25519", timedelta(0))
    place.rotation().retire(old.id, before_time=True)
    policy = tmp_path / "policy" if by_policy else None
    if policy is not None:
        names = (place.sealed.origin, place.meta)
        lines = "".join(f"log {key.verifier_of(name)}\n" for name in names for key in (old, new))
        policy.write_text(f"{lines}quorum none\n", "utf-8")
    # The last one that it signed alone was before any log had said so.
    assert place.sealed.verdict(policy=policy).findings.kept == []
    place.anchor()
    assert place.sealed.verdict(policy=policy).findings.kept == []

    store(place, old, new)
    assert place.sealed.verdict(policy=policy).findings.kept == []
    store(place, old)

    (found,) = place.sealed.verdict(policy=policy).findings.kept
    assert (found.code, found.org) == ("checkpoint-retired", None)
    assert str(old.verifier_of(place.meta)) in found.detail
    assert "covers leaf 1" in found.detail
