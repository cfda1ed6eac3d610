"""Slow clients: they outlive neither their token nor the server's patience."""

import time
from urllib.parse import urlsplit

from support.api_orgs import RECEIPT, ApiOrg
from support.server_process import ServerProcess
from support.wire import Wire, request
from velaurum.api import heads
from velaurum.db.connection import Database
from velaurum.identity import tokens


def test_a_body_that_ends_after_its_token_was_revoked_posts_nothing(
    org: ApiOrg, server: ServerProcess, api_door: Database
) -> None:
    whole = request(
        "POST", f"{org.path}/movements", token=org.tokens["storekeeper"], key="slow", body=dict(RECEIPT)
    )
    with Wire(server.url) as wire:
        wire.send(whole[:-1])
        time.sleep(0.2)
        with api_door.installation() as tx:
            assert tokens.revoke(tx, org.org_id, org.token_ids["storekeeper"])
        time.sleep(1.1)

        wire.send(whole[-1:])

        assert wire.receive().status == 401
    assert org.get("/movements").json["data"] == []


def test_a_head_that_never_ends_is_given_up(server: ServerProcess) -> None:
    start = time.monotonic()
    with Wire(server.url, timeout_s=heads.TIMEOUT_S + 5) as wire:
        wire.send(b"GET /healthz HTTP/1.1\r\nhost: " + (urlsplit(server.url).hostname or "").encode())

        assert wire._socket.recv(1) == b""

    assert time.monotonic() - start >= heads.TIMEOUT_S - 1
