"""Those who follow events, while the database dies and while the server ends."""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.event_streams import streaming
from support.http_client import Client, Reply
from support.rollbacks import Place, again, signed
from support.server_process import running
from velaurum.db import embedded

LONGEST_STOP_S = 4.0
LONGEST_RETURN_S = 20.0


@pytest.fixture
def place() -> Iterator[Place]:
    """Make a directory in which an unprivileged database server can have its data directory."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-followers-", dir="/tmp"))
    directory.chmod(0o755)
    yield Place(directory)
    shutil.rmtree(directory)


def test_a_stream_outlives_the_database_and_holds_up_no_end(place: Place) -> None:
    with running(place.data_dir) as server, closing(Client(server.url)) as client:
        org = place.new_org(client, is_first=True)
        size = org.log_size()
        signed(org, size)
        with streaming(org, f"?after={size - 1}") as stream:
            assert stream.answer.readline()
            cluster = embedded.find_running(place.data_dir)
            assert cluster is not None
            os.kill(cluster.postmaster_pid, signal.SIGKILL)
            time.sleep(1)
            began = time.monotonic()
            while (posted := org.move(RECEIPT, key="after")).status == 503:
                assert time.monotonic() - began < LONGEST_RETURN_S
                time.sleep(0.2)
            (event,) = stream.take(1)
            assert event.data["data"]["id"] == posted.json["id"]

            answered: list[Reply] = []
            waiting = threading.Thread(target=lambda: answered.append(_wait(server.url, org, size)))
            waiting.start()
            time.sleep(0.5)
            took_s = server.stop()
            waiting.join(10)

    assert took_s < LONGEST_STOP_S
    (reply,) = answered
    assert reply.json == {"data": [], "next_after": str(size)}


def _wait(url: str, org: ApiOrg, size: int) -> Reply:
    with closing(Client(url)) as client:
        return again(org, client).get(f"/events?after={size}&wait=30")
