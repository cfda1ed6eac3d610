"""Below HTTP's good manners: requests that no client library would send, and connections that break off."""

from contextlib import suppress

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.server_process import ServerProcess
from support.wire import Wire, request
from velaurum.api.heads import LIMIT


def head(line: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([line, b"host: localhost", *headers, b"", b""])


def read_all(wire: Wire) -> bytes:
    """Read until the server closes the connection."""
    read = b""
    while chunk := wire._socket.recv(65_536):
        read += chunk
    return read


def send_for_ever(wire: Wire) -> None:
    """Send what ends no line, a gigabyte of it."""
    for _ in range(100_000):
        wire.send(b"x" * 10_000)


@pytest.mark.parametrize(
    "path",
    [
        b"/v1/orgs/acme/items/\xff\xfe",
        b"/v1/orgs/acme/items/\xc3\xa9",
        b"/v1/orgs/acme/items/a b",
        b"/v1/orgs/acme/items/%",
        b"/v1/orgs/acme/items/%zz",
        b"/v1/orgs/acme/items/" + b"x" * 60_000,
        b"/v1/orgs/acme/items?" + b"x=1&" * 20_000,
        b"http://elsewhere/v1/orgs/acme/items",
        b"*",
        b"//elsewhere/items",
        b"/\\..\\items",
    ],
)
def test_an_odd_path_is_refused_and_the_server_lives(org: ApiOrg, server: ServerProcess, path: bytes) -> None:
    with Wire(server.url) as wire:
        wire.send(head(b"GET " + path + b" HTTP/1.1", b"connection: close"))
        answer = read_all(wire)

    status = int(answer.split(b" ", 2)[1])
    assert 400 <= status < 500
    assert org.get("/items").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        (b"content-length: 5", b"content-length: 6"),
        (b"content-length: -1",),
        (b"content-length: x",),
        (b"content-length: 5", b"transfer-encoding: chunked"),
        (b"transfer-encoding: gzip, chunked, x",),
        (b"no colon",),
        (b"bad name: 1",),
        (b"x: a\x00b",),
    ],
)
def test_what_is_no_http_is_refused_and_the_server_lives(
    org: ApiOrg, server: ServerProcess, headers: tuple[bytes, ...]
) -> None:
    with Wire(server.url) as wire:
        wire.send(head(b"POST /v1/orgs/acme/movements HTTP/1.1", *headers, b"connection: close") + b"{}")
        answer = read_all(wire)

    assert answer.split(b" ", 2)[1] in (b"400", b"401")
    assert org.get("/items").status == 200


def test_a_declared_length_over_the_limit_is_refused_before_the_body(
    org: ApiOrg, server: ServerProcess
) -> None:
    token = org.tokens["storekeeper"].encode()
    with Wire(server.url, timeout_s=5) as wire:
        wire.send(
            head(
                f"POST {org.path}/movements HTTP/1.1".encode(),
                *(b"authorization: Bearer " + token, b"idempotency-key: k1"),
                *(b"content-type: application/json", b"content-length: 999999999999999999"),
            )
        )
        answer = wire.receive()

        assert (answer.status, answer.document["code"]) == (413, "too-large")
        assert answer.headers["connection"] == "close"
        assert read_all(wire) == b""


def test_a_head_without_end_is_cut_off(org: ApiOrg, server: ServerProcess) -> None:
    for start in (
        b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: ",
        b"GET /",
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 5_000,
    ):
        with Wire(server.url) as wire:
            wire.send(start)
            with suppress(ConnectionError):
                for _ in range(LIMIT // 1_000 + 300):
                    wire.send(b"x" * 1_000)
            with suppress(ConnectionError):
                assert b"400 Bad Request" in read_all(wire)

    assert org.get("/items").status == 200


def test_trailers_without_end_are_cut_off(org: ApiOrg, server: ServerProcess) -> None:
    path = f"POST {org.path}/movements HTTP/1.1".encode()
    with Wire(server.url) as wire:
        wire.send(head(path, b"transfer-encoding: chunked") + b"1\r\n{\r\n0\r\nx: ")
        with pytest.raises(ConnectionError):
            send_for_ever(wire)

    assert org.get("/items").status == 200


def test_a_head_may_be_large_and_come_in_pieces(server: ServerProcess) -> None:
    with Wire(server.url) as wire:
        whole = head(b"GET /healthz HTTP/1.1", b"x: " + b"x" * 50_000)
        for start in range(0, len(whole), 5_000):
            wire.send(whole[start : start + 5_000])

        assert wire.receive().status == 200


def test_a_client_that_leaves_in_the_middle_of_its_body_decides_nothing(
    org: ApiOrg, server: ServerProcess
) -> None:
    before = server.log.read_text()
    whole = request("POST", f"{org.path}/movements", token=org.tokens["storekeeper"], key="k1", body=RECEIPT)
    with Wire(server.url) as wire:
        wire.send(whole[:-5])

    assert org.move(RECEIPT, key="k1").status == 201
    assert server.log.read_text() == before


def test_requests_sent_ahead_are_answered_in_their_order(org: ApiOrg, server: ServerProcess) -> None:
    token = org.tokens["auditor"]
    with Wire(server.url) as wire:
        wire.send(
            b"".join(
                request("GET", f"{org.path}/items/{code}", token=token) for code in ("BOLT", "NOPE", "BOLT")
            )
        )

        assert [wire.receive().status for _ in range(3)] == [200, 404, 200]
