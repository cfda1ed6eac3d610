"""What carries messages at the command line: by flags, the whole way on either transport, and dead letters (V-06)."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from support import transports
from support.command import Command, Installation, up
from support.receivers import receiving
from support.transports import SERVICEBUS, TRANSPORTS
from support.workshop import eventually
from velaurum.db import embedded
from velaurum.transport.messages import Message

KEY = "Endpoint=sb://stock.servicebus.windows.net;SharedAccessKeyName=x;SharedAccessKey=c2VjcmV0"
HOLDS_A_KEY = (
    "servicebus_namespace holds a key or a connection string, which is refused: write the namespace's host name "
    "alone, and give this program's identity the roles of a sender and a receiver."
)


@pytest.fixture(params=TRANSPORTS)
def here(request: pytest.FixtureRequest) -> Iterator[Installation]:
    """Serve an installation over plain HTTP, whose messages are carried by each transport in turn, by flags."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-cli-", dir="/tmp"))
    directory.chmod(0o755)
    command = Command(
        {"VELAURUM_DATA_DIR": str(directory / "data"), "VELAURUM_INSECURE_HTTP": "true"}, directory
    )
    words: list[str] = []
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory)
        if request.param == SERVICEBUS:
            bus = request.getfixturevalue("bus")
            stack.enter_context(transports.everywhere(bus))
            told = bus.settings(str(directory / "data"))
            words = ["--transport", SERVICEBUS, "--servicebus-namespace", told["servicebus_namespace"]]
            words += ["--servicebus-queue", told["servicebus_queue"], "--servicebus-identity", "managed"]
            # Flags alone say it: only that it is a stand-in is the environment's to say.
            command = command.given(transport="", servicebus_namespace="", servicebus_queue="")
        log = stack.enter_context((directory / "up.log").open("wb"))
        process, line = stack.enter_context(up(command, *words, stderr=log))
        url = line.removeprefix("ready ").strip()
        told_where = command.given(listen=url.removeprefix("http://"))
        yield Installation(
            told_where, directory / "data", url, told_where("bootstrap", "--json"), process.pid
        )


def test_what_is_posted_is_told_whichever_way_it_is_carried(here: Installation) -> None:
    tenant = here.tenant()
    with receiving() as receiver:
        made = tenant.admin("webhook", "create", "erp", "--to", receiver.url, "--json").document
        posted = tenant.keeper("post", "receipt", "BOLT", "24", "--target", "A", "--json").document
        (request,) = receiver.wait_for(1)

    said = Webhook(made["secret"]).verify(request.body, dict(request.headers))
    assert (said["type"], said["data"]["id"]) == ("velaurum.movement.posted.v1", posted["id"])
    found = tenant.admin("event", "subscribers", "--json").document["data"]
    assert [one["name"] for one in found] == ["relay"]


def test_a_dead_letter_is_listed_and_replayed_whichever_way_it_came(here: Installation) -> None:
    """It is made by the worker itself: of a message that says nothing."""
    tenant = here.tenant()
    cluster = embedded.find_running(here.data_dir)
    assert cluster is not None
    place = cluster.conninfo(user="velaurum_app", dbname=embedded.DATABASE)
    with closing(transports.opened(str(here.data_dir), place)) as transport:
        message = Message(tenant.org_id, 3, "velaurum.item.created.v1", b"{}")
        transport.publish([message])
        dead = first_dead(tenant.admin)

    assert (dead["message_id"], dead["code"]) == (message.message_id, "malformed-message")
    assert message.message_id in tenant.admin("dead-letter", "list").stdout
    assert tenant.admin("dead-letter", "replay", message.message_id, "--json").document == {
        "message_id": message.message_id
    }
    assert first_dead(tenant.admin)["message_id"] == message.message_id
    refused = tenant.keeper("dead-letter", "list", "--json")
    assert (refused.code, refused.envelope["code"]) == (4, "forbidden")
    missing = tenant.admin("dead-letter", "replay", f"{tenant.org_id}:99", "--json")
    assert (missing.code, missing.envelope["code"]) == (3, "not-found")


def first_dead(command: Command) -> Any:
    """Wait for a dead letter, and return it."""
    return eventually(lambda: command("dead-letter", "list", "--json").document["data"])[0]


@pytest.mark.parametrize("program", ["up", "worker"])
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--servicebus-queue", "events"),
            "--servicebus-queue is for --transport servicebus, and postgresql carries messages here; say both or none.",
        ),
        (("--transport", "rabbit"), "transport is 'rabbit'; write postgresql or servicebus."),
        (
            ("--transport", SERVICEBUS),
            "servicebus_namespace is not a host name; write the namespace's, like stock.servicebus.windows.net.",
        ),
        (
            ("--transport", SERVICEBUS, "--servicebus-namespace", KEY),
            HOLDS_A_KEY,
        ),
        (
            ("--transport", SERVICEBUS, "--servicebus-namespace", "a.example", "--servicebus-identity", "me"),
            "servicebus_identity is 'me'; write managed, managed:CLIENT-ID or default.",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_begins(
    command: Command, program: str, words: tuple[str, ...], sentence: str
) -> None:
    plain = command.given(
        transport="", servicebus_namespace="", servicebus_queue="", servicebus_development=""
    )

    refused = plain(program, *words)

    assert (refused.code, refused.sentence) == (2, sentence)
    assert not Path(command.settings["VELAURUM_DATA_DIR"]).exists()
