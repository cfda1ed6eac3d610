"""A bus is entered by an identity: a key is refused, whoever wrote it (V-06)."""

from pathlib import Path

import pytest
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

from velaurum.config import Settings
from velaurum.errors import UsageError
from velaurum.transport import namespaces, opening
from velaurum.transport.namespaces import Namespace

KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
REAL = "stock.servicebus.windows.net"
STRING = f"Endpoint=sb://{REAL}/;SharedAccessKeyName=root;SharedAccessKey={KEY}"
LOCAL = f"Endpoint=sb://localhost;SharedAccessKeyName=root;SharedAccessKey={KEY};UseDevelopmentEmulator=true"


def of(namespace: str | None, **more: object) -> Namespace:
    return namespaces.of(Settings(Path("/nonexistent"), servicebus_namespace=namespace, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        STRING,
        LOCAL,
        f"sb://root:{KEY}@{REAL}",
        f"{REAL}?sig={KEY}",
        f"SharedAccessSignature sr={REAL}&sig={KEY}&se=1",
        f"endpoint=sb://{REAL};sharedaccesskey={KEY}",
    ],
)
def test_a_key_is_refused_in_one_sentence_that_does_not_repeat_it(given: str) -> None:
    with pytest.raises(UsageError, match="identity") as raised:
        of(given)

    assert KEY not in str(raised.value)
    assert str(raised.value).count(". ") == 0


def test_development_is_no_way_to_a_bus_elsewhere() -> None:
    for given in (STRING, REAL, "10.0.0.1:5672", "localhost.example.com"):
        with pytest.raises(UsageError):
            of(given, servicebus_development=True)


def test_a_stand_in_on_this_machine_may_have_a_key_in_development() -> None:
    found = of(LOCAL, servicebus_development=True)

    assert found.is_plain
    assert KEY not in repr(found)


@pytest.mark.parametrize("given", ["", None, "https://stock.servicebus.windows.net", "stock bus", "-", "a/b"])
def test_what_is_no_host_name_is_refused(given: str | None) -> None:
    with pytest.raises(UsageError, match="host name"):
        of(given)


def test_the_identity_is_the_hosts_unless_another_is_named() -> None:
    assert isinstance(of(REAL).credential, ManagedIdentityCredential)
    assert isinstance(of(REAL, servicebus_identity="managed:an-id").credential, ManagedIdentityCredential)
    assert not of(REAL).is_plain
    with pytest.raises(UsageError, match="managed"):
        of(REAL, servicebus_identity="password")


def test_a_secret_in_the_environment_is_no_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_ID", "a")
    monkeypatch.setenv("AZURE_TENANT_ID", "b")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "c")

    credential = of(REAL, servicebus_identity="default").credential

    assert isinstance(credential, DefaultAzureCredential)
    assert "EnvironmentCredential" not in {type(one).__name__ for one in credential.credentials}


def test_a_queue_has_a_name() -> None:
    with pytest.raises(UsageError, match="servicebus_queue"):
        of(REAL, servicebus_queue="no such queue")


def test_a_transport_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="postgresql or servicebus"):
        opening.require_known(Settings(Path("/nonexistent"), transport="rabbitmq"))
