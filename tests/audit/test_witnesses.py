"""Witnesses outside see each new checkpoint, and what they add is verified, kept and shown (V-22)."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.logs import PATIENCE_S, when_signed
from support.ports import HOST, fresh_port
from support.rollbacks import Place, post_and_sign
from support.witness_server import Witness, serving
from velaurum.errors import UsageError
from velaurum.ops import witnessing
from velaurum.proofs import merkle, notes, policies, tlog_proofs
from velaurum.proofs.notes import VerifierKey

HONEST, LOSING, LYING, HANGING, DEAD = "honest", "losing", "lying", "hanging", "dead"


@dataclass(frozen=True, slots=True)
class Watched:
    """A server whose witnesses are of all kinds, and an organisation in it that they know."""

    org: ApiOrg
    witnesses: dict[str, Witness]
    data_dir: Path

    def when(self, holds: Callable[[Any], bool]) -> Any:
        """Return the status of the log once something holds of it."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds(status := self.org.get("/log/status").json):
            assert time.monotonic() < deadline, status
            time.sleep(0.1)
        return status

    def cosigned(self, size: int) -> Any:
        """Return the status once both who can have cosigned so many entries."""
        return self.when(lambda status: [one["size"] >= size for one in status["witnesses"]] == [True, True])


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    directory = Path(tempfile.mkdtemp(prefix="velaurum-witnesses-", dir="/tmp"))
    directory.chmod(0o755)
    place = Place(directory)
    kinds = [(HONEST, "none"), (LOSING, "loses answers"), (LYING, "lies"), (HANGING, "hangs")]
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory)
        found = {name: stack.enter_context(serving(Witness(name, fault))) for name, fault in kinds}  # type: ignore[arg-type]
        dead = Witness(DEAD, url=f"http://{HOST}:{stack.enter_context(fresh_port())}")
        policy = directory / "witnesses.txt"
        policy.write_text(
            "".join(f"witness {w.name} {w.signer.verifier} {w.url}\n" for w in (*found.values(), dead))
            + f"group both all {HONEST} {LOSING}\nquorum both\n"
        )
        client = stack.enter_context(place.served(witnesses=str(policy)))
        org = place.new_org(client, is_first=True)
        post_and_sign(org, 1)
        status = org.get("/log/status").json
        for witness in found.values():
            witness.logs[status["origin"]] = VerifierKey.parse(status["verifier_key"])
        yield Watched(org, found, place.data_dir)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_checkpoint_carries_what_witnesses_added(watched: Watched) -> None:
    size = watched.org.movement(RECEIPT)["log_index"] + 1

    status = watched.cosigned(size)

    policy = policies.parse(status["policy"].encode())
    seen = policy.verify(watched.org.get("/log/checkpoint").body)
    assert seen.checkpoint.size >= size
    assert set(seen.witnessed_at_s) == {HONEST, LOSING}
    assert all(abs(at - time.time()) < 60 for at in seen.witnessed_at_s.values())


def test_a_later_checkpoint_is_shown_with_the_proof_that_it_extends_the_earlier(watched: Watched) -> None:
    for _ in range(2):
        watched.cosigned(watched.org.movement(RECEIPT)["log_index"] + 1)

    honest = watched.witnesses[HONEST]
    cosigned = [old for origin, old, status in honest.asked if status == 200 and origin in honest.logs]
    assert max(cosigned) > 0
    assert {status for _, _, status in honest.asked} <= {200, 404}


def test_a_witness_that_knows_more_than_we_do_is_asked_again_with_its_size(watched: Watched) -> None:
    watched.cosigned(watched.org.movement(RECEIPT)["log_index"] + 1)

    losing = watched.witnesses[LOSING]
    conflict, *_ = [n for n, (_, _, status) in enumerate(losing.asked) if status == 409]
    _, old, status = losing.asked[conflict + 1]
    assert (old > 0, status) == (True, 200)
    assert losing.asked[conflict][1] == 0


def test_what_a_witness_signed_with_another_key_is_not_kept(watched: Watched) -> None:
    status = watched.cosigned(watched.org.movement(RECEIPT)["log_index"] + 1)

    eventually(lambda: "is no cosignature" in (watched.data_dir / "server.log").read_text())
    lying = watched.witnesses[LYING]
    assert [status for _, _, status in lying.asked].count(200) >= 1
    assert {one["name"] for one in status["witnesses"]} == {HONEST, LOSING}
    note = notes.parse(watched.org.get("/log/checkpoint").body)
    assert LYING not in {one.name for one in note.signatures}


def test_a_proof_has_the_quorum_of_the_witnesses(watched: Watched) -> None:
    moved = watched.org.movement(RECEIPT)
    watched.org.movement(RECEIPT)
    status = watched.cosigned(moved["log_index"] + 1)

    reply = when_signed(lambda: watched.org.get(f"/movements/{moved['id']}/proof"))

    proof = tlog_proofs.parse(reply.body)
    assert proof.extra is not None
    policy = policies.parse(status["policy"].encode())
    assert proof.verify(merkle.leaf_hash(proof.extra), policy).size > moved["log_index"]
    assert reply.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_a_witness_sees_the_meta_log_too(watched: Watched) -> None:
    meta = watched.org.get("/log/status").json["meta"]
    honest = watched.witnesses[HONEST]
    honest.logs[meta["origin"]] = VerifierKey.parse(meta["verifier_key"])

    when_signed(lambda: watched.org.get("/log/meta"))

    eventually(lambda: HONEST in {one.name for one in _meta_note(watched.org).signatures})
    ((_, signature),) = notes.verify(_meta_note(watched.org), [honest.signer.verifier])
    assert abs(notes.cosigned_at(signature.value) - time.time()) < 60


def _meta_note(org: ApiOrg) -> notes.Note:
    return notes.parse(org.get("/log/meta/checkpoint").body)


def test_the_status_says_how_long_it_took(watched: Watched) -> None:
    size = watched.org.movement(RECEIPT)["log_index"] + 1
    watched.cosigned(size)

    found = watched.org.get("/log/status").json["checkpoint"]

    assert found["size"] >= size
    assert 0 <= found["signed_after_ms"] <= found["cosigned_after_ms"] < PATIENCE_S * 1000
    assert found["recorded_at"] < found["signed_at"]


@pytest.mark.parametrize(
    "content",
    [
        None,
        "quorum none\n",
        "witness w no-key https://w.example\nquorum w\n",
        "witness w {key} http://w.example\nquorum w\n",
        "witness w {key} https://u@w.example\nquorum w\n",
        "witness w {key} https://w.example\n",
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "policy"
    if content is not None:
        path.write_text(content.format(key=Witness("w").signer.verifier))

    with pytest.raises(UsageError, match="witnesses: "):
        witnessing.read(path)
