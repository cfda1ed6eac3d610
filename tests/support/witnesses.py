"""Checkpoint witnesses as processes of their own, and logs that ask them to sign."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from support import exports, plain_tree
from velaurum.proofs import checkpoints, merkle
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Signer, VerifierKey
from velaurum.proofs.wire import to_base64

LOG = exports.SIGNER
START_S = 60.0


def leaves(size: int, fork: int | None = None) -> list[bytes]:
    """Return the leaf hashes of a log; a fork is another log from that entry on."""
    kept = plain_tree.entries(size)
    return [plain_tree.leaf(one if fork is None or n < fork else one + b"'") for n, one in enumerate(kept)]


def note(hashes: Sequence[bytes], signer: Signer = LOG, origin: str = LOG.name) -> str:
    return checkpoints.sign(Checkpoint(origin, len(hashes), merkle.root(hashes)), [signer]).encode().decode()


def request(
    old_size: int, hashes: Sequence[bytes], proof: Sequence[bytes] | None = None, text: str = ""
) -> bytes:
    """Return what a log sends: its checkpoint, and that it extends the first `old_size` entries."""
    if proof is None:
        proof = plain_tree.proof(old_size, hashes) if 0 < old_size <= len(hashes) else []
    lines = [f"old {old_size}", *map(to_base64, proof), "", text or note(hashes)]
    return "\n".join(lines).encode()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of a witness."""

    status: int
    media_type: str
    body: str


class WitnessProcess:
    """`velaurum witness`, as somebody outside runs it."""

    def __init__(self, folder: Path, *more: str) -> None:
        words = (
            "witness",
            "--data",
            str(folder),
            "--listen",
            "127.0.0.1:0",
            "--log",
            str(LOG.verifier),
            *more,
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "velaurum", *words], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        said: dict[str, str] = {}
        for line in self._process.stdout:  # it says three things, or ends
            word, _, value = line.strip().partition(" ")
            said[word] = value
            if word == "ready":
                break
        self.key = VerifierKey.parse(said["vkey"])
        self.policy_line = said["policy"]
        self._place = urlsplit(said["ready"]).netloc

    def add(self, body: bytes) -> Reply:
        return self._ask("POST", "/add-checkpoint", body)

    def get(self, path: str) -> Reply:
        return self._ask("GET", path)

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._gone()

    def kill(self) -> int:
        self._process.kill()
        return self._gone()

    def _gone(self) -> int:
        try:
            return self._process.wait(START_S)
        finally:
            self._process.kill()
            if self._process.stdout is not None:
                self._process.stdout.close()

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Reply:
        connection = http.client.HTTPConnection(self._place, timeout=30)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers["content-type"], answer.read().decode())
        finally:
            connection.close()


@contextmanager
def running(folder: Path, *more: str) -> Iterator[WitnessProcess]:
    witness = WitnessProcess(folder, *more)
    try:
        yield witness
    finally:
        witness.kill()
