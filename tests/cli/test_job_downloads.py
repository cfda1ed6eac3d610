"""`velaurum job download`: the archive comes whole over lines that break off, or not at all (V-19)."""

import hashlib
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest

from cli.test_downloads import Download, download
from support.command import Command, Installation, Result
from support.whole_orgs import whole_org

BREAK_AFTER = 100_000


@pytest.fixture(scope="module")
def made(plainly_served: Installation) -> Iterator[Download]:
    with whole_org(plainly_served, movements=750) as org:
        yield download(plainly_served, org)


@pytest.fixture
def archive(made: Download) -> bytes:
    assert len(made.whole.body) > 3 * BREAK_AFTER
    return made.whole.body


def command(made: Download, place: Path, url: str, role: str = "org-admin") -> Command:
    environment = {
        "VELAURUM_URL": url,
        "VELAURUM_ORG": made.org.code,
        "VELAURUM_TOKEN": made.org.tokens[role],
        "VELAURUM_DATA_DIR": str(place / "nothing"),
    }
    return Command(environment, place)


def fetched(made: Download, place: Path, url: str, *more: str) -> Result:
    return command(made, place, url)("job", "download", made.job["id"], "--to", "mine.age", *more)


class Line:
    """A line to a server that breaks off after so many octets of an answer, or stops there; 0 never."""

    def __init__(self, url: str, breaks_after: int, *, stops: bool = False) -> None:
        there = urlsplit(url)
        self._there = (there.hostname or "", there.port or 0)
        self._breaks_after, self._stops = breaks_after, stops
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.requests: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._socket.accept()
                there = socket.create_connection(self._there)
                for work in (self._ask, self._answer):
                    threading.Thread(target=work, args=(here, there), daemon=True).start()

    def _ask(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while raw := here.recv(65_536):
                self.requests.append(raw)
                there.sendall(raw)

    def _answer(self, here: socket.socket, there: socket.socket) -> None:
        left = self._breaks_after
        with suppress(OSError):
            while raw := there.recv(16_384):
                here.sendall(raw[:left] if self._breaks_after else raw)
                left -= len(raw)
                if self._breaks_after and left <= 0:
                    time.sleep(60 if self._stops else 0)
                    break
        for one in (here, there):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextmanager
def line(url: str, breaks_after: int, *, stops: bool = False) -> Iterator[Line]:
    opened = Line(url, breaks_after, stops=stops)
    try:
        yield opened
    finally:
        opened.close()


def test_it_comes_whole_and_a_repeat_finds_it(
    plainly_served: Installation, made: Download, archive: bytes, place: Path
) -> None:
    first = fetched(made, place, plainly_served.url, "--json")
    again = fetched(made, place, plainly_served.url, "--json")
    told = fetched(made, place, plainly_served.url)

    digest = hashlib.sha256(archive).hexdigest()
    expected = {"file": "mine.age", "sha256": digest, "bytes": len(archive), "resumed_at": 0}
    assert first.document == again.document == expected
    assert (place / "mine.age").read_bytes() == archive
    assert digest in told.stdout
    assert [one.name for one in place.glob("mine*")] == ["mine.age"]


def test_a_line_that_breaks_off_is_gone_on_with(
    plainly_served: Installation, made: Download, archive: bytes, place: Path
) -> None:
    with line(plainly_served.url, BREAK_AFTER) as broken:
        answer = fetched(made, place, broken.url, "--json")

    assert answer.document["bytes"] == len(archive)
    assert (place / "mine.age").read_bytes() == archive
    asked = b"".join(broken.requests)
    assert asked.count(b"\r\nRange: bytes=") == asked.count(b"\r\nIf-Range: ") > 2


class _Empty(BaseHTTPRequestHandler):
    """Answers as the server does, but for archives, of which nothing ever comes."""

    url: ClassVar[str]

    def do_GET(self) -> None:
        there = f"{self.url}{self.path}"
        asked = urllib.request.Request(there, headers={"Authorization": self.headers["Authorization"]})  # noqa: S310
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - the server of the test
            body = b"" if self.path.endswith("/archive") else answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_a_server_of_which_nothing_comes_is_given_up(
    plainly_served: Installation, made: Download, place: Path
) -> None:
    handler = type("_EmptyHere", (_Empty,), {"url": plainly_served.url})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answer = fetched(made, place, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()

    assert answer.code == 1
    assert "The connection breaks again and again" in answer.stderr
    assert not (place / "mine.age").exists()


def test_a_run_that_was_killed_is_gone_on_with(
    plainly_served: Installation, made: Download, archive: bytes, place: Path
) -> None:
    with line(plainly_served.url, BREAK_AFTER, stops=True) as silent:
        run = command(made, place, silent.url).start("job", "download", made.job["id"], "--to", "mine.age")
        try:
            deadline = time.monotonic() + 30
            while not any(one.stat().st_size for one in place.glob("mine.age.*")):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            second = fetched(made, place, plainly_served.url, "--json")
        finally:
            run.kill()
            run.communicate()
    assert (second.code, second.envelope["code"]) == (1, "failed")
    assert "Somebody else" in second.envelope["detail"]

    answer = fetched(made, place, plainly_served.url, "--json")

    assert 0 < answer.document["resumed_at"] < len(archive)
    assert (place / "mine.age").read_bytes() == archive


def test_another_file_is_not_overwritten(plainly_served: Installation, made: Download, place: Path) -> None:
    (place / "mine.age").write_bytes(b"another")

    refused = fetched(made, place, plainly_served.url, "--json")

    assert (refused.code, refused.envelope["code"]) == (2, "usage")
    assert (place / "mine.age").read_bytes() == b"another"


@pytest.mark.parametrize("beyond", [0, 9])
def test_what_is_not_what_was_made_is_removed(
    plainly_served: Installation, made: Download, archive: bytes, place: Path, beyond: int
) -> None:
    partial = place / f"mine.age.{made.job['id']}.partial"
    partial.write_bytes(bytes(1_000) + (bytes(len(archive)) if beyond else b""))

    answer = fetched(made, place, plainly_served.url, "--json")

    if beyond:  # no download left that much: it begins anew
        assert (answer.document["bytes"], (place / "mine.age").read_bytes()) == (len(archive), archive)
        return
    assert (answer.code, answer.envelope["code"]) == (1, "failed")
    assert "SHA-256" in answer.envelope["detail"]
    assert not list(place.glob("mine*"))


def test_who_may_not_and_what_is_no_export_are_refused(
    plainly_served: Installation, made: Download, place: Path
) -> None:
    other = made.org.post("/assurance/log/verifications", None, role="auditor").json["id"]
    admin = command(made, place, plainly_served.url)
    keeper = command(made, place, plainly_served.url, "auditor")

    no_export = admin("job", "download", other, "--to", "mine.age", "--json")
    forbidden = keeper("job", "download", made.job["id"], "--to", "mine.age", "--json")

    assert (no_export.code, no_export.envelope["code"]) == (3, "not-found")
    assert (forbidden.code, forbidden.envelope["code"]) == (4, "forbidden")
    assert [one.stat().st_size for one in place.glob("mine*")] in ([], [0])
