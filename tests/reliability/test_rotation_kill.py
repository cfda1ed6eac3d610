"""A rotation that is killed at any moment, while a server signs: given again it ends, and no log says two things."""

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.api_orgs import ApiOrg
from support.command import Command
from support.rollbacks import Place, post_and_sign
from velaurum.audit import signers
from velaurum.audit.keyrings import Keyring, State
from velaurum.proofs import merkle, notes, policies, tiles
from velaurum.proofs.notes import VerifierKey

KILLS = 5


@pytest.fixture
def place() -> Iterator[Place]:
    """Make a directory in which an unprivileged database server can have its data directory."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-rotation-", dir="/tmp"))
    directory.chmod(0o755)
    yield Place(directory)
    shutil.rmtree(directory)


def test_a_rotation_that_is_killed_again_and_again_ends(place: Place) -> None:
    draw = random.Random(20)  # noqa: S311 - when to kill
    command = Command({"VELAURUM_DATA_DIR": str(place.data_dir)}, place.folder)
    with place.served() as client:
        orgs = [place.new_org(client, is_first=True), *(place.new_org(client) for _ in range(4))]
        for org in orgs:
            post_and_sign(org, 1)
        old = signers.load(place.data_dir).keyring.keys[0].id

        for words in (("rotate-key",), ("retire-key", old, "--now")):
            for _ in range(KILLS):
                process = command.start("log", *words, "--reason", "killed", "--yes")
                time.sleep(draw.uniform(0.4, 1.6))
                process.kill()
                process.communicate()
                post_and_sign(orgs[0], 1)
            if not _has_ended(words[0], signers.load(place.data_dir).keyring):
                assert command("log", *words, "--reason", "at last", "--yes").code == 0

        ring = signers.load(place.data_dir).keyring
        assert ring.keys[0].state == State.RETIRED
        assert {one.state for one in ring.keys[1:]} == {State.SIGNING}
        for org in orgs:
            post_and_sign(org, 1)
            _require_one_history(org)
    assert place.command("verify", "db", "--json").document["ok"]


def _has_ended(verb: str, ring: Keyring) -> bool:
    if verb == "retire-key":
        return ring.keys[0].state == State.RETIRED
    return {one.state for one in ring.keys} == {State.SIGNING} and len(ring.keys) > 1


def _require_one_history(org: ApiOrg) -> None:
    """Hold a log to its newest checkpoint, which the keys sign that sign now, and to what it says of them."""
    status = org.get("/log/status").json
    raw = org.get("/log/checkpoint").body
    seen = policies.parse(status["policy"].encode()).verify(raw)
    signing = [VerifierKey.parse(one["verifier_key"]) for one in status["keys"] if one["state"] == "signing"]
    assert [key for key, _ in notes.verify(notes.parse(raw), signing)] == signing
    size = seen.checkpoint.size
    entries = [
        entry
        for bundle in tiles.bundles_of(size)
        for entry in tiles.decode_bundle(bundle, org.get(f"/log/{bundle.path}").body)
    ]
    assert merkle.root([merkle.leaf_hash(entry) for entry in entries]) == seen.checkpoint.root
    said = [entry for entry in entries if b'"type":"change.log-key"' in entry]
    assert len(said) == len(set(said)) >= 3
    assert sum(b'"state":"retired"' in entry for entry in said) == 1
    assert [b'"state":"retired"' in entry for entry in said][-1]
