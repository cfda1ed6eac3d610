"""The meta-log of a real server: anchored, time-stamped, exported, verified offline, lost and taken up again (V-22)."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.command import Command
from support.logs import PATIENCE_S, when_signed
from support.rollbacks import Place, again, post_and_sign
from support.timestamp_authority import Authority, serving

CHECK = "The meta-log takes leaves"


@pytest.fixture
def place() -> Iterator[Place]:
    directory = Path(tempfile.mkdtemp(prefix="velaurum-metalog-", dir="/tmp"))
    directory.chmod(0o755)
    yield Place(directory)
    shutil.rmtree(directory)


def when(org: ApiOrg, holds: Callable[[Any], bool]) -> Any:
    """Return what the status says of the meta-log once something holds of it."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds(meta := org.get("/log/status").json["meta"]):
        assert time.monotonic() < deadline, meta
        time.sleep(0.1)
    return meta


def test_entries_are_bracketed_by_time_stamps_offline(place: Place, tmp_path: Path) -> None:
    with serving(Authority()) as authority:
        ca = place.folder / "ca.pem"
        ca.write_bytes(authority.pem)
        with place.served(timestamp_authority=authority.url, timestamp_ca=str(ca)) as client:
            org = place.new_org(client, is_first=True)
            size = post_and_sign(org, 1).size
            # The first stamp may be of a moment ago, before this organisation was in the meta-log.
            meta = when(org, lambda meta: meta["anchor"] is not None and meta["timestamp"] is not None)
            assert place.command("export", org.code, "--to", str(tmp_path / "out")).code == 0

    assert meta["timestamp"]["authority"] == "127.0.0.1"
    alone = Command({}, tmp_path)
    verify = ("verify", str(tmp_path / "out"), "--policy", str(tmp_path / "out" / "policy.txt"))
    whole = alone(*verify, "--timestamp-ca", str(ca), "--entry", "0", "--json").document
    assert whole["ok"]
    assert max(one["size"] for one in whole["anchors"]) <= whole["size"] >= size
    assert whole["bracket"]["index"] == 0
    told = alone(*verify, "--timestamp-ca", str(ca), "--entry", "0").stdout
    assert f"are in {meta['origin']}" in told
    assert "Entry 0 lies between" in told

    salt = tmp_path / "out/meta/0000/salt"
    salt.write_text("A" + salt.read_text()[1:] if salt.read_text()[0] != "A" else "B" + salt.read_text()[1:])
    broken = alone(*verify, "--json")
    assert broken.code == 6
    assert json.loads(broken.stdout)["fault"]["code"] == "meta-proof-differs"


def test_a_meta_log_that_lost_its_tail_is_taken_up_again_by_the_operator(place: Place) -> None:
    with place.served() as client:
        org = place.new_org(client, is_first=True)
        when_signed(lambda: org.get("/log/meta"))
        assert place.command("log", "reopen", "--meta", "--reason", "why not", "--yes").code == 5
        assert place.check_up(CHECK)["state"] == "ok"
        assert place.command("log", "reopen", "--reason", "which", "--yes").code == 2
    place.copy_database()
    with place.served() as client:
        other = place.new_org(client)
        when_signed(lambda: other.get("/log/meta"))
    place.put_back_database()

    with place.served() as client:
        found = place.check_up(CHECK)
        assert found["state"] == "failed"
        assert "/meta/0 has 1 leaves, and 2 were signed" in found["mend"]
        assert "`velaurum log reopen --meta --reason TEXT`" in found["mend"]
        asked = ("log", "reopen", "--meta", "--reason", "restored a copy", "--json")
        assert "--yes" in place.command(*asked).stderr
        opened = place.command(*asked, "--yes").document

        assert (opened["number"], opened["size"], opened["lost_size"]) == (1, 1, 2)
        assert place.check_up(CHECK)["state"] == "ok"
        org = again(org, client)
        org.movement(RECEIPT)
        meta = when(org, lambda meta: meta["origin"].endswith("/meta/1"))
        assert meta["verifier_key"] in org.get("/log/status").json["policy"]
        verified = json.loads(place.command("verify", "db", "--json").stdout)
        # The organisation that the copy does not have is told, and nothing of the meta-log.
        assert {one["code"] for one in verified["findings"]} == {"behind-last-statement"}, verified
