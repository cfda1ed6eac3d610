"""`velaurum webhook`: made, seen and turned off over HTTP; and a receiver here that believes what is signed."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from standardwebhooks.webhooks import Webhook

from support.command import Command, Installation, Tenant, up
from support.receivers import receiving
from velaurum.outbound import fetching
from velaurum.outbound.fetching import Fetched
from velaurum.outbound.networks import Networks
from velaurum.webhooks import signatures
from velaurum.webhooks.signing_keys import FILE, InstallationKey

TO = "https://hooks.invalid/velaurum"
HERE = Networks(allows_loopback=True)
KEYS = InstallationKey(b"\x07" * 32).signing_keys(str(uuid4()), str(uuid4()), 1)
BODY = b'{"type":"velaurum.item.created.v1","data":{"noun":"item"}}'


@pytest.fixture
def tenant(installation: Installation) -> Tenant:
    return installation.tenant()


def test_a_webhook_is_made_changed_and_turned_off(tenant: Tenant) -> None:
    admin = tenant.admin
    made = admin("webhook", "create", "erp", "--to", TO, "--event", "velaurum.item.*", "--json").document
    rotated = admin("webhook", "rotate", "erp", "--overlap", "2h")
    off = admin("webhook", "disable", "erp", "--json").document
    listed = admin("webhook", "list")
    on = admin("webhook", "enable", "erp", "--json").document
    shown = admin("webhook", "show", "erp", "--json").document

    assert (made["event_types"], made["generation"]) == (["velaurum.item.*"], 1)
    assert rotated.stdout.startswith("whsec_")
    assert rotated.stdout.strip() != made["secret"]
    assert "whpk_" in rotated.stderr
    assert (off["disabled_reason"], on["disabled_reason"]) == ("by-hand", None)
    assert "by-hand" in listed.stdout
    assert [one["generation"] for one in shown["keys"]] == [2, 1]
    assert "secret" not in shown


def test_a_delivery_is_asked_for_seen_and_asked_for_again(tenant: Tenant) -> None:
    admin = tenant.admin
    admin("webhook", "create", "erp", "--to", TO)
    asked = admin("webhook", "trigger", "erp", "--json").document
    again = admin("webhook", "redeliver", "erp", asked["id"], "--json").document
    found = admin("webhook", "deliveries", "erp", "--state", "pending", "--json").document["data"]
    none = admin("webhook", "deliveries", "erp", "--state", "dead", "--json").document["data"]

    assert asked["type"] == "velaurum.webhook.test.v1"
    assert (again["id"], [one["id"] for one in found], none) == (asked["id"], [asked["id"]], [])


def test_who_may_not_manage_webhooks_is_told_so(tenant: Tenant) -> None:
    refused = tenant.keeper("webhook", "create", "erp", "--to", TO)

    assert (refused.code, refused.stdout) == (4, "")


def test_the_doctor_misses_the_key_of_webhooks(installation: Installation, tenant: Tenant) -> None:
    tenant.admin("webhook", "create", "erp", "--to", TO)
    key = installation.data_dir / "secrets" / FILE
    kept = key.read_bytes()
    try:
        key.unlink()
        answer = installation.command.given(webhook_networks="10.1.0.0/16")("doctor")
    finally:
        key.write_bytes(kept)
        key.chmod(0o600)

    assert answer.code == 1
    assert "Made with another key: " in answer.stdout
    assert f"{tenant.code} erp" in answer.stdout
    assert "Webhooks lead to public addresses, and to 10.1.0.0/16" in answer.stdout


@pytest.fixture
def here() -> Iterator[Installation]:
    """Serve an installation over plain HTTP, whose webhooks may lead to this machine."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-cli-", dir="/tmp"))
    directory.chmod(0o755)
    command = Command(
        {"VELAURUM_DATA_DIR": str(directory / "data"), "VELAURUM_INSECURE_HTTP": "true"}, directory
    )
    try:
        with (directory / "up.log").open("wb") as log, up(command, stderr=log) as (process, line):
            url = line.removeprefix("ready ").strip()
            told = command.given(listen=url.removeprefix("http://"))
            yield Installation(told, directory / "data", url, told("bootstrap", "--json"), process.pid)
    finally:
        shutil.rmtree(directory)


def test_what_is_posted_is_told_by_the_worker_of_velaurum_up(here: Installation) -> None:
    """The whole way: the log, its integrator, the subscriber, the worker, and somebody else's library."""
    tenant = here.tenant()
    with receiving() as receiver:
        made = tenant.admin("webhook", "create", "erp", "--to", receiver.url, "--json").document
        posted = tenant.keeper("post", "receipt", "BOLT", "24", "--target", "A", "--json").document
        (request,) = receiver.wait_for(1)

    said = Webhook(made["secret"]).verify(request.body, dict(request.headers))
    assert (said["type"], said["data"]["id"]) == ("velaurum.movement.posted.v1", posted["id"])
    assert said["data"]["index"] == posted["log_index"]
    assert made["secret"].encode() not in here.log
    assert sorted(said["data"]) == ["href", "id", "index", "noun"]


def send(url: str, keys: str, body: bytes = BODY) -> Fetched:
    signing = (
        KEYS if keys == "ours" else InstallationKey(b"x" * 32).signing_keys(str(uuid4()), str(uuid4()), 1)
    )
    headers = signatures.headers("msg_1", int(time.time()), BODY, [signing])
    return fetching.fetch(url, HERE, content=body, media_type="application/json", headers=headers)


def listening(command: Command, *words: str) -> tuple[subprocess.Popen[str], str]:
    """Start a receiver, and return it with its URL."""
    process = command.start("webhook", "listen", "--public-key", KEYS.public_key, "--port", "0", *words)
    assert process.stderr is not None
    return process, process.stderr.readline().removeprefix("ready ").strip()


def test_a_receiver_on_this_machine_believes_what_is_signed(command: Command) -> None:
    process, url = listening(command, "--count", "4", "--json")
    answers = [
        send(url, "ours"),
        send(url, "others"),
        send(url, "ours", b'{"type":"\x1b[2J"}'),
        send(url, "ours", b"x"),
    ]
    stdout, _ = process.communicate(timeout=30)

    said = [json.loads(line) for line in stdout.splitlines()]
    assert [one.status for one in answers] == [204, 400, 400, 400]
    assert [one["problem"] is None for one in said] == [True, False, False, False]
    assert said[0]["message"] == json.loads(BODY)
    assert "\x1b" not in stdout


def test_a_receiver_wants_to_know_whom_to_believe(command: Command) -> None:
    refused = command("webhook", "listen")

    assert (refused.code, refused.sentence) == (
        2,
        "Name a webhook, or the key to believe with --public-key.",
    )
