"""A witness of our own (C2SP tlog-witness) on 127.0.0.1: honest, or with one fault."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support.ports import HOST, fresh_port
from velaurum.proofs import checkpoints, merkle, notes
from velaurum.proofs.checkpoints import Checkpoint
from velaurum.proofs.notes import Signer, VerifierKey
from velaurum.proofs.wire import ProofError, from_base64

Fault = Literal["none", "lies", "loses answers", "hangs"]
HANGS_S = 30.0


@dataclass(slots=True)
class Witness:
    """Cosigns what extends what it saw. `asked` has the old size and the status of each request."""

    name: str
    fault: Fault = "none"
    logs: dict[str, VerifierKey] = field(default_factory=dict)
    seen: dict[str, Checkpoint] = field(default_factory=dict)
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    url: str = ""

    @property
    def signer(self) -> Signer:
        return Signer(self.name, self.key, notes.COSIGNATURE)

    def answer(self, body: bytes) -> tuple[int, bytes]:
        old, rest = body.split(b"\n", 1)
        known_size = int(old.removeprefix(b"old "))
        hashes, note = _split(rest)
        origin = note.split(b"\n", 1)[0].decode()
        status, answer = self._judge(origin, known_size, hashes, note)
        self.asked.append((origin, known_size, status))
        return status, answer

    def _judge(self, origin: str, known_size: int, hashes: list[bytes], note: bytes) -> tuple[int, bytes]:
        if origin not in self.logs:
            return 404, b""
        try:
            checkpoint, opened = checkpoints.open_signed(note, [self.logs[origin]])
        except ProofError:
            return 403, b""
        before = self.seen.get(origin)
        if known_size != (before.size if before else 0):
            return 409, f"{before.size if before else 0}\n".encode()
        try:
            if before is not None:
                merkle.verify_consistency(before.size, before.root, checkpoint.size, checkpoint.root, hashes)
        except ProofError:
            return 422, b""
        self.seen[origin] = checkpoint
        signer = self.signer
        if self.fault == "lies":
            signer = Signer(self.name, Ed25519PrivateKey.generate(), notes.COSIGNATURE)
        line = checkpoints.cosign(opened, signer, int(time.time())).line
        if self.fault == "lies":
            ours = self.signer.verifier.key_id
            line = notes.Signature(self.name, ours, notes.parse_signatures(line.encode())[0].value).line
        if self.fault == "loses answers" and before is None:
            return 500, b""
        return 200, line.encode()


def _split(rest: bytes) -> tuple[list[bytes], bytes]:
    lines, _, note = rest.partition(b"\n\n") if not rest.startswith(b"\n") else (b"", b"", rest[1:])
    return [from_base64(one, "hash", 32) for one in lines.decode().splitlines()], note


@contextmanager
def serving(witness: Witness) -> Iterator[Witness]:
    """Serve a witness for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if witness.fault == "hangs":
                done.wait(HANGS_S)
                return
            status, answer = witness.answer(body) if self.path == "/add-checkpoint" else (404, b"")
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    done = threading.Event()
    with fresh_port() as port, ThreadingHTTPServer((HOST, port), Handler) as server:
        server.daemon_threads = True
        witness.url = f"http://{HOST}:{port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield witness
        finally:
            done.set()
            server.shutdown()
            thread.join()
