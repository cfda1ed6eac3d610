"""A witness as a process: what it signed outlives it, and of two forks it signs one (V-22)."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest

from support import proof_vectors
from support.witnesses import LOG, Reply, WitnessProcess, leaves, note, request, running
from velaurum.cli import command_line
from velaurum.proofs import notes, policies
from velaurum.witness.requests import SIZE

PATH = f"/{sha256(LOG.name.encode()).hexdigest()}/checkpoint"
FORKS = 8


def test_a_checkpoint_that_a_witness_signed_satisfies_its_policy_line(tmp_path: Path) -> None:
    with running(tmp_path, "--name", "auditor.example") as witness:
        answer = witness.add(request(0, leaves(5)))

        shown = witness.get(PATH)

    assert (answer.status, shown.status, witness.key.name) == (200, 200, "auditor.example")
    assert shown.media_type == "text/plain; charset=utf-8"
    policy = policies.parse(f"log {LOG.verifier}\n{witness.policy_line}\nquorum auditor.example\n".encode())
    assert policy.verify((note(leaves(5)) + answer.body).encode()).checkpoint.size == 5
    assert policy.verify(shown.body.encode()).checkpoint.size == 5


def test_a_witness_remembers_across_restarts_and_kills(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        assert first.add(request(0, leaves(5))).status == 200
        first.kill()
    with running(tmp_path) as second:
        assert second.add(request(0, leaves(5, fork=0))) == Reply(409, SIZE, "5\n")
        assert second.add(request(5, leaves(9, fork=3))).status == 422
        assert second.add(request(5, leaves(9))).status == 200
        assert second.stop() == 0
    with running(tmp_path) as third:
        assert third.add(request(5, leaves(5))) == Reply(409, SIZE, "9\n")
        assert notes.parse(third.get(PATH).body.encode()).text.split("\n")[1] == "9"

    assert first.key == second.key == third.key


def test_of_forks_that_arrive_at_once_one_is_signed(tmp_path: Path) -> None:
    with running(tmp_path) as one, running(tmp_path) as other:
        assert one.add(request(0, leaves(4))).status == 200
        barrier = Barrier(FORKS)

        def ask(n: int) -> int:
            body = request(4, leaves(9, fork=4 + n % 4) if n else leaves(9))
            witness: WitnessProcess = (one, other)[n % 2]
            barrier.wait()
            return witness.add(body).status

        with ThreadPoolExecutor(FORKS) as pool:
            statuses = sorted(pool.map(ask, range(FORKS)))

    assert statuses == [200] + [409] * (FORKS - 1)


def test_key_and_memory_are_for_their_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "witness"
    with running(folder):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert modes["witness-key"] == modes["witness.sqlite"] == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    secret = (folder / "witness-key").read_text()
    assert re.fullmatch(r"PRIVATE\+KEY\+witness-[0-9a-f]{16}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\n", secret)


def test_another_route_or_method_is_not_there(tmp_path: Path) -> None:
    with running(tmp_path) as witness:
        assert witness.get("/").status == 404
        assert witness.get("/add-checkpoint").status == 405
        assert witness.get(PATH).status == 404
        assert witness.add(b"x" * 1_000_001).status == 400


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--log", "nonsense"), "--log nonsense"),
        (("--log", proof_vectors.vkey("w1.example", 4)), "key of a witness"),
        (("--log", str(LOG.verifier), "--name", "a b"), "cannot be the name"),
        (("--log", str(LOG.verifier), "--listen", "8421"), "HOST:PORT"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(
    tmp_path: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.run(["witness", "--data", str(tmp_path), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_witness_keeps_its_name_and_does_not_run_with_half_a_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path, "--name", "auditor.example"):
        pass
    words = ["witness", "--data", str(tmp_path), "--log", str(LOG.verifier)]

    assert command_line.run([*words, "--name", "other.example"]) == 2
    assert "This witness is auditor.example" in capsys.readouterr().err
    key = tmp_path / "witness-key"
    key.write_text(key.read_text()[:-5])
    assert command_line.run(words) == 1
    assert "is damaged" in capsys.readouterr().err
