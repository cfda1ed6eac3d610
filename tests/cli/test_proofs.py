"""`velaurum proof` and `velaurum verify proof`: checked before it is kept, and again by whoever gets it (V-22)."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from support.command import Installation, Tenant

NOT_VERIFIED = 6


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


@pytest.fixture
def policy(tenant: Tenant, tmp_path: Path) -> Path:
    path = tmp_path / "policy.txt"
    path.write_text(tenant.keeper("log", "status", "--json").document["policy"])
    return path


@contextmanager
def liar(text: bytes) -> Iterator[str]:
    """Serve one text as the proof of everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_the_proof_of_a_movement_is_kept_and_checked_offline(
    tenant: Tenant, policy: Path, tmp_path: Path
) -> None:
    posted = tenant.keeper("post", "receipt", "BOLT", "24", "--target", "A", "--json").document
    kept = tmp_path / "receipt.proof"

    fetched = tenant.keeper("proof", "movement", posted["id"], "--policy", str(policy), "--to", str(kept))
    again = tenant.keeper("proof", "movement", posted["id"], "--to", str(kept))
    checked = tenant.keeper("verify", "proof", str(kept), "--policy", str(policy))
    said = tenant.keeper("verify", "proof", str(kept), "--policy", str(policy), "--json").document

    assert (fetched.code, fetched.stdout) == (0, "")
    assert fetched.stderr.startswith(f"Verified: entry {posted['log_index']} of ")
    assert (again.code, "is there already" in again.sentence) == (2, True)
    assert (checked.code, posted["id"] in checked.stdout) == (0, True)
    assert (said["leaf_hash"], said["entry"]["row"]["quantity"]) == (posted["leaf_hash"], "24.000000000")


def test_a_version_of_a_record_is_proven_by_its_number_or_its_past(tenant: Tenant, policy: Path) -> None:
    made = tenant.admin("item", "create", "NUT", "--name", "Nut", "--json").document

    by_code = tenant.admin(
        "proof", "item", "NUT", "--version", "1", "--json", "--policy", str(policy)
    ).document
    index = by_code["index"]
    by_id = tenant.admin("proof", "item", made["id"], "--at-size", str(index + 1), "--json").document
    printed = tenant.admin("proof", "item", "NUT")

    assert by_code["entry"]["subject_id"] == made["id"]
    assert by_id["entry"] == by_code["entry"]
    assert base64.b64decode(by_code["proof"].split("extra ")[1].split("\n")[0]) == printed_entry(
        printed.stdout
    )
    assert "keys that the server itself names" in printed.stderr
    assert tenant.admin("proof", "item", "NUT", "--version", "9").code == 3
    assert tenant.admin("proof", "role", "auditor", "--policy", str(policy)).code == 0


def printed_entry(proof: str) -> bytes:
    return base64.b64decode(proof.partition("extra ")[2].partition("\n")[0])


def test_a_proof_by_keys_that_are_not_trusted_is_not_kept(
    installation: Installation, tenant: Tenant, tmp_path: Path
) -> None:
    other = installation.tenant().keeper("log", "status", "--json").document["policy"]
    elsewhere = tmp_path / "other.txt"
    elsewhere.write_text(other)
    kept = tmp_path / "bolt.proof"

    refused = tenant.admin("proof", "item", "BOLT", "--policy", str(elsewhere), "--to", str(kept))
    told = tenant.admin("proof", "item", "BOLT", "--policy", str(elsewhere), "--json")

    assert (refused.code, kept.exists()) == (NOT_VERIFIED, False)
    assert refused.stdout.startswith("Not verified, and not kept: No key that is known signed this.")
    assert (told.code, json.loads(told.stdout)["ok"]) == (NOT_VERIFIED, False)


def test_a_proof_of_something_else_is_not_kept(tenant: Tenant, policy: Path) -> None:
    tenant.admin("item", "create", "NUT", "--name", "Nut", "--json")
    text = tenant.admin("proof", "item", "NUT").stdout.encode()

    with liar(text) as url:
        lied_to = tenant.admin.given(url=url)
        honest = lied_to("proof", "item", "NUT", "--policy", str(policy))
        refused = [
            lied_to("proof", *words, "--policy", str(policy))
            for words in (("item", "BOLT"), ("location", "NUT"), ("item", "NUT", "--version", "2"))
        ]

    assert honest.code == 0
    assert [one.code for one in refused] == [NOT_VERIFIED] * 3
    assert "of another record" in refused[0].stdout
    assert "of version 1" in refused[2].stdout


def test_one_flipped_bit_anywhere_is_refused_offline(tenant: Tenant, policy: Path, tmp_path: Path) -> None:
    whole = tenant.admin("proof", "item", "BOLT").stdout.encode()
    spoilt = tmp_path / "spoilt.proof"

    for at in range(0, len(whole), len(whole) // 12):
        spoilt.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        refused = tenant.keeper("verify", "proof", str(spoilt), "--policy", str(policy))
        assert (refused.code, refused.stdout.startswith("Not verified: ")) == (NOT_VERIFIED, True), at
